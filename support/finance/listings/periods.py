"""Which payments paid for the periods that reports of memberships count, as docs/reports.md defines them.

A period counts from its begin until the next one of its membership begins, or as long as that is waited for.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from support import clock
from support.access.reading import grace
from support.campaigns.models import Campaign, Plan
from support.db import UtcDateTime
from support.finance.reports.earning import day_at, day_of
from support.finance.reports.filters import day_begins, given_through, next_month
from support.finance.reports.spans import IS_GRACED, OVER_AT, counted, supporter_key
from support.memberships.models import Membership, PaidPeriod
from support.payments.models import Payment
from support.sql import seconds_between

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from support.finance.reports.filters import Filters

    MembershipId = sa.SQLColumnExpression[int] | sa.SQLColumnExpression[int | None]

# What counts at the end of the days asked for · what a supporter began with, within them
PAID_FOR = ("end", "first")


def paid_for(session: Session, filters: Filters, word: str) -> sa.ColumnElement[bool]:
    """A condition on Payment: it paid for a period that counts at the end of the days asked for.

    Where that is to come, it is now. `first`: it paid for the period with which a supporter began, within the days.
    """
    is_first = word == "first"
    invoices = _firsts(filters) if is_first else _counting(session, min(filters.ends_at, clock.now()))
    return Payment.stripe_invoice_id.in_(invoices)


def earned_in(filters: Filters, month: date) -> sa.ColumnElement[bool]:
    """A condition on Payment: it came before the end of the days asked for, and days of this month behind that earn it.

    Where that end is to come, it is now.
    """
    known_at = min(filters.ends_at, clock.now())
    day = max(month, day_of(day_at(known_at, filters.zone)))
    starts_at, next_at, month_ends_at = (
        day_begins(one, filters.zone) for one in (day, day + timedelta(days=1), next_month(month))
    )
    # A period that begins and ends on one day has that day.
    is_left = (PaidPeriod.ends_at >= next_at) | (PaidPeriod.starts_at >= starts_at)
    invoices = sa.select(PaidPeriod.stripe_invoice_id).where(PaidPeriod.starts_at < month_ends_at, is_left)
    its = (Payment.membership_id.is_not(None), Payment.received_at < known_at)
    return sa.and_(*its, Payment.stripe_invoice_id.in_(invoices))


def has_plan(membership_id: MembershipId, name: str) -> sa.ColumnElement[bool]:
    """Whether a membership has this plan now, `campaign/plan`."""
    campaign, _, slug = name.partition("/")
    return membership_id.in_(_memberships(Campaign.slug == campaign, Plan.slug == slug))


def has_interval(membership_id: MembershipId, interval: str) -> sa.ColumnElement[bool]:
    """Whether a membership has a plan of this interval now."""
    return membership_id.in_(_memberships(Plan.interval == interval))


def _memberships(*conditions: sa.ColumnElement[bool]) -> sa.Select[int]:
    its = sa.select(Membership.id).join(Plan, Plan.id == Membership.plan_id)
    return its.join(Campaign, Campaign.id == Plan.campaign_id).where(*conditions).correlate(None)


def _invoices() -> sa.Select[str]:
    return sa.select(PaidPeriod.stripe_invoice_id).join(Membership, Membership.id == PaidPeriod.membership_id)


def _firsts(filters: Filters) -> sa.Select[str]:
    """Invoices of the periods with which supporters began within the days, as if nothing but what is asked for were."""
    order = (PaidPeriod.starts_at, Membership.plan_id, PaidPeriod.id)
    place = sa.func.row_number().over(partition_by=supporter_key(), order_by=order)
    its = [*counted(PaidPeriod, clock.now()), *given_through(Membership.checkout_id, filters)]
    if filters.currency is not None:
        its.append(PaidPeriod.currency == filters.currency)
    found = _invoices().add_columns(PaidPeriod.starts_at, place.label("place")).where(*its).subquery("counted")
    return sa.select(found.c.stripe_invoice_id).where(found.c.place == 1, filters.span.has(found.c.starts_at))


def _counting(session: Session, moment: datetime) -> sa.Select[str]:
    """Invoices of the periods that count at a moment: the last that has begun by then, if it lasts so long."""
    at, graced_at = (sa.literal(one, UtcDateTime()) for one in (moment, moment - grace()))
    later, now = aliased(PaidPeriod), clock.now()
    places = (sa.tuple_(one.starts_at, one.id) for one in (later, PaidPeriod))
    is_later = (later.membership_id == PaidPeriod.membership_id, next(places) > next(places), *counted(later, now))

    def is_followed(*how: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        return sa.exists().where(*is_later, *how).correlate(PaidPeriod, Membership)

    is_bridged = seconds_between(session, PaidPeriod.ends_at, later.starts_at) <= int(grace().total_seconds())
    return _invoices().where(
        *counted(PaidPeriod, now),
        PaidPeriod.starts_at <= at,
        OVER_AT.is_(None) | (at < OVER_AT),
        # Longer after its end none counts, give or take a second: most are left out by this alone.
        PaidPeriod.ends_at > sa.literal(moment - grace() - timedelta(seconds=1), UtcDateTime()),
        ~is_followed(later.starts_at <= at),
        sa.or_(
            PaidPeriod.ends_at > at,
            is_followed(is_bridged),
            sa.and_(IS_GRACED, PaidPeriod.ends_at > graced_at, ~is_followed()),
        ),
    )
