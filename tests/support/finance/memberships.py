"""Memberships with everything that happens to them, made up from a seed.

No span begins or ends within five minutes of the present moment: a report may take that long.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from random import Random

ZONE = ZoneInfo("Europe/Kyiv")
AMOUNTS = {
    ("EUR", "month"): (500, 1000, 1234, 2500),
    ("EUR", "year"): (5000, 10001, 12345),
    ("USD", "month"): (700, 1500),
    ("USD", "year"): (9999, 12000),
    ("JPY", "month"): (500, 1000),
    ("JPY", "year"): (5000, 11111),
}
PLANS = {"month": 9001, "year": 9002, "other month": 9003}
ARTICLE = "http://localhost:8000/articles/one"


@dataclass
class Period:
    """A paid period, how it was paid, and what became of the payment."""

    starts_at: datetime
    ends_at: datetime
    amount_minor: int
    currency: str
    received_at: datetime | None = None
    refunds: list[tuple[datetime | None, int, str]] = field(default_factory=list)
    disputes: list[tuple[datetime, int, bool]] = field(default_factory=list)


@dataclass
class Made:
    """A membership."""

    id: int
    supporter_id: int | None
    plan: str
    status: str
    periods: list[Period]
    ends_at: datetime | None = None
    ended_at: datetime | None = None
    article: str | None = None

    @property
    def supporter(self) -> object:
        """Whose it is."""
        return ("alone", self.id) if self.supporter_id is None else self.supporter_id


def later(moment: datetime, months: int) -> datetime:
    """So many calendar months later by UTC, as Stripe counts: the 31st becomes the last day."""
    index = moment.year * 12 + moment.month - 1 + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))


class Books:
    """A book of memberships that ends now."""

    def __init__(self, random: Random, now: datetime, months: int) -> None:
        self.random = random
        self.now = now
        self.memberships: list[Made] = []
        self._first = later(now.replace(day=1), -months)
        self._supporters = 0

    def a_moment(self) -> datetime:
        """Some moment of the time that the book covers."""
        steps = int((self.now - self._first).total_seconds()) // 600
        return self.now - timedelta(seconds=600 * self.random.randrange(steps) + 300)

    def supporter(self, *, is_known: bool = True) -> int | None:
        """Another supporter."""
        self._supporters += is_known
        return self._supporters if is_known else None

    def add(self, supporter_id: int | None, plan: str, periods: list[Period], **facts: Any) -> Made:
        """A membership with what is known of it."""
        made = Made(len(self.memberships) + 1, supporter_id, plan, facts.pop("status", "active"), periods, **facts)
        self.memberships.append(made)
        return made

    def fill(self, count: int) -> Books:
        """Add so many supporters, each with one membership or several."""
        for _ in range(count):
            supporter_id = self.supporter(is_known=self.random.random() > 0.03)
            begins_at: datetime | None = self.a_moment()
            for _ in range(self.random.choice((1, 1, 1, 1, 2, 2, 3))):
                if begins_at is None or begins_at >= self.now:
                    break
                begins_at = self._live(supporter_id, begins_at)
        return self

    def _live(self, supporter_id: int | None, begins_at: datetime) -> datetime | None:
        """One membership from its begin to its end, or to now. Returns when the supporter's next one may begin."""
        random = self.random
        currency = random.choices(("EUR", "USD", "JPY"), (6, 3, 1))[0]
        plan = random.choices(("month", "year", "other month"), (6, 2, 1))[0]
        interval = plan.rpartition(" ")[2]
        amount = random.choice(AMOUNTS[currency, interval])
        periods: list[Period] = []
        article = random.choice((None, ARTICLE))
        facts: dict[str, Any] = {"status": "active"}
        starts_at = begins_at
        while starts_at < self.now:
            period = Period(starts_at, later(starts_at, 12 if interval == "year" else 1), amount, currency)
            periods.append(period)
            self._pay(period)
            starts_at = period.ends_at
            fate = random.random()
            if fate < 0.03:
                amount = random.choice(AMOUNTS[currency, interval])
            elif fate < 0.05:  # paused, shorter or longer than anybody waits
                starts_at += timedelta(days=random.choice((3, 13, 14, 15, 40, 100)))
            elif fate < 0.09:
                facts = self._end(period)
                break
        self.add(supporter_id, plan, periods, article=article, **facts)
        last = periods[-1].ends_at if random.random() < 0.8 else begins_at
        return last + timedelta(days=random.choice((0, 1, 20, 90))) if facts["status"] != "active" else begins_at

    def _end(self, last: Period) -> dict[str, Any]:
        """How a membership ends, as far as that is over by now."""
        way = self.random.choice(("at period end", "at once", "not paid", "unpaid", "late"))
        if way == "at period end":
            is_over = last.ends_at <= self.now
            return {"status": "canceled" if is_over else "active", "ends_at": last.ends_at} | (
                {"ended_at": last.ends_at} if is_over else {}
            )
        if way == "at once":
            steps = int((min(last.ends_at, self.now) - last.starts_at).total_seconds()) // 600
            ended_at = last.starts_at + timedelta(seconds=600 * self.random.randrange(steps + 1))
            return {"status": "canceled", "ended_at": ended_at}
        if last.ends_at > self.now:
            return {"status": "active"}
        if way == "not paid":
            ended_at = last.ends_at + timedelta(days=self.random.choice((5, 14, 21)))
            return {"status": "canceled", "ended_at": ended_at} if ended_at < self.now else {"status": "past_due"}
        return {"status": "unpaid" if way == "unpaid" else "past_due"}

    def _pay(self, period: Period) -> None:
        """Money for it, late now and then; some is given back or contested."""
        random = self.random
        if random.random() < 0.02:
            return  # settled by credit
        late = random.choices((timedelta(hours=1), timedelta(days=9), timedelta(days=40)), (95, 4, 1))[0]
        period.received_at = period.starts_at + late
        if period.received_at >= self.now:
            period.received_at = period.starts_at
        if random.random() < 0.04:
            part = random.choice((period.amount_minor, period.amount_minor // 3))
            status = random.choice(("succeeded", "succeeded", "pending", "failed"))
            at = self._after(period.received_at)
            period.refunds.append((at if status == "succeeded" else None, part, status))
        if random.random() < 0.03:
            is_withheld = random.random() < 0.6
            period.disputes.append((self._after(period.received_at), period.amount_minor, is_withheld))

    def _after(self, moment: datetime) -> datetime:
        days = self.random.choice((0, 1, 25, 70, 200))
        return min(moment + timedelta(days=days), max(moment, self.now - timedelta(minutes=10)))


def at(text: str) -> datetime:
    """A moment of the newsroom's, `2026-03-01 00:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)
