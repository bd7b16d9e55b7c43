"""How payments of memberships are earned: evenly by day over the period that they paid.

Every payment is rounded by itself, at every moment at which some of it is not earned: the database does that. What is
left to compute here are those of which something went back, and those that are not earned at the end: a fraction.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.db import UtcDateTime
from support.finance.reports.filters import payments_of
from support.finance.reports.parts import JUST_BEFORE, choice, computed_once
from support.memberships.models import PaidPeriod
from support.payments.models import Dispute, Payment, Refund
from support.sql import seconds_between

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from sqlalchemy.orm import Session

    from support.finance.reports.filters import Filters
    from support.finance.reports.spans import Moments

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = date(1970, 1, 1)
_DAY = 86400


@dataclass(frozen=True)
class Earning:
    """So many payments (`count`) that are alike. Days are numbered from 1970-01-01 on; amounts are minor units.

    The payment counts from the moment `known_at` on, by its place among a report's moments; `back` says from which
    moment on how much of it is gone.
    """

    currency: str
    amount: int
    known_at: int
    first_day: int
    end_day: int
    count: int = 1
    back: tuple[tuple[int, int], ...] = ()

    @property
    def since(self) -> int:
        """The first moment at which it is anything."""
        return min((self.known_at, *(since for since, _ in self.back)))

    def net(self, at: int) -> int:
        """What one of them was at a moment: paid, less what had gone back."""
        paid = self.amount if at >= self.known_at else 0
        return paid - sum(amount for since, amount in self.back if at >= since) if self.back else paid

    @property
    def days(self) -> int:
        """How many days it is earned over, its first and last included."""
        return max(self.end_day - self.first_day, 1)

    def is_earned(self, day: int) -> bool:
        """Whether all of it was earned before a day."""
        return day >= self.first_day + self.days

    def earned(self, at: int, day: int) -> int:
        """What of one of them was earned before a day, by what is known at a moment; halves are rounded up."""
        passed = min(max(day - self.first_day, 0), self.days)
        return (2 * self.net(at) * passed + self.days) // (2 * self.days)


def number_of(day: date) -> int:
    """A day as a number."""
    return (day - _FIRST).days


def day_of(number: int) -> date:
    """The day that a number stands for."""
    return _FIRST + timedelta(days=number)


def day_at(moment: datetime, zone: ZoneInfo) -> int:
    """The first day that has not passed at a moment; the day of a moment within a day counts as passed."""
    local = moment.astimezone(zone)
    return number_of(local.date()) + (local.time() != time())


@dataclass(frozen=True)
class Payments:
    """Payments whose periods end after the first moment; what was paid for no period is earned at once.

    `days`: for each moment the first day that has not passed. `rows`: (id, currency, amount, received at, the first day
    of the period, the day after it).
    """

    session: Session
    moments: Moments
    days: list[int]
    rows: sa.Select[int, str, int, datetime, int, int]

    def balances(self) -> Iterator[tuple[int, str, int]]:
        """(moment, currency, minor units) that are not earned of those of which nothing went back."""
        kept, moment = self._kept(), self._moments()
        days = _days(kept)
        passed = sa.case((moment.c.day > kept.c.first_day, moment.c.day - kept.c.first_day), else_=0)
        earned = (2 * kept.c.amount_minor * passed + days) // (2 * days)
        is_there = (kept.c.known_at <= moment.c.at) & (moment.c.day < kept.c.first_day + days)
        summed = sa.select(moment.c.at, kept.c.currency, sa.func.sum(kept.c.amount_minor - earned))
        summed = summed.join_from(kept, moment, is_there).group_by(moment.c.at, kept.c.currency)
        for at, currency, amount in self.session.execute(summed):
            yield at, currency, int(amount)

    def left_over(self) -> Iterator[Earning]:
        """Those of the same that are not all earned at the last moment."""
        # Two days before, for a period that begins and ends within a day is earned on the whole of it.
        last = sa.literal(self.moments.at[-1] - timedelta(days=2), UtcDateTime())
        kept = self._kept(PaidPeriod.ends_at >= last)
        alike = (kept.c.currency, kept.c.amount_minor, kept.c.known_at, kept.c.first_day, kept.c.end_day)
        found = sa.select(*alike, sa.func.count()).where(kept.c.first_day + _days(kept) > self.days[-1])
        for row in self.session.execute(found.group_by(*alike)):
            yield Earning(*row)

    def reduced(self) -> Iterator[Earning]:
        """All others one by one, each with what went back of it."""
        reduced = sa.select(given_back().subquery("back").c.payment_id)
        found = self.session.execute(self.rows.where(Payment.id.in_(reduced))).all()
        back: dict[int, list[tuple[int, int]]] = {row.id: [] for row in found}
        for payment_id, amount, moment in self.session.execute(given_back()):
            if payment_id in back:
                back[payment_id].append((bisect_right(self.moments.at, moment), amount))
        for payment_id, currency, amount, received_at, first_day, end_day in found:
            known_at = bisect_right(self.moments.at, received_at)
            yield Earning(currency, amount, known_at, first_day, end_day, back=tuple(back[payment_id]))

    def _kept(self, *conditions: sa.ColumnElement[bool]) -> sa.CTE:
        refunded = sa.exists().where(Refund.payment_id == Payment.id, Refund.status == "succeeded")
        withheld = sa.exists().where(Dispute.payment_id == Payment.id, Dispute.is_withheld)
        paid = self.rows.where(~refunded, ~withheld, *conditions).subquery("paid")
        before = [at - JUST_BEFORE for at in self.moments.at]
        known_at = choice(paid.c.received_at, before, range(len(before) + 1)).label("known_at")
        found = sa.select(paid.c.currency, paid.c.amount_minor, known_at, paid.c.first_day, paid.c.end_day)
        # Moved up into what reads it, days would be computed for every moment anew.
        return computed_once(found.offset(0), "kept")

    def _moments(self) -> sa.Subquery:
        numbers = (map(str, pair) for pair in enumerate(self.days))
        columns = ([sa.literal_column(number, sa.Integer()) for number in pair] for pair in numbers)
        rows = (sa.select(at.label("at"), day.label("day")) for at, day in columns)
        return sa.union_all(*rows).subquery("moments")


def payments(session: Session, filters: Filters, moments: Moments) -> Payments | None:
    """None where there are no moments, or nobody has ever paid for a period."""
    bounds = sa.select(sa.func.min(PaidPeriod.starts_at), sa.func.max(PaidPeriod.ends_at))
    earliest, latest = session.execute(bounds).one()
    if not moments.at or earliest is None:
        return None
    offsets = _offsets(filters.zone, earliest, latest)
    first_day = _day(session, PaidPeriod.starts_at, offsets).label("first_day")
    end_day = _day(session, PaidPeriod.ends_at, offsets).label("end_day")
    paid = (
        sa.select(Payment.id, Payment.currency, Payment.amount_minor, Payment.received_at, first_day, end_day)
        .join(PaidPeriod, PaidPeriod.stripe_invoice_id == Payment.stripe_invoice_id)
        .where(PaidPeriod.ends_at > sa.literal(moments.at[0], UtcDateTime()), *is_paid_by(filters))
        .where(Payment.received_at < sa.literal(moments.at[-1], UtcDateTime()))
    )
    return Payments(session, moments, [day_at(moment, filters.zone) for moment in moments.at], paid)


def _days(paid: sa.CTE) -> sa.ColumnElement[int]:
    """`Earning.days`, beside payments."""
    days = paid.c.end_day - paid.c.first_day
    return sa.case((days > 1, days), else_=1)


def is_paid_by(filters: Filters) -> list[sa.ColumnElement[bool]]:
    """Conditions on Payment: a membership's, and everything but the period."""
    return [Payment.membership_id.is_not(None), *payments_of(filters)]


