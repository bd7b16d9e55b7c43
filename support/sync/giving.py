"""Apply what giving consists of: checkout sessions, payment intents, subscriptions, invoices.

Locks are always taken in one order, checkout, synced objects, supporter, so that two objects of one checkout wait for
each other instead of deadlocking. What comes inside another object is skipped where a newer read of it was applied. Of
an erased supporter only what the books need is applied.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from support.accounts.operations import supporter_of_customer
from support.accounts.queries import is_erased
from support.checkout import operations as checkouts
from support.memberships import operations as memberships
from support.notices import operations as notices
from support.payments import operations as payments
from support.sync.owners import checkout_of
from support.sync.reading import StaleRead

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from support.checkout.models import Checkout
    from support.gateway.snapshots import (
        CheckoutSessionSnapshot,
        InvoiceSnapshot,
        PaymentIntentSnapshot,
        SubscriptionSnapshot,
    )
    from support.sync.reading import Reading


def apply_checkout_session(session: Session, seen: CheckoutSessionSnapshot, reading: Reading) -> None:
    """The session itself, who paid, and what it led to."""
    checkout = checkout_of(session, seen, reading)
    reading.require_newest(session, "checkout_session", seen)
    supporter_id = checkout.supporter_id
    if seen.status == "complete":
        supporter_id = supporter_of_customer(session, seen.customer_id, seen.email, checkout.locale, reading.now).id
    checkouts.apply_session(checkout, seen, supporter_id, reading.now)
    if supporter_id is not None:
        memberships.assign_supporter(session, checkout.id, supporter_id)
        payments.assign_supporter(session, checkout.id, supporter_id)
    if seen.subscription is not None:
        take_subscription(session, seen.subscription, checkout, reading)
    if seen.invoice is not None:
        take_invoice(session, seen.invoice, checkout, reading)
    if seen.payment_intent is not None:
        take_payment_intent(session, seen.payment_intent, checkout, reading)
    payments.record_tax(session, checkout.id, seen.tax)
    if reading.is_told:
        notices.tell_of_checkout(session, checkout.id, seen, reading.now)


def apply_payment_intent(session: Session, seen: PaymentIntentSnapshot, reading: Reading) -> None:
    """Money of a donation, or of a membership's invoice."""
    if not take_payment_intent(session, seen, checkout_of(session, seen, reading), reading):
        raise StaleRead


def apply_subscription(session: Session, seen: SubscriptionSnapshot, reading: Reading) -> None:
    """A membership's state."""
    if not take_subscription(session, seen, checkout_of(session, seen, reading), reading):
        raise StaleRead
    if reading.is_told:
        notices.tell_of_subscription(session, seen, reading.now)


def apply_invoice(session: Session, seen: InvoiceSnapshot, reading: Reading) -> None:
    """What a membership was paid for, and with."""
    if not take_invoice(session, seen, checkout_of(session, seen, reading), reading):
        raise StaleRead
    if reading.is_told:
        notices.tell_of_invoice(session, seen, reading.now)


def take_payment_intent(session: Session, seen: PaymentIntentSnapshot, checkout: Checkout, reading: Reading) -> bool:
    """Apply a payment intent of this checkout; False if a newer read of it was applied."""
    if not reading.is_newest(session, "payment_intent", seen):
        return False
    membership_id = None
    if seen.subscription_id is not None:
        membership_id = memberships.membership_of(session, seen.subscription_id, checkout, reading.now).id
    payments.record_payment(session, checkout, seen, membership_id)
    return True


def take_subscription(session: Session, seen: SubscriptionSnapshot, checkout: Checkout, reading: Reading) -> bool:
    """Apply a subscription of this checkout; False if a newer read of it was applied."""
    if not reading.is_newest(session, "subscription", seen):
        return False
    if is_erased(session, seen.customer_id):
        seen = replace(seen, card=None)
    membership = memberships.membership_of(session, seen.id, checkout, reading.now)
    memberships.apply_subscription(session, membership, seen)
    return True


def take_invoice(session: Session, seen: InvoiceSnapshot, checkout: Checkout, reading: Reading) -> bool:
    """Apply an invoice of this checkout's membership; False if a newer read of it was applied."""
    if not reading.is_newest(session, "invoice", seen):
        return False
    if seen.subscription_id is None:
        return True
    membership = memberships.membership_of(session, seen.subscription_id, checkout, reading.now)
    if is_erased(session, membership.stripe_customer_id):
        seen = replace(seen, action_url=None)
    memberships.apply_invoice(session, membership, seen)
    payments.record_invoice_payments(session, checkout, seen, membership.id)
    return True
