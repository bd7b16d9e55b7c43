"""Reports of three years beside SQL that somebody would write by hand for the same figures; pages of long lists."""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import psycopg

from benchmarks.by_hand import BY_HAND, differing, parameters
from benchmarks.figures import Figure, median, say, spread
from benchmarks.filling import fill, memberships_of
from support.finance.listings import LISTINGS
from support.finance.listings.forms import ListingQuery
from support.finance.listings.paging import Place
from support.finance.reports import REPORTS
from support.finance.reports.filters import Filters
from support.finance.reports.rollups.days.operations import roll_up_days
from support.finance.reports.rollups.worth.operations import roll_up_worth
from tests.databases import app_over

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.db import Database
    from support.finance.reports.shape import Report

PAYMENTS = int(os.environ.get("BENCH_PAYMENTS", "1000000"))
ROUNDS = 3
ZONE = ZoneInfo("Europe/Kyiv")
PERIOD = Filters(date(2023, 1, 1), date(2025, 12, 31), ZONE)
_TODAY = date(2025, 12, 31)


def measure(database_url: str) -> list[Figure]:
    """On an empty PostgreSQL database of its own."""
    app = app_over(database_url)
    database: Database = app.extensions["database"]
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, options="-c jit=off", autocommit=True) as connection:
        fill(connection, PAYMENTS)
        with app.app_context():
            figures = _figures(database, connection)
    database.engine.dispose()
    return figures


def _figures(database: Database, connection: psycopg.Connection) -> list[Figure]:
    figures = [_beside(database, connection, name) for name in BY_HAND]
    begun = time.perf_counter()
    roll_up_days(database, ZONE)
    say(f"  three years of {PAYMENTS:,} payments summed by day: {time.perf_counter() - begun:.0f} s")
    begun = time.perf_counter()
    roll_up_worth(database, ZONE)
    say(f"  worth of {memberships_of(PAYMENTS):,} memberships summed: {time.perf_counter() - begun:.0f} s")
    figures += [_rolled(database, name) for name in ("overview", "income", "mrr")]
    return figures + [_pages(database, name) for name in ("payments", "ledger")]


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _beside(database: Database, connection: psycopg.Connection, name: str) -> Figure:
    """A report as it is read row by row; that both say the same is seen first, which also warms both up."""
    with database.reading() as session:
        differences = differing(connection, REPORTS[name].build(session, PERIOD), PERIOD)
    assert not differences, differences
    asked = parameters(PERIOD)

    def by_hand() -> None:
        for query in BY_HAND[name]:
            connection.execute(query.encode(), asked).fetchall()

    times = [(_seconds(lambda: _build(database, name)), _seconds(by_hand)) for _ in range(ROUNDS)]
    ours, hand = (median(seconds) for seconds in zip(*times, strict=True))
    ratios = [one / other for one, other in times]
    title = f"report {name}, {PAYMENTS:,} payments"
    against = f"SQL by hand, {hand:.2f} s"
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
