"""A newsroom's books, made up from a seed: the same seed gives the same rows, whatever the database.

`generate(database, months=…, supporters=…)` writes them and returns the facts. Roughly half of the supporters give once
or twice, the others continue by the month or year; payments fail, are recovered or lost, refunded and disputed; Stripe
settles them in two currencies and pays them out, among what is foreign. Many moments are within an hour of a month's
first midnight, in a time zone whose clocks change.
"""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from support.finance.reports.filters import day_begins, next_month
from tests.support.finance.facts import Books, CampaignFact, CheckoutFact, SupporterFact
from tests.support.finance.lives import give_once, support
from tests.support.finance.settling import settle
from tests.support.finance.writing import write

if TYPE_CHECKING:
    from support.db import Database

ZONE = ZoneInfo("Europe/Berlin")
# Clocks change in March and October: two months are enough to see the first.
FIRST_MONTH = date(2024, 2, 1)
CURRENCIES = ("EUR", "EUR", "EUR", "EUR", "USD", "USD", "JPY", "UAH")
COUNTRIES = {"EUR": ("DE", "DE", "FR", "AT", None), "USD": ("US", "US", "CA"), "JPY": ("JP",), "UAH": ("UA", "PL")}
ARTICLES = tuple(f"http://localhost:8000/articles/{name}" for name in ("budget", "water", "trams", "library"))


class Maker:
    """The dice, the newsroom so far, and its months."""

    def __init__(self, seed: int, months: int, supporters: int, first: date) -> None:
        self.random = random.Random(seed)  # noqa: S311  # made-up books
        first_day = first
        self.starts = [day_begins(first, ZONE)]
        for _ in range(months):
            first = next_month(first)
            self.starts.append(day_begins(first, ZONE))
        self.books = Books(first_day, self.starts[-1], ZONE)
        # Few supporters must show every kind of dispute; many have as few as there are.
        self.is_small = supporters < 5000

    def chance(self, share: float) -> bool:
        """True in this share of all cases."""
        return self.random.random() < share

    def moment(self) -> datetime:
        """Any moment of the books; one in ten is within an hour of a month's beginning."""
        if self.chance(0.1):
            moment = self.random.choice(self.starts) + timedelta(seconds=self.random.randint(-3600, 3599))
        else:
            moment = self.starts[0] + (self.books.now - self.starts[0]) * self.random.random()
        return min(max(moment, self.starts[0]), self.books.now - timedelta(seconds=1)).replace(microsecond=0)

    def after(self, moment: datetime, days: float) -> datetime:
        """Up to so many days later."""
        return moment + timedelta(seconds=self.random.randint(60, int(days * 86400)))

    def checkout(
        self, supporter: SupporterFact | None, interval: str, amount: int, currency: str, *, at: datetime, state: str
    ) -> CheckoutFact:
        """An attempt to give, for one of the campaigns and perhaps from an article."""
        campaign = self.random.choice(self.books.campaigns)
        number = len(self.books.checkouts) + 1
        checkout = CheckoutFact(
            id=number,
            public_id=f"public{number}",
            state=state,
            campaign_id=campaign.id,
            plan_id=campaign.plans[interval][0],
            interval=interval,
            amount_minor=amount,
            currency=currency,
            article=self.random.choice(ARTICLES) if self.chance(0.6) else None,
            locale="en",
            stripe_attempt=1,
            request_params="{}",
            supporter_id=supporter.id if supporter is not None else None,
            created_at=at - timedelta(minutes=self.random.randint(1, 30)),
            expires_at=at + timedelta(days=1),
        )
        self.books.checkouts.append(checkout)
        return checkout


def generate(
    database: Database, *, months: int = 4, supporters: int = 150, seed: int = 1, first_month: date = FIRST_MONTH
) -> Books:
    """Write a newsroom into a migrated database without payments; returns what was written."""
    books = make(months=months, supporters=supporters, seed=seed, first_month=first_month)
    write(database, books)
    return books


def make(*, months: int, supporters: int, seed: int, first_month: date = FIRST_MONTH) -> Books:
    """The same without a database."""
    maker = Maker(seed, months, supporters, first_month)
    _campaigns(maker.books)
    for number in range(1, supporters + 1):
        _live(maker, number)
    settle(maker)
    return maker.books


def _campaigns(books: Books) -> None:
    """Ids beside those of the campaign that every new database has."""
    for at, slug in enumerate(("spring-appeal", "local-desk", "investigations")):
        first = 1000 + at * 10
        plans = {interval: (first + i, f"{interval}-plan") for i, interval in enumerate(("once", "month", "year"))}
        books.campaigns.append(CampaignFact(1000 + at, slug, plans))


def _live(maker: Maker, number: int) -> None:
    """Everything that one supporter does."""
    at, currency = maker.moment(), maker.random.choice(CURRENCIES)
    email = f"supporter{number}@example.com"
    supporter = SupporterFact(number, email, email, "en", at)
    maker.books.supporters.append(supporter)
    country = maker.random.choice(COUNTRIES[currency])
    if maker.chance(0.2):
        state = maker.random.choice(("open", "expired", "failed"))
        maker.checkout(None, "once", 700, currency, at=at, state=state)
    if maker.chance(0.45):
        give_once(maker, supporter, currency, country, at)
        if maker.chance(0.3):
            give_once(maker, supporter, currency, country, maker.moment())
        return
    ended_at = support(maker, supporter, currency, country, at)
    if ended_at is not None and maker.chance(0.25):
        back_at = maker.after(ended_at, 60)
        if back_at < maker.books.now:
            support(maker, supporter, currency, country, back_at)
