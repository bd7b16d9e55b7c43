"""What a row of a report of memberships opens: exactly the payments that its number is about, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from support.errors import InvalidInput
from support.finance.listings import LISTINGS
from support.finance.listings.forms import ListingQuery
from support.finance.reports import REPORTS
from support.finance.reports.forms import FilterQuery, check_filters
from support.money import Money
from tests.support.finance import membership_calendar as months
from tests.support.finance import membership_earnings as earnings
from tests.support.finance import membership_figures as figures
from tests.support.finance.membership_comparing import a_book
from tests.support.finance.memberships import ARTICLE, PLANS, ZONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.finance.reports.shape import Cell, Row
    from tests.services import Service
    from tests.support.finance.membership_comparing import Truth
    from tests.support.finance.memberships import Made, Period

    Meant = Callable[[Made, Period], bool]

# {number of a payment: minor units}
Paid = dict[int, int]
# Every address here says its days.
TODAY = date(2026, 1, 1)


@pytest.fixture
def told(service: Service) -> Iterator[tuple[Session, Truth]]:
    """A database with a book of memberships, and what is in it."""
    truth = a_book(service.database, 50)
    with service.app.app_context(), service.database.reading() as session:
        yield session, truth


def opened(session: Session, row: Row) -> Paid:
    """The listing that a row opens, all of its pages."""
    found: Paid = {}
    after: str | None = ""
    while after is not None:
        query = ListingQuery.model_validate({**row.opens, "after": after})
        page = LISTINGS[row.opens_in].page(session, query, TODAY, ZONE, size=200)
        for row_there in page.rows:
            amount = row_there.cells[6]
            assert isinstance(amount, Money)
            found[int(str(row_there.cells[1]))] = amount.amount_minor
        after = page.next
    return found


def rows_of(session: Session, truth: Truth, name: str, **asked: str) -> dict[str, list[Row]]:
    """A report's rows by table, as its address asks for it."""
    query = {"from": truth.first_day.isoformat(), "to": truth.last_day.isoformat(), **asked}
    filters = check_filters(session, FilterQuery.model_validate(query), TODAY, ZONE, REPORTS[name].takes)
    return {table.key: list(table.rows) for table in REPORTS[name].build(session, filters).tables}


def paid(truth: Truth, is_meant: Meant, **facts: Cell) -> Paid:
    """Payments of the periods that are meant, and are of this plan, interval or currency; credit has no payment."""
    found: Paid = {}
    for made in truth.made:
        for number, period in enumerate(made.periods):
            plan = f"{truth.slug}/{made.plan.replace(' ', '-')}"
            its = {"plan": plan, "interval": made.plan.split()[-1], "currency": period.currency}
            if period.received_at is not None and is_meant(made, period) and facts.items() <= its.items():
                found[made.id * 1000 + number] = period.amount_minor
    return found


def counting(truth: Truth, month: Cell) -> Meant:
    """Whether the end of a month of the report is in the span that a period begins."""
    assert isinstance(month, date)
    day = min(months.month_after(month), truth.last_day + timedelta(days=1))
    moment = min(months.midnight(day), truth.now)
    spans = {
        (made.id, span.starts_at)
        for made in truth.made
        for span in figures.spans_of(made, truth.now)
        if span.contains(moment)
    }
    return lambda made, period: (made.id, period.starts_at) in spans


def firsts(truth: Truth, month: Cell = None, *, by_currency: bool = False) -> Meant:
    """Whether a supporter began with a period, in the month or the report's days; of two, the plan loaded first."""
    begun: dict[object, tuple[datetime, int, int]] = {}
    for made in truth.made:
        for span in figures.spans_of(made, truth.now):
            key = (span.supporter, span.currency) if by_currency else span.supporter
            place = (span.starts_at, PLANS[span.plan], made.id)
            begun[key] = min(begun.get(key, place), place)
    starts_at, ends_at = map(months.midnight, (truth.first_day, truth.last_day + timedelta(days=1)))
    places = {
        (made_id, began_at)
        for began_at, _plan, made_id in begun.values()
        if starts_at <= began_at < ends_at and month in {None, months.month_of(began_at)}
    }
    return lambda made, period: (made.id, period.starts_at) in places


@pytest.mark.timeout(300)
def test_members_open_the_payments_of_the_periods_that_count_at_the_months_end(told: tuple[Session, Truth]) -> None:
    session, truth = told
    tables = rows_of(session, truth, "members")
    for row in tables["members"]:
        assert opened(session, row) == paid(truth, counting(truth, row.cells[0])), row
    for fact, table in (("plan", "plans"), ("interval", "intervals")):
        for row in tables[table]:
            assert opened(session, row) == paid(truth, counting(truth, row.cells[0]), **{fact: row.cells[1]}), row


