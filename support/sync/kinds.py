"""Per kind of Stripe object: read it afresh, and apply what it is now to every package that it touches.

Whoever learns that an object changed uses the same pair, so late, doubled, swapped and replayed events change
nothing. Locks are always taken in one order, checkout, synced objects, supporter, so that two objects of one
checkout wait for each other instead of deadlocking.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from support.accounts.operations import supporter_of_customer
from support.checkout import operations as checkouts
from support.checkout.queries import lock_checkout
from support.errors import NotYet, SupportError
from support.gateway.client import Gateway
from support.gateway.snapshots import (
    CheckoutSessionSnapshot,
    InvoiceSnapshot,
    PaymentIntentSnapshot,
    SubscriptionSnapshot,
)
from support.memberships import operations as memberships
from support.payments import operations as payments
from support.sync.operations import is_newest, object_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.checkout.models import Checkout

S = TypeVar("S", CheckoutSessionSnapshot, PaymentIntentSnapshot, SubscriptionSnapshot, InvoiceSnapshot)


class Foreign(SupportError):
    """The object belongs to something else that uses the same Stripe account."""


class StaleRead(SupportError):
    """Somebody applied a newer state while this one was being read."""


@dataclass(frozen=True)
class Reading:
    """When something was read: its number of the sync counter, and our clock."""

    number: int
    now: datetime


@dataclass(frozen=True)
class Kind(Generic[S]):
    """`read(gateway, id)` asks Stripe; `apply(session, seen, reading)` changes our rows, in one transaction.

    `apply` raises Foreign, NotYet or StaleRead and then has changed nothing that is kept.
    """

    read: Callable[[Gateway, str], S]
    apply: Callable[[Session, S, Reading], None]


def apply_checkout_session(session: Session, seen: CheckoutSessionSnapshot, reading: Reading) -> None:
    """The session itself, who paid, and what it led to."""
    checkout = _ours(session, seen)
    _require_newest(session, "checkout_session", seen.id, reading)
    supporter_id = checkout.supporter_id
    if seen.status == "complete":
        supporter_id = supporter_of_customer(session, seen.customer_id, seen.email, checkout.locale, reading.now).id
    checkouts.apply_session(checkout, seen, supporter_id, reading.now)
    if supporter_id is not None:
        memberships.assign_supporter(session, checkout.id, supporter_id)
        payments.assign_supporter(session, checkout.id, supporter_id)
    if seen.subscription is not None:
        _apply_subscription(session, seen.subscription, checkout, reading)
    if seen.invoice is not None:
        _apply_invoice(session, seen.invoice, checkout, reading)
    if seen.payment_intent is not None:
        _apply_payment_intent(session, seen.payment_intent, checkout, reading)


def apply_payment_intent(session: Session, seen: PaymentIntentSnapshot, reading: Reading) -> None:
    """Money of a donation, or of a membership's invoice."""
    if not _apply_payment_intent(session, seen, _ours(session, seen), reading):
        raise StaleRead


def apply_subscription(session: Session, seen: SubscriptionSnapshot, reading: Reading) -> None:
    """A membership's state."""
    if not _apply_subscription(session, seen, _ours(session, seen), reading):
        raise StaleRead


def apply_invoice(session: Session, seen: InvoiceSnapshot, reading: Reading) -> None:
    """What a membership was paid for, and with."""
    if not _apply_invoice(session, seen, _ours(session, seen), reading):
        raise StaleRead


KINDS = {
    "checkout_session": Kind(Gateway.checkout_session, apply_checkout_session),
    "payment_intent": Kind(Gateway.payment_intent, apply_payment_intent),
    "subscription": Kind(Gateway.subscription, apply_subscription),
    "invoice": Kind(Gateway.invoice, apply_invoice),
}


def _ours(
    session: Session,
    seen: CheckoutSessionSnapshot | PaymentIntentSnapshot | SubscriptionSnapshot | InvoiceSnapshot,
) -> Checkout:
    """The checkout that this object came from, locked. Metadata on it is ours alone; without, it is not ours."""
    if seen.checkout_ref is None:
        raise Foreign("no checkout of ours led to it")
    checkout = lock_checkout(session, seen.checkout_ref)
    if checkout is None:
        raise NotYet("its checkout is not in our tables yet")
    return checkout


def _require_newest(session: Session, kind: str, stripe_id: str, reading: Reading) -> None:
    if not is_newest(session, object_key(kind, stripe_id), reading.number):
        raise StaleRead


def _apply_payment_intent(session: Session, seen: PaymentIntentSnapshot, checkout: Checkout, reading: Reading) -> bool:
    if not is_newest(session, object_key("payment_intent", seen.id), reading.number):
        return False
    membership_id = None
    if seen.subscription_id is not None:
        membership_id = memberships.membership_of(session, seen.subscription_id, checkout, reading.now).id
    payments.record_payment(session, checkout, seen, membership_id)
    return True


def _apply_subscription(session: Session, seen: SubscriptionSnapshot, checkout: Checkout, reading: Reading) -> bool:
    if not is_newest(session, object_key("subscription", seen.id), reading.number):
        return False
    memberships.apply_subscription(memberships.membership_of(session, seen.id, checkout, reading.now), seen)
    return True


def _apply_invoice(session: Session, seen: InvoiceSnapshot, checkout: Checkout, reading: Reading) -> bool:
    if not is_newest(session, object_key("invoice", seen.id), reading.number):
        return False
    if seen.subscription_id is None:
        return True
    membership = memberships.membership_of(session, seen.subscription_id, checkout, reading.now)
    memberships.apply_invoice(session, membership, seen)
    for payment in seen.payments:
        payments.record_invoice_payment(session, checkout, payment, membership.id, reading.now)
    return True
