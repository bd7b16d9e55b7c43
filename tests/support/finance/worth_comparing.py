"""Reports that read what is summed of supporters' worth, beside the same without; and books with much to come."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from support import clock
from support.finance.listings import LISTINGS
from support.finance.listings.forms import Asked
from support.finance.reports.rollups.worth.queries import rollup_of
from tests.support.finance.membership_comparing import differing, shown
from tests.support.finance.memberships import ZONE, Period
from tests.support.finance.special_lives import DAY, over, paid

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from support.finance.reports.filters import Filters
    from tests.support.finance.membership_comparing import Truth
    from tests.support.finance.memberships import Books

# The same time zone by another name: nothing is summed under it.
SAME_ZONE = ZoneInfo("Europe/Kiev")
NAMES = ("mrr", "lifetime", "overview")
LISTED = ("movements", "comings")


def add_what_is_to_come(books: Books) -> None:
    """Periods that are paid and have not begun, and ends that are known already."""
    soon = books.now + timedelta(hours=1)

    def months(*begin: int, amount: int = 1000) -> list[Period]:
        return [Period(soon + day * DAY, soon + (day + 30) * DAY, amount, "EUR") for day in begin]

    its: tuple[tuple[list[Period], dict[str, Any]], ...] = (
        (months(-40, -10, 20), {}),
        (months(-33, 3), {"status": "unpaid"}),  # it ended; when the next one begins, it never had
        (months(10, 40), {}),
        (months(-10, 20, amount=1500) + months(50, amount=700), {"status": "past_due"}),
        (months(-100, 30), {}),
        (months(-10), {"ends_at": soon + 12 * DAY}),
        (months(-10, 20), {"ends_at": soon + 20 * DAY}),
        (months(-42), {}),
    )
    for periods, facts in its:
        books.add(books.supporter(), "month", periods, **facts)
    twice = books.supporter()
    over(books, "month", paid("2025-02-05 10:00", 900), supporter=twice)
    books.add(twice, "month", months(5))
    books.add(None, "month", months(-20, 10))


def periods_of(truth: Truth) -> dict[str, Filters]:
    """Months whole, cut, in progress and to come."""
    today = truth.now.astimezone(ZONE).date()
    whole = truth.filters

    def days(first: date, last: date) -> Filters:
        return replace(whole, first_day=first, last_day=last)

    return {
        "two years and the month to come": whole,
        "months that are over": days(date(2025, 3, 1), date(2025, 10, 31)),
        "odd days": days(date(2025, 3, 10), date(2025, 11, 20)),
        "a part of a month": days(date(2025, 6, 4), date(2025, 6, 25)),
        "one day": days(date(2025, 3, 30), date(2025, 3, 30)),
        "today": days(today, today),
        "since last month": days(today - 40 * DAY, today),
        "this month": days(today.replace(day=1), today + 80 * DAY),
        "in euros": replace(whole, currency="EUR"),
        "odd days in dollars": replace(days(date(2025, 3, 10), today), currency="USD"),
        "in no currency": replace(whole, currency="CHF"),
    }


def told(session: Session, filters: Filters) -> dict[str, Any]:
    """Every cell of the reports that read what is summed."""
    return {name: shown(session, name, filters) for name in NAMES}


def listed(session: Session, filters: Filters) -> dict[str, Any]:
    """Every row of the lists under them."""
    return {name: list(LISTINGS[name].every_row(session, Asked(filters, {}), at_once=500)) for name in LISTED}


def assert_as_without(session: Session, truth: Truth, *periods: str) -> None:
    """Reports tell what they tell without the rollup, of these periods or all, and what their definitions give."""
    asked = periods_of(truth)
    for about in periods or asked:
        filters = asked[about]
        assert rollup_of(session, replace(filters, zone=SAME_ZONE), clock.now()) is None
        assert told(session, filters) == told(session, replace(filters, zone=SAME_ZONE)), about
    assert [one for name in ("mrr", "lifetime") for one in differing(session, truth, name)] == []


def is_read(session: Session, truth: Truth) -> bool:
    """Whether reports read what is summed."""
    return rollup_of(session, truth.filters, clock.now()) is not None
