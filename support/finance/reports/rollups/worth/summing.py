"""When a month of some supporters' becomes worth how much, from their memberships and paid periods themselves."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from support.db import UtcDateTime
from support.finance.reports.filters import day_begins, next_month
from support.finance.reports.rollups.worth.rules import ANY_CURRENCY, Turn, movements
from support.finance.reports.spans import is_among, supporter_key, turns
from support.memberships.models import Membership, PaidPeriod

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from sqlalchemy.orm import Session

# {(currency, where it is counted, movement): [minor units, supporters]}
Sums = dict[tuple[str, Any, str], list[int]]


def summed_turns(session: Session, supporters: Collection[int], now: datetime) -> list[Turn]:
    """Every turn of these, in the order of supporters, currencies and moments, as things stand `now`."""
    its = turns(session, now, is_among(supporters)).subquery("turns")
    keys = (its.c.supporter, its.c.at, its.c.currency)
    is_worth = sa.func.max(sa.case((its.c.value != 0, 1), else_=0))
    summed = sa.select(*keys, sa.func.sum(its.c.value), is_worth, sa.func.sum(its.c.members))
    rows = session.execute(summed.group_by(*keys).order_by(*keys))
    found = [turn for supporter, each in groupby(rows, lambda row: row[0]) for turn in _turns_of(supporter, each)]
    return sorted(found, key=lambda one: one[:3])


def _turns_of(supporter: int, rows: Iterable[Any]) -> Iterator[Turn]:
    """Of one supporter; rows (…, moment, currency, value, whether there is any, memberships), ordered by moment."""
    worth: dict[str, int] = defaultdict(int)
    memberships: dict[str, int] = defaultdict(int)
    known = set()
    for at, each in groupby(rows, lambda row: row[1]):
        were = sum(memberships.values())
        for _, _, currency, value, is_worth, more in each:
            start, before = worth[currency], memberships[currency]
            worth[currency] += int(value)
            memberships[currency] += int(more)
            came = (memberships[currency] > 0) - (before > 0)
            if is_worth or came:
                yield Turn(supporter, currency, at, start, int(value), currency in known, came)
            if is_worth:
                known.add(currency)
        if came := (sum(memberships.values()) > 0) - (were > 0):
            yield Turn(supporter, ANY_CURRENCY, at, 0, 0, False, came)


def dues_of(session: Session, supporters: Collection[int], now: datetime) -> dict[int, datetime]:
    """{supporter: when the first of their paid periods begins that has not begun} of those who have one."""
    key = supporter_key().label("supporter")
    begin = (
        sa.select(key, sa.func.min(PaidPeriod.starts_at))
        .join(Membership, Membership.id == PaidPeriod.membership_id)
        .where(PaidPeriod.starts_at > sa.literal(now, UtcDateTime()), is_among(supporters))
        .group_by("supporter")
    )
    return dict(session.execute(begin).all())


def add_movements(sums: Sums, its: Iterable[Turn], counted_at: Callable[[datetime], Any], sign: int = 1) -> None:
    """Add the movements of turns to sums, or with -1 take them away; what is nothing then is not kept."""
    for currency, place, word, moved in movements(its, counted_at):
        key = (currency, place, word)
        minor, supporters = sums.get(key, (0, 0))
        sums[key] = [minor + sign * moved, supporters + sign]
        if sums[key] == [0, 0]:
            del sums[key]


def month_begun(moment: datetime, zone: ZoneInfo) -> datetime:
    """When the newsroom's month began that a moment is in."""
    return _begin(_first_day(moment, zone), zone)


def month_end(moment: datetime, zone: ZoneInfo) -> datetime:
    """At which first moment of a month something of this moment is counted: the same, or the next to come."""
    first_day = _first_day(moment, zone)
    begun = _begin(first_day, zone)
    return begun if moment == begun else _begin(next_month(first_day), zone)


def is_month(start: datetime, end: datetime, zone: ZoneInfo) -> bool:
    """Whether a month of the newsroom's is from one moment to the other."""
    first_day = _first_day(start, zone)
    return (start, end) == (_begin(first_day, zone), _begin(next_month(first_day), zone))


def _first_day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date().replace(day=1)


@lru_cache(1000)
def _begin(first_day: date, zone: ZoneInfo) -> datetime:
    return day_begins(first_day, zone)
