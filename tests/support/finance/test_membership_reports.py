"""Reports of memberships equal what their definitions in docs/reports.md give, to the cent, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from support import clock
from support.errors import InvalidInput
from support.finance.reports import REPORTS
from support.finance.reports.forms import FilterQuery, check_filters
from support.memberships.models import PaidPeriod
from support.payments.models import Payment
from tests.support.finance import membership_calendar as months
from tests.support.finance.adding_up import LETTERS, with_totals
from tests.support.finance.membership_comparing import EXPECTED, Truth, a_book, differing, shown
from tests.support.finance.membership_rows import put
from tests.support.finance.memberships import ARTICLE, PLANS, ZONE, Books
from tests.support.finance.special_lives import paid

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.services import Service


def all_differing(service: Service, truth: Truth) -> list[str]:
    with service.app.app_context(), service.database.reading() as session:
        return [one for name in EXPECTED for one in differing(session, truth, name)]


def test_every_cell_is_what_the_definitions_give(service: Service) -> None:
    truth = a_book(service.database, 200)
    assert all_differing(service, truth) == []
    # Months begin in the midst of everything, and a period within a month.
    assert all_differing(service, replace(truth, first_day=date(2025, 3, 1), last_day=date(2025, 10, 31))) == []


def test_a_filter_leaves_the_memberships_that_it_names(service: Service) -> None:
    truth = a_book(service.database, 60)
    of_plan = [one for one in truth.made if one.plan == "month"]
    of_article = [one for one in truth.made if one.article == ARTICLE]
    in_yen = [one for one in truth.made if one.periods[0].currency == "JPY"]
    for made, asked in (
        (of_plan, {"plan_id": PLANS["month"]}),
        (of_article, {"article": ARTICLE}),
        (in_yen, {"currency": "JPY"}),
        ([], {"campaign_id": 999}),
    ):
        assert all_differing(service, replace(truth, made=made, asked=asked)) == []


def _period(number: int) -> sa.Update:
    return sa.update(PaidPeriod).where(PaidPeriod.membership_id == number)


def _payment(number: int) -> sa.Update:
    return sa.update(Payment).where(Payment.membership_id == number)


@pytest.mark.parametrize(
    ("change", "reports"),
    [
        (lambda one: _period(one).values(amount_minor=PaidPeriod.amount_minor + 12), {"mrr", "lifetime"}),
        (lambda one: _period(one).values(ends_at=PaidPeriod.starts_at), {*EXPECTED}),
        (lambda one: _payment(one).values(amount_minor=Payment.amount_minor + 1), {"lifetime", "deferred"}),
        (lambda one: _payment(one).values(stripe_invoice_id=None), {"deferred"}),
    ],
    ids=["a period's amount", "a period's end", "a payment's amount", "what a payment paid"],
)
def test_one_wrong_row_is_found(sqlite_service: Service, change: Callable[[int], sa.Update], reports: set[str]) -> None:
    truth = a_book(sqlite_service.database, 10)
    wanted = next(one for one in truth.made if one.periods[0].amount_minor == 11111)
    with sqlite_service.database.transaction() as session:
        session.execute(change(wanted.id))
    assert {found.partition(".")[0] for found in all_differing(sqlite_service, truth)} == reports


def test_a_yearly_payment_refunded_in_half_is_earned_as_the_docs_say(service: Service) -> None:
    books = Books(Random(1), clock.now(), 30)  # noqa: S311
    periods = paid("2025-01-01 00:00", 12000, months=12)
    periods[0].refunds = [(months.midnight(date(2025, 3, 10)), 6000, "succeeded")]
    books.add(books.supporter(), "year", periods, status="canceled", ended_at=periods[0].ends_at)
    put(service.database, books)
    truth = Truth(books.memberships, date(2025, 1, 1), date(2025, 4, 30), clock.now(), "")
    with service.app.app_context(), service.database.reading() as session:
        found = shown(session, "deferred", truth.filters)
    assert list(found["deferred"].values()) == [
        (0, 12000, 0, 1019, 10981),  # 12000 * 31 / 365 = 1019.2
        (10981, 0, 0, 921, 10060),  # 12000 * 59 / 365 = 1939.7
        (10060, 0, 6000, -461, 4521),  # 6000 * 90 / 365 = 1479.5
        (4521, 0, 0, 494, 4027),  # 6000 * 120 / 365 = 1972.6
    ]
    assert sum(amount for (amount,) in found["schedule"].values()) == 4027
    assert found["schedule"][date(2025, 12, 1), "EUR"] == (510,)


def test_movements_of_one_supporter(service: Service) -> None:
    books = Books(Random(1), clock.now(), 30)  # noqa: S311
    one = books.supporter()
    for starts, amounts in (("2025-01-10 09:00", (1000, 1500, 800)), ("2025-06-10 09:00", (800,))):
        periods = paid(starts, *amounts)
        books.add(one, "month", periods, status="canceled", ended_at=periods[-1].ends_at)
    put(service.database, books)
    truth = Truth(books.memberships, date(2025, 1, 1), date(2025, 7, 31), clock.now(), "")
    with service.app.app_context(), service.database.reading() as session:
        found = shown(session, "mrr", truth.filters)
    assert list(found["mrr"].values()) == [
        (0, 1000, 0, 0, 0, 0, 1000),
        (1000, 0, 0, 500, 0, 0, 1500),
        (1500, 0, 0, 0, -700, 0, 800),
        (800, 0, 0, 0, 0, -800, 0),
        (0, 0, 0, 0, 0, 0, 0),
        (0, 0, 800, 0, 0, 0, 800),
        (800, 0, 0, 0, 0, -800, 0),
    ]


def test_first_months_come_one_after_another(service: Service) -> None:
    books = Books(Random(1), clock.now(), 30)  # noqa: S311
    for first_day in (date(2025, 10, 10), date(2025, 2, 10), date(2025, 12, 10)):
        periods = paid(f"{first_day} 09:00", 1000)
        books.add(books.supporter(), "month", periods, status="canceled", ended_at=periods[0].ends_at)
    put(service.database, books)
    truth = Truth(books.memberships, date(2025, 1, 1), date(2025, 12, 31), clock.now(), "")
    with service.app.app_context(), service.database.reading() as session:
        found = shown(session, "lifetime", truth.filters)
    assert [month for _currency, month in found["months"]] == [date(2025, month, 1) for month in (2, 10, 12)]


@pytest.mark.parametrize(("name", "tables"), [("members", 1), ("mrr", 1), ("deferred", 2)])
def test_months_add_up_to_the_period(service: Service, name: str, tables: int) -> None:
    truth = a_book(service.database, 20)
    with service.app.app_context(), service.database.reading() as session:
        found = [table for table in REPORTS[name].build(session, truth.filters).tables if table.key in LETTERS]
    assert len(found) == tables
    for table in found:
        added = with_totals(table.key, [row.cells for row in table.rows])
        assert [row.cells for row in table.totals] == added[f"{table.key}/totals"]


def test_lifetimes_of_all_months_and_plans_are_those_of_the_currency(service: Service) -> None:
    truth = a_book(service.database, 20)
    with service.app.app_context(), service.database.reading() as session:
        all_of_them, by_month, by_plan, _ = REPORTS["lifetime"].build(session, truth.filters).tables
    rows = [row.cells for row in all_of_them.rows]
    assert len(rows) > 1
    for table in (by_month, by_plan):
        assert [(row.cells[0], *row.cells[2:]) for row in table.totals] == rows


def test_a_period_that_has_not_begun_is_an_empty_report(service: Service) -> None:
    a_book(service.database, 5)
    first = clock.now().date() + timedelta(days=40)
    truth = Truth([], first, first + timedelta(days=90), clock.now(), "")
    with service.app.app_context(), service.database.reading() as session:
        for name in EXPECTED:
            assert not any(shown(session, name, truth.filters).values()), name


@pytest.mark.parametrize("name", EXPECTED)
def test_a_filter_that_says_nothing_about_a_report_is_refused_by_its_name(sqlite_service: Service, name: str) -> None:
    query = FilterQuery.model_validate({"country": "DE", "currency": "EUR"})
    with sqlite_service.database.reading() as session:
        with pytest.raises(InvalidInput) as refused:
            check_filters(session, query, date(2026, 1, 31), ZONE, REPORTS[name].takes)
        assert [error.field for error in refused.value.errors] == ["country"]
        assert check_filters(session, query, date(2026, 1, 31), ZONE, REPORTS["income"].takes).country == "DE"
