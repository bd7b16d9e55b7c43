"""Decisions about one checkout."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

# Stripe takes 30 minutes to 24 hours; ten more leave room for retries of the same request.
LIFE = timedelta(minutes=40)
LIMIT_WINDOW = timedelta(minutes=10)
STRIPE_SHORTEST = timedelta(minutes=30)
_FAILED_INTENTS = ("requires_payment_method", "canceled")
_FAILED_INVOICES = ("void", "uncollectible")


def may_be_joined(state: str, expires_at: datetime, now: datetime) -> bool:
    """Whether a retry of the same page view gets this checkout instead of a new one.

    One that never reached Stripe can be sent again only while Stripe still takes its expiry.
    """
    left = expires_at - now
    return (state == "open" and left > timedelta()) or (state == "starting" and left > STRIPE_SHORTEST)


def state_of(session_status: str, payment_status: str, intent_status: str | None, invoice_status: str | None) -> str:
    """A checkout's state from what Stripe says now. A complete session is not money: a bank debit may still fail."""
    if session_status == "expired":
        return "expired"
    if session_status == "open":
        return "open"
    if payment_status in {"paid", "no_payment_required"}:
        return "paid"
    if intent_status in _FAILED_INTENTS or invoice_status in _FAILED_INVOICES:
        return "failed"
    return "processing"
