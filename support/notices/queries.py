"""Find what supporters are to be told, and whom: only those with an address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from support.access.queries import entitlements_of_supporter
from support.access.rules import ALL_MEMBERS
from support.accounts.models import Supporter
from support.campaigns.models import Plan
from support.emails.queries import is_in_outbox
from support.memberships.models import Membership, PaidPeriod
from support.notices.rules import NEWS_FOR, RENEWAL_TOLD_BEFORE
from support.payments.models import Payment, Refund
from support.payments.queries import is_kept, payments_with_plans

if TYPE_CHECKING:
    from datetime import date, datetime, timedelta

    from sqlalchemy.orm import Session

_HAS_ADDRESS = Supporter.email.is_not(None)
# Charged again unless something happens.
_CONTINUES = (
    Membership.status == "active",
    Membership.ends_at.is_(None),
    Membership.ended_at.is_(None),
    ~Membership.is_paused,
)
# Rendered in one transaction, which on SQLite keeps other writers waiting: some tenths of a second.
_BATCH = 50


@dataclass(frozen=True)
class TheirPayment:
    """A payment, what it was for, and whose it is."""

    payment: Payment
    plan: Plan
    supporter: Supporter


@dataclass(frozen=True)
class TheirRefund:
    """A refund of a payment; `still_opens`: the payment was not taken back as a whole."""

    refund: Refund
    payment: Payment
    supporter: Supporter
    still_opens: bool


@dataclass(frozen=True)
class TheirMembership:
    """A membership and whose it is."""

    membership: Membership
    supporter: Supporter


@dataclass(frozen=True)
class Reminder(TheirMembership):
    """A mail that is due before the membership is charged again at `renews_at`; `cause` is its name in the outbox."""

    renews_at: datetime
    cause: str


def new_payments(session: Session, which: sa.ColumnElement[bool], now: datetime) -> list[TheirPayment]:
    """Those payments that are news."""
    news = payments_with_plans().where(which, Payment.received_at >= now - NEWS_FOR)
    theirs = news.join(Supporter, Supporter.id == Payment.supporter_id).where(_HAS_ADDRESS).add_columns(Supporter)
    return [TheirPayment(payment, plan, supporter) for payment, plan, supporter in session.execute(theirs)]


def payment_of_somebody(session: Session, payment_id: int) -> TheirPayment | None:
    """The payment, if there is somebody to tell."""
    its = payments_with_plans().where(Payment.id == payment_id)
    row = session.execute(
        its.join(Supporter, Supporter.id == Payment.supporter_id).where(_HAS_ADDRESS).add_columns(Supporter)
    ).one_or_none()
    return TheirPayment(*row) if row is not None else None


def renewed_until(session: Session, payment: Payment) -> datetime | None:
    """The end of the period that a renewal paid for; None for any other payment."""
    if payment.membership_id is None:
        return None
    its = sa.select(PaidPeriod).where(PaidPeriod.membership_id == payment.membership_id)
    periods = session.scalars(its.order_by(PaidPeriod.starts_at)).all()
    return next((one.ends_at for one in periods[1:] if one.stripe_invoice_id == payment.stripe_invoice_id), None)


def new_refunds(session: Session, which: sa.ColumnElement[bool], now: datetime) -> list[TheirRefund]:
    """Those refunds that have succeeded, and are news."""
    theirs = (
        sa.select(Refund, Payment, Supporter, is_kept())
        .join(Payment, Payment.id == Refund.payment_id)
        .join(Supporter, Supporter.id == Payment.supporter_id)
        .where(which, Refund.succeeded_at >= now - NEWS_FOR, _HAS_ADDRESS)
    )
    return [TheirRefund(*row) for row in session.execute(theirs)]


def membership_of_subscription(session: Session, stripe_subscription_id: str | None) -> TheirMembership | None:
    """The membership of this subscription, if there is somebody to tell."""
    theirs = (
        sa.select(Membership, Supporter)
        .join(Supporter, Supporter.id == Membership.supporter_id)
        .where(Membership.stripe_subscription_id == stripe_subscription_id, _HAS_ADDRESS)
        .options(joinedload(Membership.plan))
    )
    row = session.execute(theirs).one_or_none()
    return TheirMembership(row[0], row[1]) if row is not None else None


def paid_until(session: Session, stripe_subscription_id: str | None) -> datetime | None:
    """The end of the last period that a membership was paid for."""
    last = sa.select(sa.func.max(PaidPeriod.ends_at)).join(Membership, Membership.id == PaidPeriod.membership_id)
    return session.scalar(last.where(Membership.stripe_subscription_id == stripe_subscription_id))


def reads_until(session: Session, supporter_id: int, grace: timedelta, now: datetime) -> datetime | None:
    """Until when a supporter reads members' articles, by everything paid for; None if not now."""
    found = entitlements_of_supporter(session, supporter_id, grace, now)
    return max((one.until for one in found if one.opens == ALL_MEMBERS), default=None)


def upcoming_renewals(session: Session, after: int, now: datetime) -> list[Reminder]:
    """A batch of yearly memberships that renew soon and were not told so; those behind the membership `after`."""
    cause = "upcoming_renewal period " + sa.cast(PaidPeriod.id, sa.String)
    is_soon = PaidPeriod.ends_at.between(now, now + RENEWAL_TOLD_BEFORE)
    return _reminders(session, after, cause, Plan.interval == "year", is_soon)


def expiring_cards(session: Session, after: int, expires_on: date) -> list[Reminder]:
    """A batch of memberships whose card works until this day, and were not told so; behind the membership `after`."""
    cause = f"card_expiring {expires_on} membership " + sa.cast(Membership.id, sa.String)
    is_known_card = (Membership.card_expires_on == expires_on, Membership.card_last4.is_not(None))
    return _reminders(session, after, cause, *is_known_card)


def _reminders(
    session: Session, after: int, cause: sa.ColumnElement[str], *is_due: sa.ColumnElement[bool]
) -> list[Reminder]:
    last_period = (
        sa.select(PaidPeriod.id)
        .where(PaidPeriod.membership_id == Membership.id)
        .order_by(PaidPeriod.ends_at.desc(), PaidPeriod.id.desc())
        .limit(1)
        .correlate(Membership)
        .scalar_subquery()
    )
    due = (
        sa.select(Membership, Supporter, PaidPeriod.ends_at, cause)
        .join(Membership.plan)
        .join(Supporter, Supporter.id == Membership.supporter_id)
        .join(PaidPeriod, PaidPeriod.id == last_period)
        .where(Membership.id > after, *_CONTINUES, _HAS_ADDRESS, *is_due, ~is_in_outbox(cause))
        .options(contains_eager(Membership.plan))
        .order_by(Membership.id)
        .limit(_BATCH)
    )
    return [Reminder(*row) for row in session.execute(due)]
