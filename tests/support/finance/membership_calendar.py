"""The newsroom's months and the moments at which a report of memberships counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from tests.support.finance.memberships import ZONE


def midnight(day: date) -> datetime:
    """When a day of the newsroom's begins."""
    return datetime.combine(day, time(), ZONE).astimezone(UTC)


def month_after(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def month_of(moment: datetime) -> date:
    return moment.astimezone(ZONE).date().replace(day=1)


@dataclass(frozen=True)
class Calendar:
    """The months that a report covers, and the first moment of each and of the next, none later than now."""

    months: tuple[date, ...]
    moments: tuple[datetime, ...]

    @classmethod
    def of(cls, first: date, last: date, now: datetime) -> Calendar:
        months = []
        month = first
        while month <= last and midnight(month) < now:
            months.append(month)
            month = month_after(month)
        ends = min(midnight(month_after(months[-1])), now)
        return cls(tuple(months), (*map(midnight, months), ends))