@pytest.mark.timeout(300)
def test_monthly_revenue_opens_the_payments_of_the_periods_that_are_worth_it(told: tuple[Session, Truth]) -> None:
    session, truth = told
    rows = rows_of(session, truth, "mrr")["mrr"]
    for row in rows:
        found = opened(session, row)
        assert found == paid(truth, counting(truth, row.cells[0]), currency=row.cells[1]), row
    assert sum(bool(opened(session, row)) for row in rows) > 20
    for earlier, row in pairwise(rows):
        assert row.others is not None
        if earlier.cells[1] == row.cells[1]:
            assert row.others["start"].filters == earlier.opens, "what a month starts with is what one ended with"
        else:
            assert isinstance(row.cells[0], date)
            assert row.others["start"].filters["to"] == (row.cells[0] - timedelta(days=1)).isoformat()


@pytest.mark.timeout(300)
def test_cohorts_open_the_payments_that_they_began_with(told: tuple[Session, Truth]) -> None:
    session, truth = told
    tables = rows_of(session, truth, "retention")
    for row in [*tables["shares"], *tables["numbers"]]:
        assert opened(session, row) == paid(truth, firsts(truth, row.cells[0])), row
    tables = rows_of(session, truth, "lifetime")
    for row in tables["currencies"]:
        assert opened(session, row) == paid(truth, firsts(truth, by_currency=True), currency=row.cells[0]), row
    for row in tables["months"]:
        began = firsts(truth, row.cells[1], by_currency=True)
        assert opened(session, row) == paid(truth, began, currency=row.cells[0]), row
    for row in tables["plans"]:
        began = firsts(truth, by_currency=True)
        assert opened(session, row) == paid(truth, began, currency=row.cells[0], plan=row.cells[1]), row
    assert [row.opens for row in tables["estimate"] if row.opens] == []


def left_in(period: Period, month: Cell, day: date) -> bool:
    """Whether a period has a day in a month, no earlier than `day`."""
    assert isinstance(month, date)
    first, end = (at.astimezone(ZONE).date() for at in (period.starts_at, period.ends_at))
    end = max(end, first + timedelta(days=1))
    return max(first, month, day) < min(end, months.month_after(month))


@pytest.mark.parametrize("days", [None, (date(2025, 3, 10), date(2025, 10, 20))])
def test_what_is_deferred_opens_what_came_and_what_is_still_to_be_earned(
    told: tuple[Session, Truth], days: tuple[date, date] | None
) -> None:
    session, truth = told
    if days is not None:
        truth = replace(truth, first_day=days[0], last_day=days[1])
    last = min(months.midnight(truth.last_day + timedelta(days=1)), truth.now)
    tables = rows_of(session, truth, "deferred")
    for row in tables["deferred"]:
        received = row.cells[3]
        assert isinstance(received, Money)
        assert sum(opened(session, row).values()) == received.amount_minor, row
    for row in tables["schedule"]:
        month = row.cells[0]
        of_then = [
            (made.id, period.starts_at)
            for made in truth.made
            for period in made.periods
            if period.received_at and period.received_at < last and left_in(period, month, earnings.day_at(last))
        ]
        expected = paid(truth, lambda made, one: (made.id, one.starts_at) in of_then, currency=row.cells[1])  # noqa: B023
        assert opened(session, row) == expected, row
    assert tables["schedule"]


def test_days_within_months_and_filters_go_on_into_what_is_opened(told: tuple[Session, Truth]) -> None:
    session, truth = told
    truth = replace(truth, first_day=date(2025, 3, 10), last_day=date(2025, 10, 20))
    asked = {"article": ARTICLE, "currency": "EUR"}
    among = replace(truth, made=[one for one in truth.made if one.article == ARTICLE])
    for row in rows_of(session, truth, "members", **asked)["members"]:
        assert opened(session, row) == paid(among, counting(truth, row.cells[0]), currency="EUR"), row
    for row in rows_of(session, truth, "retention", **asked)["numbers"]:
        began = firsts(among, row.cells[0], by_currency=True)
        assert opened(session, row) == paid(among, began, currency="EUR"), row


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"paid_for": "start"}, "paid_for"),
        ({"earned_in": "2026-13"}, "earned_in"),
        ({"earned_in": "2026-1"}, "earned_in"),
        ({"interval": "week"}, "interval"),
        ({"membership_plan": "no/such"}, "membership_plan"),
    ],
)
def test_a_filter_of_memberships_that_cannot_be_used_is_named(
    sqlite_service: Service, asked: dict[str, str], field: str
) -> None:
    with sqlite_service.database.reading() as session, pytest.raises(InvalidInput) as refused:
        LISTINGS["payments"].page(session, ListingQuery.model_validate(asked), TODAY, ZONE)
    assert [error.field for error in refused.value.errors] == [field]


def test_the_overview_opens_what_was_paid_for_what_there_is_at_its_end(told: tuple[Session, Truth]) -> None:
    session, truth = told
    rows = rows_of(session, truth, "overview")
    worth = [row for row in rows["amounts"] if row.cells[0] == "Monthly recurring revenue"]
    (members,) = (row for row in rows["counts"] if row.cells[0] == "Members")
    there = counting(truth, truth.last_day.replace(day=1))
    assert worth
    for row in worth:
        assert opened(session, row) == paid(truth, there, currency=row.cells[1])
    assert opened(session, members) == paid(truth, there)
