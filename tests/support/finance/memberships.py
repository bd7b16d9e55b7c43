"""Memberships with everything that happens to them, made up from a seed, and put into a database.

No span begins or ends within five minutes of the present moment: a report may take that long.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from support.accounts.models import Supporter
from support.campaigns.models import Campaign, Plan
from support.checkout.models import Checkout
from support.memberships.models import Membership, PaidPeriod
from support.payments.models import Dispute, Payment, Refund

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from support.db import Base, Database

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
_CHUNK = 10_000


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


def put(database: Database, books: Books) -> None:
    """Into a database that has nothing but its campaign."""
    with database.transaction() as session:
        campaign_id = session.scalars(sa.select(Campaign.id)).one()
        for name, number in PLANS.items():
            session.add(
                Plan(
                    id=number,
                    campaign_id=campaign_id,
                    slug=name.replace(" ", "-"),
                    position=number,
                    is_active=True,
                    interval=name.rpartition(" ")[2],
                    names={"en": name},
                    opens_months=None,
                )
            )
        session.flush()
        for table, rows in _tables(books, campaign_id):
            for chunk in _chunks(rows):
                session.execute(sa.insert(table), chunk)


def _tables(books: Books, campaign_id: int) -> Iterator[tuple[type[Base], Iterator[dict[str, Any]]]]:
    made = books.memberships
    ids = sorted({one.supporter_id for one in made if one.supporter_id is not None})
    yield Supporter, ({"id": one, "email": None, "locale": "en", "created_at": books.now} for one in ids)
    yield Checkout, (_checkout(one, campaign_id) for one in made)
    yield Membership, (_membership(one) for one in made)
    yield PaidPeriod, (row for one in made for row in _periods(one))
    payments = [row for one in made for row in _payments(one)]
    yield Payment, iter([row for row, _ in payments])
    yield Refund, (row for paid, period in payments for row in _refunds(paid, period))
    yield Dispute, (row for paid, period in payments for row in _disputes(paid, period))


def _checkout(made: Made, campaign_id: int) -> dict[str, Any]:
    begun_at = made.periods[0].starts_at
    return {
        "id": made.id,
        "public_id": f"public-{made.id}",
        "state": "paid",
        "campaign_id": campaign_id,
        "plan_id": PLANS[made.plan],
        "interval": made.plan.rpartition(" ")[2],
        "amount_minor": made.periods[0].amount_minor,
        "currency": made.periods[0].currency,
        "article": made.article,
        "locale": "en",
        "request_params": {},
        "supporter_id": made.supporter_id,
        "created_at": begun_at,
        "expires_at": begun_at,
    }


def _membership(made: Made) -> dict[str, Any]:
    return {
        "id": made.id,
        "stripe_subscription_id": f"sub_{made.id}",
        "status": made.status,
        "checkout_id": made.id,
        "supporter_id": made.supporter_id,
        "plan_id": PLANS[made.plan],
        "amount_minor": made.periods[-1].amount_minor,
        "currency": made.periods[-1].currency,
        "ends_at": made.ends_at,
        "ended_at": made.ended_at,
        "created_at": made.periods[0].starts_at,
    }


def _periods(made: Made) -> Iterator[dict[str, Any]]:
    for number, period in enumerate(made.periods):
        yield {
            "stripe_invoice_id": f"in_{made.id}_{number}",
            "membership_id": made.id,
            "starts_at": period.starts_at,
            "ends_at": period.ends_at,
            "amount_minor": period.amount_minor,
            "currency": period.currency,
        }


def _payments(made: Made) -> Iterator[tuple[dict[str, Any], Period]]:
    for number, period in enumerate(made.periods):
        if period.received_at is not None:
            yield (
                {
                    "id": made.id * 1000 + number,
                    "stripe_payment_intent_id": f"pi_{made.id}_{number}",
                    "stripe_invoice_id": f"in_{made.id}_{number}",
                    "checkout_id": made.id,
                    "membership_id": made.id,
                    "supporter_id": made.supporter_id,
                    "amount_minor": period.amount_minor,
                    "currency": period.currency,
                    "received_at": period.received_at,
                },
                period,
            )


def _refunds(paid: dict[str, Any], period: Period) -> Iterator[dict[str, Any]]:
    for number, (succeeded_at, amount, status) in enumerate(period.refunds):
        yield {
            "stripe_refund_id": f"re_{paid['id']}_{number}",
            "payment_id": paid["id"],
            "status": status,
            "amount_minor": amount,
            "currency": paid["currency"],
            "created_at": succeeded_at or paid["received_at"],
            "succeeded_at": succeeded_at,
        }


def _disputes(paid: dict[str, Any], period: Period) -> Iterator[dict[str, Any]]:
    for number, (created_at, amount, is_withheld) in enumerate(period.disputes):
        yield {
            "stripe_dispute_id": f"dp_{paid['id']}_{number}",
            "payment_id": paid["id"],
            "status": "lost" if is_withheld else "won",
            "is_withheld": is_withheld,
            "amount_minor": amount,
            "currency": paid["currency"],
            "reason": "fraudulent",
            "created_at": created_at,
        }


def _chunks(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    chunk: list[dict[str, Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def at(text: str) -> datetime:
    """A moment of the newsroom's, `2026-03-01 00:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)
