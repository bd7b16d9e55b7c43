"""What events have led to, in a form that two runs can be compared by: without our ids and our own clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.accounts.models import StripeCustomer, Supporter
from support.checkout.models import Checkout
from support.finance.models import LedgerEntry, Payout, PayoutItem
from support.memberships.models import Membership, PaidPeriod
from support.payments.models import Dispute, FailedPayment, FraudWarning, Payment, Refund
from support.sync.models import SyncedObject
from webhooks.models import EventClaim, EventTry, StripeEvent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from support.db import Database

# Children first.
_EFFECTS = (
    *(PayoutItem, Payout, LedgerEntry, Refund, Dispute, FraudWarning, FailedPayment),
    *(PaidPeriod, Payment, Membership, SyncedObject, EventTry, StripeEvent, EventClaim),
)
_PEOPLE = (StripeCustomer, Supporter)


@dataclass(frozen=True)
class Rows:
    """Every row of eight tables, sorted; whose they are is said by Stripe's ids and by address."""

    payments: Sequence[tuple[Any, ...]]
    memberships: Sequence[tuple[Any, ...]]
    periods: Sequence[tuple[Any, ...]]
    checkouts: Sequence[tuple[Any, ...]]
    supporters: Sequence[tuple[Any, ...]]
    failed: Sequence[tuple[Any, ...]]
    refunds: Sequence[tuple[Any, ...]]
    disputes: Sequence[tuple[Any, ...]]


_PAYMENTS = (
    sa.select(
        Payment.stripe_payment_intent_id,
        Payment.stripe_charge_id,
        Payment.amount_minor,
        Payment.currency,
        Payment.received_at,
        Checkout.stripe_session_id,
        Membership.stripe_subscription_id,
        Supporter.email_key,
    )
    .outerjoin(Checkout, Checkout.id == Payment.checkout_id)
    .outerjoin(Membership, Membership.id == Payment.membership_id)
    .outerjoin(Supporter, Supporter.id == Payment.supporter_id)
    .order_by(Payment.stripe_payment_intent_id)
)
_MEMBERSHIPS = (
    sa.select(
        Membership.stripe_subscription_id,
        Membership.status,
        Membership.amount_minor,
        Membership.currency,
        Membership.ends_at,
        Membership.ended_at,
        Checkout.stripe_session_id,
        Supporter.email_key,
    )
    .outerjoin(Checkout, Checkout.id == Membership.checkout_id)
    .outerjoin(Supporter, Supporter.id == Membership.supporter_id)
    .order_by(Membership.stripe_subscription_id)
)
_PERIODS = (
    sa.select(PaidPeriod.stripe_invoice_id, PaidPeriod.starts_at, PaidPeriod.ends_at, Membership.stripe_subscription_id)
    .join(Membership, Membership.id == PaidPeriod.membership_id)
    .order_by(PaidPeriod.stripe_invoice_id)
)
_CHECKOUTS = (
    sa.select(Checkout.stripe_session_id, Checkout.state, Supporter.email_key)
    .outerjoin(Supporter, Supporter.id == Checkout.supporter_id)
    .order_by(Checkout.stripe_session_id)
)
_SUPPORTERS = (
    sa.select(Supporter.email_key, Supporter.email, Supporter.locale, StripeCustomer.stripe_customer_id)
    .outerjoin(StripeCustomer, StripeCustomer.supporter_id == Supporter.id)
    .order_by(Supporter.email_key, StripeCustomer.stripe_customer_id)
)
_FAILED = sa.select(FailedPayment.stripe_charge_id, FailedPayment.amount_minor, FailedPayment.failure_code).order_by(
    FailedPayment.stripe_charge_id
)
# When a refund succeeded is our own clock's word.
_REFUNDS = (
    sa.select(Refund.stripe_refund_id, Refund.status, Refund.amount_minor, Payment.stripe_payment_intent_id)
    .join(Payment, Payment.id == Refund.payment_id)
    .order_by(Refund.stripe_refund_id)
)
_DISPUTES = (
    sa.select(
        Dispute.stripe_dispute_id,
        Dispute.status,
        Dispute.amount_minor,
        Dispute.is_withheld,
        Payment.stripe_payment_intent_id,
    )
    .join(Payment, Payment.id == Dispute.payment_id)
    .order_by(Dispute.stripe_dispute_id)
)
_ENTRIES = sa.select(
    LedgerEntry.stripe_balance_transaction_id,
    LedgerEntry.type,
    LedgerEntry.amount_minor,
    LedgerEntry.fee_minor,
    LedgerEntry.net_minor,
    LedgerEntry.currency,
    LedgerEntry.source_id,
).order_by(LedgerEntry.stripe_balance_transaction_id)
_ALL = (
    *(_PAYMENTS, _MEMBERSHIPS, _PERIODS, _CHECKOUTS, _SUPPORTERS),
    *(_FAILED, _REFUNDS, _DISPUTES),
)


def rows(database: Database) -> Rows:
    """What the tables say now."""
    with database.reading() as session:
        return Rows(*([tuple(row) for row in session.execute(statement)] for statement in _ALL))


def entries(database: Database) -> Sequence[tuple[Any, ...]]:
    """The ledger, sorted: complete once Stripe has settled its charges, which takes it a moment."""
    with database.reading() as session:
        return [tuple(row) for row in session.execute(_ENTRIES)]


def forget(database: Database) -> None:
    """As if no event had ever come: the checkouts stay, as they were when Stripe had made their pages."""
    with database.transaction() as session:
        for table in _EFFECTS:
            session.execute(sa.delete(table))
        session.execute(sa.update(Checkout).values(state="open", supporter_id=None, synced_at=None))
        for person in _PEOPLE:
            session.execute(sa.delete(person))
