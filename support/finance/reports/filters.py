"""Which payments a report is about. Days and months are the newsroom's (NEWSROOM_TIME_ZONE)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.checkout.models import Checkout
from support.finance.reports.parts import Span
from support.payments.models import Payment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo


# Reserved for that in ISO 3166.
UNKNOWN_COUNTRY = "ZZ"


@dataclass(frozen=True)
class Month:
    """A month of the newsroom's, from `starts_at` up to, not including, `ends_at`."""

    first_day: date
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Filters:
    """A period of whole days, both included, and what is left of it. None and empty mean everything.

    `country` is two upper-case letters, UNKNOWN_COUNTRY for what has none; `article` is an article's address as the
    gate writes it. `asked`: all of these but the days, and those of a listing alone, as an address says them.
    """

    first_day: date
    last_day: date
    zone: ZoneInfo
    currency: str | None = None
    campaign_id: int | None = None
    plan_id: int | None = None
    country: str | None = None
    article: str | None = None
    asked: Mapping[str, str] = field(default_factory=dict)

    @property
    def starts_at(self) -> datetime:
        """The first moment of the period."""
        return day_begins(self.first_day, self.zone)

    @property
    def ends_at(self) -> datetime:
        """The first moment after the period."""
        return day_begins(self.last_day + timedelta(days=1), self.zone)

    @cached_property
    def months(self) -> tuple[Month, ...]:
        """The months of the period; the first and the last only as far as they are in it."""
        found, first = [], self.first_day.replace(day=1)
        while first <= self.last_day:
            following = next_month(first)
            starts_at = max(day_begins(first, self.zone), self.starts_at)
            found.append(Month(first, starts_at, min(day_begins(following, self.zone), self.ends_at)))
            first = following
        return tuple(found)

    @property
    def span(self) -> Span:
        """The period, cut into its months."""
        return Span(tuple(month.starts_at for month in self.months), self.ends_at)

    @property
    def before(self) -> Filters:
        """The period of the same length that ends where this one begins: as many whole months, else as many days."""
        last_day = self.first_day - timedelta(days=1)
        first_day = self.first_day - (self.last_day - self.first_day) - timedelta(days=1)
        if self.first_day.day == 1 and (self.last_day + timedelta(days=1)).day == 1:
            at = self.first_day.year * 12 + self.first_day.month - 1 - len(self.months)
            first_day = date(at // 12, at % 12 + 1, 1)
        return replace(self, first_day=first_day, last_day=last_day)

    @property
    def without_currency(self) -> Filters:
        """The same, for what is settled in another currency than it was paid in."""
        return replace(self, currency=None)

    @property
    def days(self) -> dict[str, str]:
        """The period as an address says it."""
        return {"from": self.first_day.isoformat(), "to": self.last_day.isoformat()}

    def opens(self, **more: str) -> dict[str, str]:
        """The filters of an address under which a listing shows what is under a figure of the whole period."""
        return self.days | dict(self.asked) | more

    def month_of(self, first_day: date) -> int:
        """The place among `months` of the one that begins with this day."""
        return [month.first_day for month in self.months].index(first_day)

    def opens_month(self, at: int, **more: str) -> dict[str, str]:
        """The same of a figure of one of `months`."""
        first_day = self.months[at].first_day
        last_day = next_month(first_day) - timedelta(days=1)
        within = replace(self, first_day=max(first_day, self.first_day), last_day=min(last_day, self.last_day))
        return within.opens(**more)


def next_month(first_day: date) -> date:
    """The first day of the month after this one's."""
    return (first_day.replace(day=28) + timedelta(days=4)).replace(day=1)


def day_begins(day: date, zone: ZoneInfo) -> datetime:
    """The moment, UTC, at which a day of the newsroom's begins."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def payments_of(filters: Filters) -> list[sa.ColumnElement[bool]]:
    """Conditions on Payment: everything but the period."""
    found = given_through(Payment.checkout_id, filters)
    if filters.currency is not None:
        found.append(Payment.currency == filters.currency)
    found += in_country(Payment.country, filters)
    return found


def belonging_to_payments(
    payment_id: sa.SQLColumnExpression[int | None] | sa.SQLColumnExpression[int], filters: Filters
) -> list[sa.ColumnElement[bool]]:
    """Conditions on whatever belongs to a payment: everything but the period."""
    conditions = payments_of(filters)
    return [payment_id.in_(sa.select(Payment.id).where(*conditions))] if conditions else []


def in_country(country: sa.SQLColumnExpression[str | None], filters: Filters) -> list[sa.ColumnElement[bool]]:
    """Conditions on a column of countries."""
    if filters.country is None:
        return []
    return [country.is_(None) if filters.country == UNKNOWN_COUNTRY else country == filters.country]


def given_through(
    checkout_id: sa.SQLColumnExpression[int | None] | sa.SQLColumnExpression[int], filters: Filters
) -> list[sa.ColumnElement[bool]]:
    """Conditions on whatever came of a checkout: its campaign, plan and article."""
    conditions = checkouts_of(filters)
    return [checkout_id.in_(sa.select(Checkout.id).where(*conditions))] if conditions else []


def checkouts_of(filters: Filters) -> list[sa.ColumnElement[bool]]:
    """Conditions on Checkout: campaign, plan and article."""
    found: list[sa.ColumnElement[bool]] = []
    if filters.campaign_id is not None:
        found.append(Checkout.campaign_id == filters.campaign_id)
    if filters.plan_id is not None:
        found.append(Checkout.plan_id == filters.plan_id)
    if filters.article is not None:
        found.append(Checkout.article == filters.article)
    return found