def given_back() -> sa.CompoundSelect[int, int, datetime]:
    """Rows (payment, minor units, since when): refunds that succeeded, and disputes while they withhold money."""
    return sa.union_all(
        sa.select(Refund.payment_id, Refund.amount_minor, Refund.succeeded_at.label("at")).where(
            Refund.status == "succeeded"
        ),
        sa.select(Dispute.payment_id, Dispute.amount_minor, Dispute.created_at).where(Dispute.is_withheld),
    )


def _day(
    session: Session, moment: sa.SQLColumnExpression[datetime], offsets: tuple[list[datetime], list[int]]
) -> sa.ColumnElement[int]:
    """The number of the newsroom's day that a moment is in."""
    changes, seconds = offsets
    offset = choice(moment, tuple(at - JUST_BEFORE for at in changes), seconds)
    return (seconds_between(session, sa.literal(_EPOCH, UtcDateTime()), moment) + offset) // _DAY


def _offsets(zone: ZoneInfo, first: datetime, last: datetime) -> tuple[list[datetime], list[int]]:
    """When the newsroom's clocks change between two moments, and how many seconds they are ahead of UTC in between."""
    at = first
    changes, seconds = [], [_ahead(zone, at)]
    while at < last:
        following = at + timedelta(days=1)
        if _ahead(zone, following) != seconds[-1]:
            changes.append(_change(zone, at, following))
            seconds.append(_ahead(zone, following))
        at = following
    return changes, seconds


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first whole second at which they are as at `after`."""
    start, seconds = before.replace(microsecond=0), int((after - before).total_seconds()) + 1
    old = _ahead(zone, before)
    return start + timedelta(
        seconds=bisect_left(range(seconds), 1, key=lambda at: _ahead(zone, start + timedelta(seconds=at)) != old)
    )


def _ahead(zone: ZoneInfo, moment: datetime) -> int:
    offset = moment.astimezone(zone).utcoffset()
    return int((offset or timedelta()).total_seconds())
