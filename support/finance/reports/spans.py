"""When somebody was a member, and what a month of it was worth: paid periods, joined and ended as docs/reports.md says.

Everything is counted at a few moments, the first of every month. A span adds at the first moment that it contains and
takes away at the first one behind its end, so that running sums of these changes are the figures: no span is compared
with every month. Spans of equal worth that follow each other change nothing in between, and most do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from support.access.reading import grace
from support.db import UtcDateTime
from support.finance.reports.filters import given_through
from support.finance.reports.parts import computed_once, position
from support.memberships.models import Membership, PaidPeriod
from support.sql import seconds_after, seconds_between

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.finance.reports.filters import Filters, Month

# Every filter that says something about a membership.
MEMBERSHIP_FILTERS = ("currency", "campaign", "plan", "article")

# Beside Membership: when it ended, or will · whether what comes after its last period is waited for.
OVER_AT = sa.func.coalesce(Membership.ended_at, Membership.ends_at)
IS_GRACED = OVER_AT.is_not(None) | Membership.status.in_(("active", "past_due"))
# A twelfth of 365.25 days.
_MONTH_SECONDS = 2629800

Conditions = tuple[sa.ColumnElement[bool], ...]


@dataclass(frozen=True)
class Moments:
    """The months of a report that have begun, and the moments between them: `at[i]` begins `months[i]`.

    The last moment ends the last month; where that is not over yet it is now.
    """

    months: tuple[Month, ...]
    at: tuple[datetime, ...]
    now: datetime


def moments_of(filters: Filters, now: datetime) -> Moments:
    """The moments at which a report of this period counts."""
    begun = tuple(month for month in filters.months if month.starts_at < now)
    return Moments(begun, tuple(m.starts_at for m in begun) + tuple(min(m.ends_at, now) for m in begun[-1:]), now)


def movement_word(
    start: sa.ColumnElement[int], end: sa.ColumnElement[int], is_first: sa.ColumnElement[bool]
) -> sa.Case[str]:
    """What turned one worth into another, as `rules.movement` of the rollup says it."""
    return sa.case(
        (start == 0, sa.case((is_first, "new"), else_="reactivation")),
        (end == 0, "churn"),
        (end > start, "expansion"),
        else_="contraction",
    )


def counted(period: type[PaidPeriod], now: datetime) -> list[sa.ColumnElement[bool]]:
    """Conditions beside Membership under which a period of it counts: it has begun, and before the membership's end."""
    return [
        period.starts_at <= sa.literal(now, UtcDateTime()),
        period.starts_at < period.ends_at,
        OVER_AT.is_(None) | (period.starts_at < OVER_AT),
    ]


def supporter_key() -> sa.ColumnElement[int]:
    """Beside Membership: whose it is. One without a supporter counts as a supporter of its own."""
    return sa.func.coalesce(Membership.supporter_id, -Membership.id)


def is_among(supporters: Collection[int]) -> sa.ColumnElement[bool]:
    """Beside Membership: whether it is of one of these, by its `supporter_key`; found by indexes."""
    known, alone = [one for one in supporters if one > 0], [-one for one in supporters if one < 0]
    return Membership.supporter_id.in_(known) | (Membership.supporter_id.is_(None) & Membership.id.in_(alone))


def changes(
    session: Session, filters: Filters, moments: Moments, among: Conditions = (), *, is_valued: bool = True
) -> sa.CTE:
    """What the filters mean of `turns`; `position`: the moment from which on it counts, `len(moments.at)` for none.

    `among`: more conditions beside Membership.
    """
    conditions = (*given_through(Membership.checkout_id, filters), *among)
    # Moved up into what reads it, a moment would be computed for every comparison anew.
    its = turns(session, moments.now, *conditions, is_valued=is_valued).offset(0).subquery("turns")
    in_currency = () if filters.currency is None else (its.c.currency == filters.currency,)
    return computed_once(
        sa.select(its, position(session, its.c.at, moments.at).label("position")).where(*in_currency), "changes"
    )


