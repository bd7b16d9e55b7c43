"""What a page of objects needs of our tables, fetched before they are applied one by one.

Locks are taken in the order that every apply keeps: checkouts, synced objects, supporters.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from support.accounts.models import ErasedCustomer, StripeCustomer, Supporter, email_key
from support.checkout.models import Checkout
from support.gateway import snapshots
from support.memberships.models import Membership, PaidPeriod
from support.payments.models import Dispute, Payment, Refund
from support.sync.operations import PageNumbers, object_key
from support.together import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.orm import Session

    from support.sync.reading import Reading

# Of which kind a snapshot is, and of which that is what it names.
_KINDS: dict[type, str] = {
    snapshots.CheckoutSessionSnapshot: "checkout_session",
    snapshots.PaymentIntentSnapshot: "payment_intent",
    snapshots.SubscriptionSnapshot: "subscription",
    snapshots.InvoiceSnapshot: "invoice",
    snapshots.ChargeSnapshot: "charge",
    snapshots.RefundSnapshot: "refund",
    snapshots.DisputeSnapshot: "dispute",
    snapshots.FraudWarningSnapshot: "fraud_warning",
    snapshots.CustomerSnapshot: "customer",
    snapshots.PayoutSnapshot: "payout",
}
_NAMES = {
    "checkout_ref": "checkout",
    "subscription_id": "subscription",
    "payment_intent_id": "payment_intent",
    "charge_id": "charge",
    "customer_id": "payer",
    "email": "email",
}

Named = defaultdict[str, set[str]]


def look_ahead(session: Session, seen: Sequence[Any], reading: Reading) -> Reading:
    """Lock and load whatever these are about. Returns the reading under which to apply them."""
    named: Named = defaultdict(set)
    keys = [object_key(kind, stripe_id) for one in seen for kind, stripe_id in _note(named, one)]
    checkouts = load(
        session,
        Checkout,
        {
            "id": _their_checkouts(session, named),
            "public_id": named["checkout"],
            "stripe_session_id": named["checkout_session"],
        },
        "update",
    )
    numbers = PageNumbers(session, sorted(set(keys)), reading.number)
    _load_what_they_led_to(session, named, {one.id for one in checkouts})
    _load_people(session, named)
    return replace(reading, page=numbers)


def _note(named: Named, seen: Any) -> Iterable[tuple[str, str]]:
    """Put what a snapshot names into `named`. (kind, id) of itself and of the objects that are inside it."""
    kind = _KINDS.get(type(seen))
    if kind is not None:
        named[kind].add(seen.id)
        yield kind, seen.id
    for one in fields(seen):
        value = getattr(seen, one.name)
        if isinstance(value, str):
            if one.name in _NAMES:
                named[_NAMES[one.name]].add(value)
        elif isinstance(value, tuple) or is_dataclass(value):
            for inner in value if isinstance(value, tuple) else (value,):
                if is_dataclass(inner):
                    yield from _note(named, inner)


def _their_checkouts(session: Session, named: Named) -> set[int]:
    """The checkouts that led to the memberships and payments that are named; by id alone, since nothing is locked."""
    membership = sa.select(Membership.checkout_id).where(Membership.stripe_subscription_id.in_(named["subscription"]))
    payment = sa.select(Payment.checkout_id).where(
        sa.or_(
            Payment.stripe_payment_intent_id.in_(named["payment_intent"]),
            Payment.stripe_charge_id.in_(named["charge"]),
        )
    )
    return {one for one in session.scalars(membership.union(payment)) if one is not None}


def _load_what_they_led_to(session: Session, named: Named, checkout_ids: set[int]) -> None:
    memberships: dict[str, set[Any]] = {
        "stripe_subscription_id": named["subscription"],
        "checkout_id": checkout_ids,
        "stripe_customer_id": named["customer"],
    }
    payments: dict[str, set[Any]] = {
        "stripe_payment_intent_id": named["payment_intent"],
        "stripe_charge_id": named["charge"],
        "checkout_id": checkout_ids,
    }
    named["payer"] |= {one.stripe_customer_id for one in load(session, Membership, memberships, "update")} - {None}
    load(session, Payment, payments)
    load(session, PaidPeriod, {"stripe_invoice_id": named["invoice"]})
    load(session, Refund, {"stripe_refund_id": named["refund"]})
    load(session, Dispute, {"stripe_dispute_id": named["dispute"]})


def _load_people(session: Session, named: Named) -> None:
    customer_ids = named["customer"] | named["payer"]
    load(session, ErasedCustomer, {"stripe_customer_id": customer_ids})
    customers = load(session, StripeCustomer, {"stripe_customer_id": customer_ids}, "share")
    linked = {one.supporter_id for one in customers}
    load(session, Supporter, {"id": linked, "email_key": {email_key(one) for one in named["email"]}}, "update")
