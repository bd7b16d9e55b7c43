"""Who moved recurring revenue, and who came and went: everybody under a number is listed, and nobody else."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from support import clock
from support.errors import InvalidInput
from support.finance.exports import OF_LISTINGS
from support.finance.listings import LISTINGS
from support.finance.listings.forms import ListingQuery
from support.finance.reports import REPORTS
from support.finance.reports.forms import FilterQuery, check_filters
from support.finance.reports.rollups.worth.operations import roll_up_worth
from support.finance.reports.rollups.worth.queries import rollup_of
from support.money import Money
from tests.support.finance import membership_figures as figures
from tests.support.finance.membership_comparing import a_book
from tests.support.finance.memberships import ARTICLE, ZONE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy.orm import Session

    from support.finance.reports.shape import Cell, Row
    from tests.services import Service
    from tests.support.finance.membership_comparing import Truth

MOVEMENTS = ("new", "reactivation", "expansion", "contraction", "churn")
# Every address here says its days.
TODAY = date(2026, 1, 1)


@pytest.fixture
def told(service: Service) -> Iterator[tuple[Session, Truth]]:
    """A database with a book of memberships, all of it summed, and what is in it."""
    truth = a_book(service.database, 50)
    with service.app.app_context():
        roll_up_worth(service.database, ZONE)
        with service.database.reading() as session:
            assert rollup_of(session, truth.filters, clock.now()) is not None
            yield session, truth


def listed(session: Session, name: str, asked: Mapping[str, str], size: int = 40) -> list[Row]:
    """Every row of a listing, from page to page."""
    found: list[Row] = []
    after: str | None = ""
    while after is not None:
        query = ListingQuery.model_validate({**asked, "after": after})
        page = LISTINGS[name].page(session, query, TODAY, ZONE, size=size)
        found += page.rows
        after = page.next
    return found


def days(truth: Truth) -> dict[str, str]:
    """The period as an address says it."""
    return {"from": truth.first_day.isoformat(), "to": truth.last_day.isoformat()}


def numbered(supporter: object) -> str | None:
    """As lists name a supporter; a membership without one has no name."""
    return str(supporter) if isinstance(supporter, int) else None


def plain(row: Row) -> tuple[Any, ...]:
    """Money as its minor units."""
    return tuple(cell.amount_minor if isinstance(cell, Money) else cell for cell in row.cells)


@pytest.mark.parametrize("asked", [{}, {"currency": "EUR"}, {"article": ARTICLE}])
def test_everybody_who_moved_is_listed_once(told: tuple[Session, Truth], asked: dict[str, str]) -> None:
    session, truth = told
    of_article = [one for made in truth.made if made.article == ARTICLE for one in figures.spans_of(made, truth.now)]
    spans = of_article if "article" in asked else truth.spans
    spans = [one for one in spans if asked.get("currency") in {None, one.currency}]
    moved = figures.movements(spans, truth.calendar)
    expected = Counter(
        (one.month, numbered(one.supporter), one.word, one.currency, one.start, one.end - one.start, one.end)
        for one in moved
    )
    assert Counter(map(plain, listed(session, "movements", days(truth) | asked))) == expected
    came = figures.comings(spans, truth.calendar)
    theirs = Counter((month, numbered(supporter), word) for month, supporter, word in came)
    assert Counter(map(plain, listed(session, "comings", days(truth) | asked))) == theirs
    assert {one.word for one in moved} >= {"new", "churn"}
    assert {word for _, _, word in came} >= {"new", "lapsed"}


def opened(session: Session, truth: Truth, name: str, *words: str) -> Iterator[tuple[str, str, Any, Cell, list[Row]]]:
    """(table, word, number, month, what it opens) of a report's totals, and of every seventh number of its rows."""
    filters = check_filters(session, FilterQuery.model_validate(days(truth)), TODAY, ZONE, REPORTS[name].takes)
    for table in REPORTS[name].build(session, filters).tables:
        keys = [one.key for one in table.columns]
        numbers = [(row, word) for row in table.rows for word in words]
        for row, word in [*numbers[::7], *((row, word) for row in table.totals for word in words)]:
            assert row.others is not None
            its = row.others[word]
            yield table.key, word, row.cells[keys.index(word)], row.cells[0], listed(session, its.listing, its.filters)