def turns(
    session: Session, now: datetime, *conditions: sa.ColumnElement[bool], is_valued: bool = True
) -> sa.CompoundSelect[*tuple[Any, ...]]:
    """Where spans begin and end or change their worth, of the memberships that the conditions leave.

    Columns `supporter`, `currency`, `plan_id`; `starts_at`: when the span began; `at`: when this is; `value`, by how
    much a month is worth more then, in minor units; `members`, by how many memberships more there are. For who asks
    only of members, what is not valued (`value` 0) is found sooner.
    """
    its = _stretches(session, _paid_periods(session, now, conditions, is_valued)).c
    is_new = ~its.is_continued
    # A membership does not end before its last period.
    end_before = sa.case((its.is_bridged, its.starts_at), else_=its.last_ends_at)
    waited_for = seconds_after(session, its.ends_at, int(grace().total_seconds()))
    own_end = sa.case((its.is_graced, waited_for), else_=its.ends_at)
    last_end = sa.case((its.cut_at < own_end, its.cut_at), else_=own_end)

    def turn(
        currency: sa.ColumnElement[str], at: sa.ColumnElement[datetime], value: sa.ColumnElement[int], sign: str
    ) -> sa.Select[*tuple[Any, ...]]:
        return sa.select(
            its.supporter,
            currency.label("currency"),
            its.plan_id,
            its.starts_at,
            at.label("at"),
            value.label("value"),
            sa.literal_column(sign, sa.Integer()).label("members"),
        )

    return sa.union_all(
        turn(its.currency, its.starts_at, its.value, "1").where(is_new),
        turn(its.last_currency, end_before, -its.last_value, "-1").where(is_new, its.last_ends_at.is_not(None)),
        turn(its.currency, last_end, -its.value, "-1").where(its.next_at.is_(None)),
    )


def _stretches(session: Session, paid: sa.Subquery) -> sa.CTE:
    """Paid periods that begin a stretch of equal worth, or are their membership's last, each with the one before it.

    `is_bridged`: that one lasts until this begins; `is_continued`: it is worth the same, too.
    """
    gap = seconds_between(session, paid.c.last_ends_at, paid.c.starts_at)
    # Moments are compared first, for most periods meet, and SQLite is slow at counting seconds.
    is_bridged = (paid.c.starts_at <= paid.c.last_ends_at) | (gap <= int(grace().total_seconds()))
    is_equal = (paid.c.last_value == paid.c.value) & (paid.c.last_currency == paid.c.currency)
    found = sa.select(
        paid,
        sa.func.coalesce(is_bridged, sa.false()).label("is_bridged"),
        sa.func.coalesce(is_equal & is_bridged, sa.false()).label("is_continued"),
    ).subquery("found")
    ends = (OVER_AT.label("cut_at"), IS_GRACED.label("is_graced"))
    its = (supporter_key().label("supporter"), Membership.plan_id, *ends)
    # Only now, for few are left: what is said of every period is sorted with it.
    edges = sa.select(found, *its).join(Membership, Membership.id == found.c.membership_id)
    return computed_once(edges.where(~found.c.is_continued | found.c.next_at.is_(None)), "stretches")


def _paid_periods(session: Session, now: datetime, conditions: Conditions, is_valued: bool) -> sa.Subquery:
    """Those that count: they have begun, and before their membership's end. Each with those beside it."""
    value = _value(session) if is_valued else sa.literal_column("0", sa.Integer())
    its = (PaidPeriod.id, PaidPeriod.membership_id, PaidPeriod.currency, PaidPeriod.starts_at, PaidPeriod.ends_at)
    begun = sa.select(*its, value.label("value")).join(Membership, Membership.id == PaidPeriod.membership_id)
    begun = begun.where(*counted(PaidPeriod, now), *conditions)
    # Moved up into what reads it, a value would be computed for every function below anew.
    paid = (begun.offset(0) if is_valued else begun).subquery("counted")
    in_order = sa.select(
        paid,
        _beside(sa.func.lag, paid, "ends_at").label("last_ends_at"),
        _beside(sa.func.lag, paid, "value").label("last_value"),
        _beside(sa.func.lag, paid, "currency").label("last_currency"),
        _beside(sa.func.lead, paid, "starts_at").label("next_at"),
    )
    return in_order.subquery("paid")


def _beside(function: Any, paid: sa.Subquery, name: str) -> sa.ColumnElement[Any]:
    over = function(paid.c[name]).over(partition_by=paid.c.membership_id, order_by=(paid.c.starts_at, paid.c.id))
    return sa.type_coerce(over, paid.c[name].type)


def _value(session: Session) -> sa.ColumnElement[int]:
    """What a month of a paid period is worth, in minor units, halves rounded up.

    It covers the nearest number of months, at least one.
    """
    seconds = seconds_between(session, PaidPeriod.starts_at, PaidPeriod.ends_at)
    nearest = (2 * seconds + _MONTH_SECONDS) // (2 * _MONTH_SECONDS)
    months = sa.func.coalesce(sa.func.nullif(nearest, 0), 1)
    return (2 * PaidPeriod.amount_minor + months) // (2 * months)
