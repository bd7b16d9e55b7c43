"""What a number of a report opens is what it counts or adds up."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from support.finance.reports import REPORTS
from support.finance.reports.forms import FilterQuery, check_filters
from support.money import Money
from tests.support.finance.books import ARTICLES, ZONE
from tests.support.finance.listing_pages import PERIOD, TODAY, page, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.db import Database
    from support.finance.reports.shape import Cell, Row, Table
    from tests.support.finance.facts import Books, FailureFact


COUNTED = {
    "income": ("income", "payments"),
    "donations": ("bands", "count"),
    "taxes": ("taxes", "payments"),
    "fees": ("fees", "entries"),
    "failed": ("failures", "charges"),
    "refunds": ("refunds", "refunds"),
}


OTHERWISE = [{}, {"currency": "EUR"}, {"campaign": "local-desk"}, {"country": "DE"}, {"article": ARTICLES[2]}]


@pytest.mark.parametrize("more", OTHERWISE)
@pytest.mark.parametrize("name", COUNTED)
def test_a_row_opens_what_it_counts(written: tuple[Database, Books], name: str, more: dict[str, str]) -> None:
    """Its listing has as many rows as the row says, in the same period and under the same filters."""
    database, _books = written
    key, column = COUNTED[name]
    with database.reading() as session:
        filters = check_filters(session, FilterQuery.model_validate(PERIOD | more), TODAY, ZONE)
        table = next(one for one in REPORTS[name].build(session, filters).tables if one.key == key)
        rows = [*table.rows, *table.totals]
    at = [one.key for one in table.columns].index(column)
    for row in rows:
        assert len(list(walk(database, row.opens_in, row.opens))) == row.cells[at], row


def _added(rows: list[Row], at: int) -> int:
    """The amounts in one column, in minor units."""
    return sum(cell.amount_minor for row in rows if isinstance(cell := row.cells[at], Money))


def _others(database: Database, name: str, key: str, more: dict[str, str]) -> Iterator[tuple[str, Cell, list[Row]]]:
    """(column, what it says, what it opens) of every number that opens a list of its own."""
    with database.reading() as session:
        filters = check_filters(session, FilterQuery.model_validate(PERIOD | more), TODAY, ZONE)
        table = next(one for one in REPORTS[name].build(session, filters).tables if one.key == key)
        rows = [*table.rows, *table.totals]
    keys = [one.key for one in table.columns]
    for row in rows:
        for column, its in (row.others or {}).items():
            yield column, row.cells[keys.index(column)], list(walk(database, its.listing, its.filters))


@pytest.mark.parametrize("more", OTHERWISE)
def test_what_went_back_opens_the_refunds_and_the_contested_payments(
    written: tuple[Database, Books], more: dict[str, str]
) -> None:
    database, books = written
    disputed = defaultdict(set)
    for dispute in books.disputes:
        disputed[str(dispute.payment_id)].add("lost" if dispute.status == "lost" else dispute.is_withheld)
    seen = set()
    for column, said, rows in _others(database, "income", "income", more):
        seen.add((column, bool(rows)))
        if column == "refunds":
            assert len(rows) == said
        elif column == "refunded":
            assert isinstance(said, Money)
            assert _added(rows, 5) == said.amount_minor
        else:
            assert isinstance(said, Money)
            assert bool(rows) == bool(said.amount_minor)
            assert all(("lost" if column == "lost" else True) in disputed[str(row.cells[1])] for row in rows)
    found = {column for column, has_some in seen if has_some}
    assert found >= {"refunds", "refunded", "withheld"}
    assert more or "lost" in found


@pytest.mark.parametrize("more", OTHERWISE)
@pytest.mark.parametrize("key", ["articles", "campaigns"])
def test_what_was_earned_opens_its_payments_by_kind(
    written: tuple[Database, Books], key: str, more: dict[str, str]
) -> None:
    database, _books = written
    opened = list(_others(database, "articles", key, more))
    assert {column for column, _said, _rows in opened} == {
        *("donations", "donated", "begun", "first", "renewals", "renewed"),
        *(("paid",) if key == "campaigns" else ()),
    }
    for column, said, rows in opened:
        if said is None:
            assert "country" in more, "a checkout has none"
        elif isinstance(said, Money):
            assert _added(rows, 6) == said.amount_minor, column
        else:
            assert len(rows) == said, column


@pytest.mark.parametrize("more", OTHERWISE)
def test_disputes_open_the_payments_of_those_that_ended_so(
    written: tuple[Database, Books], more: dict[str, str]
) -> None:
    database, books = written
    undecided = {one.status for one in books.disputes} - {"won", "lost", "prevented"}
    how = {
        "undecided": {one for one in undecided if not one.startswith("warning")},
        "won": {"won"},
        "lost": {"lost"},
        "inquiries": {one for one in undecided if one.startswith("warning")},
    }
    disputes = {str(one.payment_id): one for one in books.disputes}
    assert len(disputes) == len(books.disputes), "a payment has one dispute here"
    for column, said, rows in _others(database, "refunds", "rates", more):
        opened = [disputes[str(row.cells[1])] for row in rows]
        if isinstance(said, Money):
            assert column == "withheld"
            assert all(one.is_withheld for one in opened)
            assert sum(one.amount_minor for one in opened) == said.amount_minor
        else:
            assert len(opened) == said, column
            assert {one.status for one in opened} <= how[column]


@pytest.mark.parametrize("more", OTHERWISE)
def test_payments_that_failed_open_all_their_tries_and_no_others(
    written: tuple[Database, Books], more: dict[str, str]
) -> None:
    """Whenever these were, and from page to page; no try is under two rows."""
    database, books = written
    payment_of = {one.stripe_charge_id: one.stripe_payment_intent_id for one in books.failures}
    tries = defaultdict(set)
    for charge, payment in payment_of.items():
        tries[payment].add(charge)
    with database.reading() as session:
        filters = check_filters(session, FilterQuery.model_validate(PERIOD | more), TODAY, ZONE)
        table = REPORTS["failed"].build(session, filters).tables[1]
        rows = list(table.rows)
    opened: list[str] = []
    for row in (*table.totals, *rows):
        found = [str(one.cells[1]) for one in walk(database, row.opens_in, row.opens, size=3)]
        payments = {payment_of[charge] for charge in found}
        assert len(payments) == row.cells[3], row
        assert sorted(found) == sorted(charge for payment in payments for charge in tries[payment]), row
        opened += found if row in rows else ()
        for at, outcome in ((5, "recovered"), (9, "lost"), (11, "open")):
            its = row.others[outcome] if row.others else None
            assert its is not None
            ended = {payment_of[str(one.cells[1])] for one in walk(database, its.listing, its.filters)}
            assert ended <= payments
            assert len(ended) == row.cells[at], (outcome, row)
    assert {row.cells[1] for row in rows} == {"checkout", "renewal"}
    assert len(opened) == len(set(opened)) > len(rows)


def test_refused_charges_of_a_period_are_renewals_or_of_the_checkout(written: tuple[Database, Books]) -> None:
    """By how each payment began to be refused, in the period or before."""
    database, books = written
    period = {"from": "2024-04-01", "to": "2024-04-30"}
    asked = ("renewal", "checkout")
    found = {word: {row.cells[1] for row in walk(database, "failures", {**period, "asked_by": word})} for word in asked}
    everything = {row.cells[1] for row in walk(database, "failures", period)}

    assert found["renewal"] | found["checkout"] == everything
    assert not found["renewal"] & found["checkout"]
    assert found["renewal"] == {
        one.stripe_charge_id for one in books.failures if one.stripe_charge_id in everything and is_of_a_renewal(one)
    }


def is_of_a_renewal(one: FailureFact) -> bool:
    """These books name an invoice's payment by its membership and turn; a first one is never refused."""
    return "x" in str(one.stripe_payment_intent_id)


