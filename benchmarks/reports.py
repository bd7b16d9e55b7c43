"""Reports of three years beside SQL that somebody would write by hand for the same figures; pages of long lists."""

from __future__ import annotations

import os
import time
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import psycopg

from benchmarks.by_hand import by_hand
from benchmarks.figures import Figure, median, say, spread
from benchmarks.filling import copy, fill, memberships_of
from support.finance.listings import LISTINGS
from support.finance.listings.forms import ListingQuery
from support.finance.listings.paging import Place
from support.finance.reports import REPORTS
from support.finance.reports.filters import Filters
from support.finance.reports.rollups.days.operations import roll_up_days
from support.finance.reports.rollups.worth.operations import roll_up_worth
from tests.databases import app_over

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.engine.interfaces import DBAPICursor

    from benchmarks.by_hand import ByHand
    from support.db import Database
    from support.finance.reports.shape import Report

PAYMENTS = int(os.environ.get("BENCH_PAYMENTS", "1000000"))
SQLITE_PAYMENTS = int(os.environ.get("BENCH_SQLITE_PAYMENTS", "300000"))
ROUNDS = 3
ZONE = ZoneInfo("Europe/Kyiv")
PERIOD = Filters(date(2023, 1, 1), date(2025, 12, 31), ZONE)
_TODAY = date(2025, 12, 31)


def measure(database_url: str) -> list[Figure]:
    """On an empty PostgreSQL database of its own."""
    with _filled(database_url, PAYMENTS) as database:
        figures = _reports(database, PAYMENTS)
        begun = time.perf_counter()
        roll_up_days(database, ZONE)
        say(f"  three years of {PAYMENTS:,} payments summed by day: {time.perf_counter() - begun:.0f} s")
        begun = time.perf_counter()
        roll_up_worth(database, ZONE)
        say(f"  worth of {memberships_of(PAYMENTS):,} memberships summed: {time.perf_counter() - begun:.0f} s")
        figures += [_rolled(database, name) for name in ("overview", "income", "mrr")]
        figures += [_moved(database, name, word) for name, word in (("movements", "churn"), ("comings", "lapsed"))]
        return figures + [_pages(database, name) for name in ("payments", "ledger")]


def measure_on_sqlite(database_url: str, postgres_url: str) -> list[Figure]:
    """On an empty database of its own, filled by way of another that is empty, too."""
    app = app_over(database_url)
    database: Database = app.extensions["database"]
    with _filled(postgres_url, SQLITE_PAYMENTS) as filled:
        copy(filled, database)
    with app.app_context():
        figures = _reports(database, SQLITE_PAYMENTS)
    database.engine.dispose()
    return figures


@contextmanager
def _filled(postgres_url: str, payments: int) -> Iterator[Database]:
    app = app_over(postgres_url)
    database: Database = app.extensions["database"]
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        fill(connection, payments)
    with app.app_context():
        yield database
    database.engine.dispose()


def _reports(database: Database, payments: int) -> list[Figure]:
    """Every report as it is read row by row, beside the same by hand."""
    hand = by_hand(database, PERIOD)
    with closing(database.engine.raw_connection()) as connection:
        return [_beside(database, hand, connection.cursor(), name, payments) for name in hand.queries]


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _beside(database: Database, hand: ByHand, cursor: DBAPICursor, name: str, payments: int) -> Figure:
    """That both say the same is seen first, which also warms both up."""
    with database.reading() as session:
        differences = hand.differing(cursor, REPORTS[name].build(session, PERIOD))
    assert not differences, differences
    works = (lambda: _build(database, name)), (lambda: hand.run(cursor, name))
    times = [tuple(map(_seconds, works)) for _ in range(ROUNDS)]
    ours, others = (median(seconds) for seconds in zip(*times, strict=True))
    ratios = [one / other for one, other in times]
    title = f"report {name}, {payments:,} payments, {'SQLite' if database.is_sqlite else 'PostgreSQL'}"
    against = f"SQL by hand, {others:.2f} s"
    return Figure(title, f"{ours:.2f} s", against, median(ratios), "x", 1.5, is_most=True, spread=spread(ratios))


def _build(database: Database, name: str) -> Report:
    with database.reading() as session:
        report = REPORTS[name].build(session, PERIOD)
        assert any([list(table.rows) for table in report.tables])  # noqa: C419  # a file or page reads every row
    return report


def _rolled(database: Database, name: str) -> Figure:
    seconds = [_seconds(lambda: _build(database, name)) for _ in range(ROUNDS)]
    title = f"report {name} when all is summed"
    return Figure(title, "", "a second", median(seconds), " s", 1, is_most=True, spread=spread(seconds))


def _moved(database: Database, name: str, word: str) -> Figure:
    """What a number of one month opens, of a movement that there is in it."""
    query = ListingQuery.model_validate({"from": "2025-06-01", "to": "2025-06-30", "movement": word})

    def page() -> None:
        with database.reading() as session:
            assert len(LISTINGS[name].page(session, query, _TODAY, ZONE).rows) > 1

    page()
    seconds = [_seconds(page) for _ in range(ROUNDS)]
    title = f"the first page of a month's {name} when all is summed"
    return Figure(title, "", "a second", median(seconds), " s", 1, is_most=True, spread=spread(seconds))


def _pages(database: Database, name: str) -> Figure:
    """A page in the middle of the list beside the first."""
    deep = Place(datetime(2024, 7, 1, tzinfo=UTC) + timedelta(hours=5), 1).text

    def page(after: str) -> None:
        query = ListingQuery.model_validate({"from": "2023-01-01", "to": "2025-12-31", "after": after})
        with database.reading() as session:
            assert len(LISTINGS[name].page(session, query, _TODAY, ZONE).rows) > 1

    page("")
    times = [(_seconds(lambda: page(deep)), _seconds(lambda: page(""))) for _ in range(7 * ROUNDS)]
    ratio = median([one for one, _ in times]) / median([first for _, first in times])
    ours = f"{median([one for one, _ in times]) * 1000:.1f} ms"
    return Figure(f"a page half-way down the {name}", ours, "the first page", ratio, "x", 1.5, is_most=True)
