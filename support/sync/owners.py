"""Whose a Stripe object is. Ours carries our metadata, or belongs to what is in our tables.

A known customer makes only customer and payment-method events ours, never money.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.checkout.queries import lock_checkout, lock_checkout_by_id
from support.errors import NotYet, SupportError
from support.payments.queries import payment_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from support.checkout.models import Checkout
    from support.gateway.snapshots import (
        ChargeSnapshot,
        CheckoutSessionSnapshot,
        DisputeSnapshot,
        FraudWarningSnapshot,
        InvoiceSnapshot,
        PaymentIntentSnapshot,
        RefundSnapshot,
        SubscriptionSnapshot,
    )

    Origin = CheckoutSessionSnapshot | PaymentIntentSnapshot | SubscriptionSnapshot | InvoiceSnapshot
    Movement = ChargeSnapshot | RefundSnapshot | DisputeSnapshot | FraudWarningSnapshot


class Foreign(SupportError):
    """The object belongs to something else that uses the same Stripe account."""


@dataclass
class Untraced(Exception):  # a question, not an error: its asker reads the payment intent and applies again
    """Nothing here says whose this movement is; its payment intent will."""

    stripe_payment_intent_id: str


def checkout_of(session: Session, seen: Origin) -> Checkout:
    """The checkout that led to this object, locked. Raises Foreign; NotYet where it is ours and not committed."""
    if seen.checkout_ref is None:
        raise Foreign("no checkout of ours led to it")
    checkout = lock_checkout(session, seen.checkout_ref)
    if checkout is None:
        raise NotYet("its checkout is not in our tables yet")
    return checkout


def checkout_of_movement(session: Session, seen: Movement, stripe_charge_id: str | None) -> Checkout:
    """The checkout behind a charge and what follows from it, locked.

    By our metadata, else by the payment that we know, else by its payment intent. Raises Foreign, NotYet or Untraced.
    """
    ref = getattr(seen, "checkout_ref", None)
    if ref is not None:
        checkout = lock_checkout(session, ref)
        if checkout is None:
            raise NotYet("its checkout is not in our tables yet")
        return checkout
    payment = payment_of(session, seen.payment_intent_id, stripe_charge_id)
    if payment is not None and payment.checkout_id is not None:
        return lock_checkout_by_id(session, payment.checkout_id)
    if seen.intent is not None:
        return checkout_of(session, seen.intent)
    if seen.payment_intent_id is None:
        raise Foreign("a charge without a payment intent that we know nothing of")
    raise Untraced(seen.payment_intent_id)
