"""Record money that came in: one payment per Stripe payment intent, whoever tells of it and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.payments.models import Dispute, FailedPayment, FraudWarning, Payment, Refund
from support.payments.rules import is_withheld
from support.together import add, find, find_all, flush

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.checkout.models import Checkout
    from support.gateway.snapshots import (
        ChargeSnapshot,
        DisputeSnapshot,
        FraudWarningSnapshot,
        InvoiceSnapshot,
        PaymentIntentSnapshot,
        RefundSnapshot,
    )
    from support.money import Money


def record_payment(
    session: Session, checkout: Checkout, seen: PaymentIntentSnapshot, membership_id: int | None
) -> None:
    """A payment intent as it is now; one that has not succeeded is no money."""
    if seen.status != "succeeded" or seen.received_at is None:
        return
    payment = _payment_of(session, seen.id, checkout, membership_id)
    payment.stripe_invoice_id = seen.invoice_id or payment.stripe_invoice_id
    payment.amount_minor = seen.received.amount_minor
    payment.currency = seen.received.currency
    payment.stripe_charge_id = seen.charge_id
    payment.received_at = seen.received_at
    flush(session)


def record_invoice_payments(session: Session, checkout: Checkout, invoice: InvoiceSnapshot, membership_id: int) -> None:
    """What an invoice was paid with. One settled by credit or outside Stripe has no payment intent: no payment.

    The payment intent itself, once read, says more exactly when the money came.
    """
    tax = invoice.tax.amount_minor
    for seen in invoice.payments:
        if seen.payment_intent_id is None or seen.paid.amount_minor <= 0 or seen.paid_at is None:
            continue
        is_new = _find(session, seen.payment_intent_id) is None
        payment = _payment_of(session, seen.payment_intent_id, checkout, membership_id)
        payment.stripe_invoice_id = invoice.id
        payment.is_renewal = not invoice.is_first
        # Tax belongs to the invoice; where several payments settle one, the first bears it.
        payment.tax_minor, tax = tax, 0
        if is_new:
            payment.amount_minor = seen.paid.amount_minor
            payment.currency = seen.paid.currency
            payment.received_at = seen.paid_at
        flush(session)


def record_tax(session: Session, checkout_id: int, tax: Money) -> None:
    """The tax that a donation's amount contains."""
    for payment in find_all(session, Payment, checkout_id=checkout_id):
        if payment.membership_id is None:
            payment.tax_minor = tax.amount_minor


def begin_payment(session: Session, checkout: Checkout, seen: ChargeSnapshot) -> Payment:
    """The payment of a donation's charge that is told of before its payment intent."""
    return _payment_of(session, seen.payment_intent_id or seen.id, checkout, None)


def apply_charge(payment: Payment, seen: ChargeSnapshot) -> None:
    """A charge that succeeded is when and how a payment's money came."""
    payment.stripe_charge_id = seen.id
    payment.received_at = seen.created_at
    payment.amount_minor = seen.amount.amount_minor
    payment.currency = seen.amount.currency
    payment.country = seen.country


def record_failure(session: Session, seen: ChargeSnapshot, checkout_id: int | None, membership_id: int | None) -> None:
    """A charge that the reader's bank refused."""
    session.merge(
        FailedPayment(
            stripe_charge_id=seen.id,
            stripe_payment_intent_id=seen.payment_intent_id,
            checkout_id=checkout_id,
            membership_id=membership_id,
            amount_minor=seen.amount.amount_minor,
            currency=seen.amount.currency,
            failure_code=(seen.failure_code or "unknown")[:100],
            country=seen.country,
            failed_at=seen.created_at,
        )
    )


def record_refund(session: Session, payment: Payment, seen: RefundSnapshot, now: datetime) -> None:
    """A refund as it is now: its status counts, whatever it was before."""
    known = find(session, Refund, stripe_refund_id=seen.id)
    refund = known or Refund(stripe_refund_id=seen.id)
    if seen.status != "succeeded":
        refund.succeeded_at = None
    elif refund.succeeded_at is None:
        # One that was never pending here succeeded when it was made.
        refund.succeeded_at = now if known is not None else seen.created_at
    refund.payment_id = payment.id
    refund.status = seen.status
    refund.amount_minor = seen.amount.amount_minor
    refund.currency = seen.amount.currency
    refund.reason = seen.reason
    refund.created_at = seen.created_at
    if known is None:
        add(session, refund)
    flush(session)


def record_dispute(session: Session, payment: Payment, seen: DisputeSnapshot) -> None:
    """A dispute as it is now."""
    known = find(session, Dispute, stripe_dispute_id=seen.id)
    dispute = known or Dispute(stripe_dispute_id=seen.id)
    dispute.payment_id = payment.id
    dispute.status = seen.status
    dispute.is_withheld = is_withheld(seen.status, -sum(entry.amount_minor for entry in seen.entries))
    dispute.amount_minor = seen.amount.amount_minor
    dispute.currency = seen.amount.currency
    dispute.reason = seen.reason
    dispute.created_at = seen.created_at
    dispute.evidence_due_at = seen.evidence_due_at
    if known is None:
        add(session, dispute)
    flush(session)


def record_fraud_warning(session: Session, payment: Payment, seen: FraudWarningSnapshot) -> None:
    """An early fraud warning for one of our payments."""
    session.merge(
        FraudWarning(
            stripe_warning_id=seen.id, payment_id=payment.id, fraud_type=seen.fraud_type, created_at=seen.created_at
        )
    )


def assign_supporter(session: Session, checkout_id: int, supporter_id: int) -> None:
    """Whose the payments of this checkout are, now that Stripe has said who paid."""
    for payment in find_all(session, Payment, checkout_id=checkout_id):
        payment.supporter_id = supporter_id


def _payment_of(session: Session, stripe_id: str, checkout: Checkout, membership_id: int | None) -> Payment:
    """The payment of this intent; a new one is not flushed before its caller has said how much it is."""
    payment = _find(session, stripe_id)
    if payment is None:
        payment = Payment(stripe_payment_intent_id=stripe_id)
        add(session, payment)
    payment.checkout_id = checkout.id
    payment.supporter_id = checkout.supporter_id
    payment.membership_id = membership_id
    return payment


def _find(session: Session, stripe_id: str) -> Payment | None:
    return find(session, Payment, stripe_payment_intent_id=stripe_id)
