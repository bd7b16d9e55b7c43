"""Which payments a report is about. Days and months are the newsroom's (NEWSROOM_TIME_ZONE)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.checkout.models import Checkout
from support.db import UtcDateTime
from support.payments.models import Payment

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Month:
    """A month of the newsroom's, from `starts_at` up to, not including, `ends_at`."""

    first_day: date
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Filters:
    """A period of whole days, both included, and what is left of it. None and empty mean everything.

    `country` is two upper-case letters; `article` is an article's address as the gate writes it.
    """

    first_day: date
    last_day: date
    zone: ZoneInfo
    currency: str | None = None
    campaign_id: int | None = None
    plan_id: int | None = None
    country: str | None = None
    article: str | None = None

    @property
    def starts_at(self) -> datetime:
        """The first moment of the period."""
        return day_begins(self.first_day, self.zone)

    @property
    def ends_at(self) -> datetime:
        """The first moment after the period."""
        return day_begins(self.last_day + timedelta(days=1), self.zone)

    @property
    def months(self) -> tuple[Month, ...]:
        """The months of the period; the first and the last only as far as they are in it."""
        found, first = [], self.first_day.replace(day=1)
        while first <= self.last_day:
            following = next_month(first)
            starts_at = max(day_begins(first, self.zone), self.starts_at)
            found.append(Month(first, starts_at, min(day_begins(following, self.zone), self.ends_at)))
            first = following
        return tuple(found)


def next_month(first_day: date) -> date:
    """The first day of the month after this one's."""
    return (first_day.replace(day=28) + timedelta(days=4)).replace(day=1)


def day_begins(day: date, zone: ZoneInfo) -> datetime:
    """The moment, UTC, at which a day of the newsroom's begins."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def month_of(moment: sa.SQLColumnExpression[datetime], filters: Filters) -> sa.ColumnElement[int]:
    """Which of `filters.months` a moment is in, counted from 0; of moments within the period only.

    Months begin at the newsroom's midnight, which no two databases compute alike: their bounds are put in as values.
    """
    later = [(moment >= sa.literal(month.starts_at, UtcDateTime()), at) for at, month in enumerate(filters.months)]
    return sa.case(*reversed(later), else_=0)


def payments_of(filters: Filters) -> list[sa.ColumnElement[bool]]:
    """Conditions on Payment and its Checkout (joined by whoever uses them): everything but the period."""
    found: list[sa.ColumnElement[bool]] = []
    if filters.currency is not None:
        found.append(Payment.currency == filters.currency)
    if filters.campaign_id is not None:
        found.append(Checkout.campaign_id == filters.campaign_id)
    if filters.plan_id is not None:
        found.append(Checkout.plan_id == filters.plan_id)
    if filters.article is not None:
        found.append(Checkout.article == filters.article)
    return found