def test_what_income_opens_adds_up_to_it(written: tuple[Database, Books]) -> None:
    database, _books = written
    with database.reading() as session:
        filters = check_filters(session, FilterQuery.model_validate(PERIOD), TODAY, ZONE)
        (table,) = REPORTS["income"].build(session, filters).tables
        rows = list(table.rows)
    for row in rows:
        under = [one.cells[6] for one in walk(database, row.opens_in, row.opens)]
        assert isinstance(row.cells[4], Money)
        assert sum(one.amount_minor for one in under if isinstance(one, Money)) == row.cells[4].amount_minor


def test_a_payout_opens_its_entries_and_they_open_their_payments(written: tuple[Database, Books]) -> None:
    database, books = written
    payout = next(one for one in books.payouts if one.reconciliation == "completed")
    with database.reading() as session:
        filters = check_filters(session, FilterQuery.model_validate(PERIOD), TODAY, ZONE)
        (table,) = REPORTS["payouts"].build(session, filters).tables
        row = _row_of(table, payout.stripe_payout_id)
    entries = list(walk(database, row.opens_in, row.opens))
    assert len(entries) == sum(one.payout_id == payout.id for one in books.items)
    ours = [entry for entry in entries if entry.opens]
    assert ours
    (payment,) = page(database, ours[0].opens_in, ours[0].opens).rows
    assert payment.cells[1] == ours[0].cells[10]
    assert payment.cells[11] == ours[0].cells[11]  # the same supporter
    its_entries = list(walk(database, payment.opens_in, payment.opens))
    assert ours[0].cells[1] in {entry.cells[1] for entry in its_entries}


def _row_of(table: Table, payout: str) -> Row:
    return next(row for row in table.rows if row.cells[0] == payout)
