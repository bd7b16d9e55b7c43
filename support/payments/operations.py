"""Record money that came in: one payment per Stripe payment intent, whoever tells of it and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.payments.models import Payment

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.checkout.models import Checkout
    from support.gateway.snapshots import InvoicePaymentSnapshot, PaymentIntentSnapshot


def record_payment(
    session: Session, checkout: Checkout, seen: PaymentIntentSnapshot, membership_id: int | None
) -> None:
    """A payment intent as it is now; one that has not succeeded is no money."""
    if seen.status != "succeeded" or seen.received_at is None:
        return
    payment = _payment_of(session, seen.id, checkout, membership_id)
    payment.amount_minor = seen.received.amount_minor
    payment.currency = seen.received.currency
    payment.stripe_charge_id = seen.charge_id
    payment.received_at = seen.received_at
    session.flush()


def record_invoice_payment(
    session: Session, checkout: Checkout, seen: InvoicePaymentSnapshot, membership_id: int, now: datetime
) -> None:
    """What an invoice was paid with. One settled by credit or outside Stripe has no payment intent: no payment.

    The payment intent itself, once read, says more exactly when the money came.
    """
    if seen.payment_intent_id is None or seen.paid.amount_minor <= 0:
        return
    is_new = _find(session, seen.payment_intent_id) is None
    payment = _payment_of(session, seen.payment_intent_id, checkout, membership_id)
    if is_new:
        payment.amount_minor = seen.paid.amount_minor
        payment.currency = seen.paid.currency
        payment.received_at = seen.paid_at or now
    session.flush()


def assign_supporter(session: Session, checkout_id: int, supporter_id: int) -> None:
    """Whose the payments of this checkout are, now that Stripe has said who paid."""
    session.execute(sa.update(Payment).where(Payment.checkout_id == checkout_id).values(supporter_id=supporter_id))


def _payment_of(session: Session, stripe_id: str, checkout: Checkout, membership_id: int | None) -> Payment:
    """The payment of this intent; a new one is not flushed before its caller has said how much it is."""
    payment = _find(session, stripe_id) or Payment(stripe_payment_intent_id=stripe_id)
    payment.checkout_id = checkout.id
    payment.supporter_id = checkout.supporter_id
    payment.membership_id = membership_id
    session.add(payment)
    return payment


def _find(session: Session, stripe_id: str) -> Payment | None:
    return session.scalar(sa.select(Payment).where(Payment.stripe_payment_intent_id == stripe_id))
