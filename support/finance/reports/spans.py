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
from support.db import UtcDateTime, seconds_after, seconds_between
from support.finance.reports.filters import choice, given_through
from support.memberships.models import Membership, PaidPeriod

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
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


def position(moment: sa.ColumnElement[datetime], at: Sequence[datetime]) -> sa.ColumnElement[int]:
    """How many of the moments `at` are before this one."""
    return choice(moment, at, range(len(at) + 1))


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


def changes(session: Session, filters: Filters, moments: Moments) -> sa.CTE:
    """What the filters mean of `turns`; `position`: the moment from which on it counts, `len(moments.at)` for none."""
    its = turns(session, moments.now, *given_through(Membership.checkout_id, filters)).subquery("turns")
    in_currency = () if filters.currency is None else (its.c.currency == filters.currency,)
    return sa.select(its, position(its.c.at, moments.at).label("position")).where(*in_currency).cte("changes")


def turns(session: Session, now: datetime, *conditions: sa.ColumnElement[bool]) -> sa.Select[*tuple[Any, ...]]:
    """Where spans begin and end or change their worth, of the memberships that the conditions leave.

    Columns `supporter`, `currency`, `plan_id`; `starts_at`: when the span began; `at`: when this is; `value`, by how
    much a month is worth more then, in minor units; `members`, by how many memberships more there are.
    """
    ends = _ends(session, now, conditions)
    begun = ends.c.sign > 0
    return sa.select(
        ends.c.supporter,
        ends.c.currency,
        ends.c.plan_id,
        ends.c.starts_at,
        sa.case((begun, ends.c.starts_at), else_=ends.c.end_at).label("at"),
        (ends.c.sign * ends.c.value).label("value"),
        ends.c.sign.label("members"),
    ).where(sa.case((begun, ends.c.is_followed_from), else_=ends.c.is_followed_to).is_(False))


def _ends(session: Session, now: datetime, conditions: Conditions) -> sa.Subquery:
    """Every span twice, for its begin (`sign` 1) and its end (-1)."""
    spans = _spans(session, now, conditions)
    signs: sa.CompoundSelect[Any] = sa.union_all(
        sa.select(sa.literal_column("1").label("sign")), sa.select(sa.literal_column("-1"))
    )
    both = signs.subquery("signs")
    own_end = sa.case(
        (spans.c.next_at.is_not(None) & spans.c.is_bridged, spans.c.next_at),
        (
            spans.c.next_at.is_(None) & spans.c.is_graced,
            seconds_after(session, spans.c.ends_at, int(grace().total_seconds())),
        ),
        else_=spans.c.ends_at,
    )
    end = sa.case((spans.c.cut_at < own_end, spans.c.cut_at), else_=own_end)
    return (
        sa.select(spans, both.c.sign, end.label("end_at"))
        .join_from(spans, both, sa.true())
        .where(~(spans.c.is_followed_from & spans.c.is_followed_to))
        .subquery("ends")
    )


def _spans(session: Session, now: datetime, conditions: Conditions) -> sa.Subquery:
    """Paid periods as stretches of equal worth, each with what comes before and after it in its membership."""
    paid = _paid_periods(session, now, conditions)
    longest = int(grace().total_seconds())

    def is_bridged(earlier: str, later: str) -> sa.ColumnElement[bool]:
        return seconds_between(session, paid.c[earlier], paid.c[later]) <= longest

    def is_equal(other: str) -> sa.ColumnElement[bool]:
        return (paid.c[f"{other}_value"] == paid.c.value) & (paid.c[f"{other}_currency"] == paid.c.currency)

    def is_true(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        return sa.func.coalesce(condition, sa.false())

    return sa.select(
        paid,
        is_true(is_bridged("ends_at", "next_at")).label("is_bridged"),
        is_true(is_equal("last") & is_bridged("last_ends_at", "starts_at")).label("is_followed_from"),
        is_true(is_equal("next") & is_bridged("ends_at", "next_at")).label("is_followed_to"),
    ).subquery("spans")


def _paid_periods(session: Session, now: datetime, conditions: Conditions) -> sa.Subquery:
    """Those that count: they have begun, and before their membership's end."""
    months = _months(seconds_between(session, PaidPeriod.starts_at, PaidPeriod.ends_at))
    paid = (
        sa.select(
            PaidPeriod.id,
            PaidPeriod.membership_id,
            supporter_key().label("supporter"),
            Membership.plan_id,
            PaidPeriod.currency,
            PaidPeriod.starts_at,
            PaidPeriod.ends_at,
            ((2 * PaidPeriod.amount_minor + months) // (2 * months)).label("value"),
            OVER_AT.label("cut_at"),
            IS_GRACED.label("is_graced"),
        )
        .join(Membership, Membership.id == PaidPeriod.membership_id)
        .where(*counted(PaidPeriod, now), *conditions)
        .subquery("counted")
    )
    in_order = sa.select(
        paid,
        _beside(sa.func.lag, paid, "ends_at").label("last_ends_at"),
        _beside(sa.func.lag, paid, "value").label("last_value"),
        _beside(sa.func.lag, paid, "currency").label("last_currency"),
        _beside(sa.func.lead, paid, "starts_at").label("next_at"),
        _beside(sa.func.lead, paid, "value").label("next_value"),
        _beside(sa.func.lead, paid, "currency").label("next_currency"),
    )
    return in_order.subquery("paid")


def _beside(function: Any, paid: sa.Subquery, name: str) -> sa.ColumnElement[Any]:
    over = function(paid.c[name]).over(partition_by=paid.c.membership_id, order_by=(paid.c.starts_at, paid.c.id))
    return sa.type_coerce(over, paid.c[name].type)


def _months(seconds: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """How many months a period of so many seconds covers, the nearest number; at least one."""
    return sa.case((2 * seconds < 3 * _MONTH_SECONDS, 1), else_=(2 * seconds + _MONTH_SECONDS) // (2 * _MONTH_SECONDS))
