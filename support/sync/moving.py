"""Apply what moves money: charges, refunds, disputes, fraud warnings, payouts.

Every balance transaction goes into the ledger, also of what is foreign: or no payout would tie out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.errors import NotYet
from support.finance.operations import apply_payout as write_payout
from support.finance.operations import record_entries
from support.notices import operations as notices
from support.payments import operations as payments
from support.payments.queries import payment_of
from support.sync.giving import take_payment_intent
from support.sync.owners import checkout_of_movement
from support.together import later

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from support.gateway.snapshots import (
        ChargeSnapshot,
        DisputeSnapshot,
        FraudWarningSnapshot,
        PayoutSnapshot,
        RefundSnapshot,
    )
    from support.payments.models import Payment
    from support.sync.owners import Movement
    from support.sync.reading import Reading


def apply_charge(session: Session, seen: ChargeSnapshot, reading: Reading) -> None:
    """A payment's money and what it cost; or a payment that the reader's bank refused."""
    checkout = checkout_of_movement(session, seen, seen.id, reading)
    reading.require_newest(session, "charge", seen)
    if seen.intent is not None:
        take_payment_intent(session, seen.intent, checkout, reading)
    payment = payment_of(session, seen.payment_intent_id, seen.id)
    if seen.status == "failed":
        payments.record_failure(session, seen, checkout.id, payment.membership_id if payment is not None else None)
    elif seen.status == "succeeded":
        payments.apply_charge(payment or payments.begin_payment(session, checkout, seen), seen)
    if seen.entry is not None:
        later(session, record_entries, [seen.entry])


def apply_refund(session: Session, seen: RefundSnapshot, reading: Reading) -> None:
    """Money on its way back."""
    payment = _payment(session, seen, seen.charge_id, reading)
    reading.require_newest(session, "refund", seen)
    payments.record_refund(session, payment, seen, reading.now)
    if reading.is_told:
        notices.tell_of_refund(session, seen.id, reading.now)
    later(session, record_entries, seen.entries)


def apply_dispute(session: Session, seen: DisputeSnapshot, reading: Reading) -> None:
    """A contested payment."""
    payment = _payment(session, seen, seen.charge_id, reading)
    reading.require_newest(session, "dispute", seen)
    payments.record_dispute(session, payment, seen)
    later(session, record_entries, seen.entries)


def apply_fraud_warning(session: Session, seen: FraudWarningSnapshot, reading: Reading) -> None:
    """A hint that a payment will be contested."""
    payment = _payment(session, seen, seen.charge_id, reading)
    reading.require_newest(session, "fraud_warning", seen)
    payments.record_fraud_warning(session, payment, seen)


def apply_payout(session: Session, seen: PayoutSnapshot, reading: Reading) -> None:
    """A payout and what it consists of."""
    reading.require_newest(session, "payout", seen)
    write_payout(session, seen)


def _payment(session: Session, seen: Movement, stripe_charge_id: str | None, reading: Reading) -> Payment:
    """The payment that this movement is about. Raises NotYet where it is ours and not in our tables."""
    checkout = checkout_of_movement(session, seen, stripe_charge_id, reading)
    if seen.intent is not None:
        take_payment_intent(session, seen.intent, checkout, reading)
    payment = payment_of(session, seen.payment_intent_id, stripe_charge_id)
    if payment is None:
        raise NotYet("its payment is not in our tables yet")
    return payment
