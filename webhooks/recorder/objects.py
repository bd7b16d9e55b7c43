"""What a Stripe object is in our tables, and where Stripe shows it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask import current_app, url_for

from config.settings import STRIPE_API_BASE
from support.accounts.models import StripeCustomer
from support.checkout.models import Checkout
from support.finance.models import LedgerEntry, Payout
from support.memberships.models import Membership, PaidPeriod
from support.payments.models import Dispute, FailedPayment, FraudWarning, Payment, Refund
from support.sync.operations import object_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from config.settings import Settings

# What a row of ours is called: the page that shows it, and what that page's address names it by.
_PAGES = {
    "payment": ("payments.payment", "payment_id"),
    "supporter": ("people.supporter", "supporter_id"),
    "payout": ("ledger.payout", "stripe_payout_id"),
}
_PAYMENT = {"payment": Payment.id, "membership": Payment.membership_id, "supporter": Payment.supporter_id}
_MEMBERSHIP = {"membership": Membership.id, "supporter": Membership.supporter_id}
# {kind: (the column of Stripe's id, {row of ours: the column that names it}, what they are joined by)}
_OURS: dict[str, list[tuple[Any, dict[str, Any], tuple[Any, ...]]]] = {
    "checkout_session": [
        (Checkout.stripe_session_id, {"checkout": Checkout.id, "supporter": Checkout.supporter_id}, ())
    ],
    "subscription": [(Membership.stripe_subscription_id, _MEMBERSHIP, ())],
    "invoice": [(PaidPeriod.stripe_invoice_id, _MEMBERSHIP, (Membership,)), (Payment.stripe_invoice_id, _PAYMENT, ())],
    "payment_intent": [(Payment.stripe_payment_intent_id, _PAYMENT, ())],
    "charge": [
        (Payment.stripe_charge_id, _PAYMENT, ()),
        (FailedPayment.stripe_charge_id, {"checkout": FailedPayment.checkout_id}, ()),
    ],
    "refund": [(Refund.stripe_refund_id, {"refund": Refund.id, **_PAYMENT}, (Payment,))],
    "dispute": [(Dispute.stripe_dispute_id, {"dispute": Dispute.id, **_PAYMENT}, (Payment,))],
    "fraud_warning": [(FraudWarning.stripe_warning_id, _PAYMENT, (Payment,))],
    "customer": [(StripeCustomer.stripe_customer_id, {"supporter": StripeCustomer.supporter_id}, ())],
    "payment_method": [(Membership.stripe_payment_method_id, _MEMBERSHIP, ())],
    "payout": [(Payout.stripe_payout_id, {"payout": Payout.stripe_payout_id}, ())],
    "balance_transaction": [(LedgerEntry.stripe_balance_transaction_id, {"ledger entry": LedgerEntry.id}, ())],
}
# Where Stripe's dashboard shows an object of a kind; others are found by its search.
_STRIPES = {
    "payment_intent": "payments/",
    "charge": "payments/",
    "subscription": "subscriptions/",
    "invoice": "invoices/",
    "customer": "customers/",
    "payout": "payouts/",
    "event": "events/",
}
_STRIPE_ID = re.compile(r"[A-Za-z]+_[A-Za-z0-9_]+")


@dataclass(frozen=True)
class Ours:
    """A row of ours that an object is, or belongs to; `page` shows it, if there is one."""

    name: str
    page: str | None


def ours(session: Session, object_keys: Iterable[str]) -> dict[str, list[Ours]]:
    """{object key: what it is here} of those that are something."""
    by_kind: dict[str, set[str]] = {}
    for key in object_keys:
        kind, _, stripe_id = key.partition(" ")
        by_kind.setdefault(kind, set()).add(stripe_id)
    found: dict[str, dict[str, Ours]] = {}
    for kind, stripe_ids in by_kind.items():
        for column, named, joined in _OURS.get(kind, ()):
            names = sa.select(column, *named.values()).select_from(column.class_).where(column.in_(stripe_ids))
            for other in joined:
                names = names.join(other)
            for stripe_id, *values in session.execute(names):
                rows = found.setdefault(object_key(kind, stripe_id), {})
                for what, value in zip(named, values, strict=True):
                    if value is not None:
                        rows[f"{what} {value}"] = _ours(what, value)
    return {key: list(rows.values()) for key, rows in found.items()}


def at_stripe(kind: str, stripe_id: str) -> str | None:
    """Where Stripe's dashboard shows this object: in test mode, if our key is for it.

    None for what has no id that Stripe's have, and where no dashboard knows of it: with a stand-in.
    """
    settings: Settings = current_app.extensions["settings"]
    if settings.stripe_api_base != STRIPE_API_BASE or not _STRIPE_ID.fullmatch(stripe_id):
        return None
    mode = "" if settings.is_live else "test/"
    return f"https://dashboard.stripe.com/{mode}{_STRIPES.get(kind, 'search?query=')}{stripe_id}"


def _ours(what: str, value: int | str) -> Ours:
    endpoint, name = _PAGES.get(what, ("", ""))
    named: dict[str, Any] = {name: value}
    page = url_for(endpoint, **named) if endpoint in current_app.view_functions else None
    return Ours(f"{what} {value}", page)