def test_a_movement_of_revenue_opens_those_who_make_it(told: tuple[Session, Truth]) -> None:
    session, truth = told
    seen = set()
    for _table, word, said, month, rows in opened(session, truth, "mrr", *MOVEMENTS):
        assert sum(plain(one)[5] for one in rows) == said.amount_minor
        assert {one.cells[2] for one in rows} <= {word}
        assert {one.cells[0] for one in rows} <= {month} or month is None
        seen |= {(word, month is None)} if rows else set()
    assert {word for word, is_of_all in seen if is_of_all} == set(MOVEMENTS)
    assert len({word for word, is_of_all in seen if not is_of_all}) > 3


def test_the_numbers_of_members_who_came_and_went_open_who_they_are(told: tuple[Session, Truth]) -> None:
    session, truth = told
    seen = Counter[tuple[str, str]]()
    for table, word, said, month, rows in opened(session, truth, "members", "new", "won_back", "lapsed"):
        assert len(rows) == said, (table, word, month)
        assert {one.cells[0] for one in rows} <= {month} or month is None
        seen[table, word] += len(rows)
    assert {table for table, _word in seen} == {"members", "plans", "intervals"}
    assert all(seen.values())


def test_what_a_month_was_and_is_worth_opens_the_payments_for_it(told: tuple[Session, Truth]) -> None:
    """All of a supporter's for monthly periods: then what was paid is what a month is worth."""
    session, truth = told
    periods = [(made.supporter_id, one) for made in truth.made for one in made.periods]
    others = {supporter for supporter, one in periods if (one.ends_at - one.starts_at).days > 40 or not one.received_at}
    monthly = {supporter for supporter, _ in periods} - others
    seen = 0
    for row in listed(session, "movements", days(truth)):
        for at, key in ((4, "start"), (6, "end")):
            worth = row.cells[at]
            assert isinstance(worth, Money)
            if row.cells[1] is None:
                assert row.others is None
            elif int(str(row.cells[1])) in monthly and worth.amount_minor:
                assert row.others is not None
                its = row.others[key]
                assert sum(plain(one)[6] for one in listed(session, its.listing, its.filters)) == worth.amount_minor
                seen += 1
    assert seen > 30


@pytest.mark.parametrize(
    ("name", "asked", "field"),
    [
        ("movements", {"movement": "lapsed"}, "movement"),
        ("movements", {"country": "DE"}, "country"),
        ("movements", {"interval": "month"}, "interval"),
        ("comings", {"movement": "won back"}, "movement"),
        ("comings", {"membership_plan": "no/such"}, "membership_plan"),
        ("payments", {"movement": "new"}, "movement"),
        ("payments", {"supporter": "-1"}, "supporter"),
    ],
)
def test_a_filter_that_says_nothing_there_is_named(
    sqlite_service: Service, name: str, asked: dict[str, str], field: str
) -> None:
    with sqlite_service.app.app_context(), sqlite_service.database.reading() as session:
        with pytest.raises(InvalidInput) as refused:
            LISTINGS[name].page(session, ListingQuery.model_validate(asked), TODAY, ZONE)
        assert [error.field for error in refused.value.errors] == [field]


def test_before_anything_began_nobody_moved(told: tuple[Session, Truth]) -> None:
    session, _truth = told
    for name in ("movements", "comings"):
        assert listed(session, name, {"from": "2090-01-01", "to": "2090-12-31"}) == []
        assert listed(session, name, {"from": "2001-01-01", "to": "2001-12-31"}) == []


def test_a_file_has_every_row_and_what_moved_in_all(told: tuple[Session, Truth]) -> None:
    session, truth = told
    for name in ("movements", "comings"):
        (table,) = OF_LISTINGS[name].build(session, truth.filters).tables
        rows = list(table.rows)
        assert list(map(plain, rows)) == list(map(plain, listed(session, name, days(truth))))
        for total in table.totals:
            amounts = [plain(row)[5] for row in rows if row.cells[3] == total.cells[3]]
            assert plain(total)[5] == sum(amounts)
        assert len(table.totals) == len({row.cells[3] for row in rows} if name == "movements" else [])
