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
from webhooks.models import EventClaim, StripeEvent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from support.db import Database

# Children first.
_EFFECTS = (
    *(PayoutItem, Payout, LedgerEntry, Refund, Dispute, FraudWarning, FailedPayment),
    *(PaidPeriod, Payment, Membership, SyncedObject, StripeEvent, EventClaim),
)
_PEOPLE = (StripeCustomer, Supporter)


@dataclass(frozen=True)
class Rows:
    """Every row of five tables, sorted; whose they are is said by Stripe's ids and by address."""

    payments: Sequence[tuple[Any, ...]]
    memberships: Sequence[tuple[Any, ...]]
    periods: Sequence[tuple[Any, ...]]
    checkouts: Sequence[tuple[Any, ...]]
    supporters: Sequence[tuple[Any, ...]]


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


def rows(database: Database) -> Rows:
    """What the tables say now."""
    with database.reading() as session:
        return Rows(
            *(
                [tuple(row) for row in session.execute(statement)]
                for statement in (_PAYMENTS, _MEMBERSHIPS, _PERIODS, _CHECKOUTS, _SUPPORTERS)
            )
        )


def forget(database: Database) -> None:
    """As if no event had ever come: the checkouts stay, as they were when Stripe had made their pages."""
    with database.transaction() as session:
        for table in _EFFECTS:
            session.execute(sa.delete(table))
        session.execute(sa.update(Checkout).values(state="open", supporter_id=None, synced_at=None))
        for person in _PEOPLE:
            session.execute(sa.delete(person))
