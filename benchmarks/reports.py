"""Reports of three years beside SQL that somebody would write by hand for the same figures; pages of long lists."""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import psycopg

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
# Months by their bounds; `width_bucket` looks them up.
_PART = "width_bucket({moment}, %(bounds)s::timestamptz[])"
_WITHIN = "{moment} >= %(first)s AND {moment} < %(last)s"
_KIND = "CASE WHEN membership_id IS NULL THEN 0 WHEN is_renewal THEN 2 ELSE 1 END"
_CAME = (
    "SELECT {part} AS part, p.currency, {by}, count(*), sum(p.amount_minor), sum(p.tax_minor) FROM payments p"
    " WHERE {within} GROUP BY 1, 2, 3"
)
_WENT = (
    "SELECT {part} AS part, p.currency, {by}, count(*), sum(o.amount_minor) FROM {table} o"
    " JOIN payments p ON p.id = o.payment_id WHERE {within} GROUP BY 1, 2, 3"
)
_ENTERED = """
SELECT {part}, e.currency, coalesce(p.id, r.payment_id, d.payment_id) IS NULL, e.category, count(*),
       sum(e.amount_minor), sum(e.fee_minor), sum(e.net_minor)
FROM ledger_entries e LEFT JOIN payments p ON p.stripe_charge_id = e.source_id
LEFT JOIN refunds r ON r.stripe_refund_id = e.source_id LEFT JOIN disputes d ON d.stripe_dispute_id = e.source_id
WHERE {within} AND e.type NOT IN ('payout', 'payout_cancel', 'payout_failure') GROUP BY 1, 2, 3, 4
"""


def _written(query: str, moment: str, **more: str) -> str:
    return query.format(part=_PART.format(moment=moment), within=_WITHIN.format(moment=moment), **more)


def _of_payments(by: str, *tables: tuple[str, str]) -> tuple[str, ...]:
    back = (_written(_WENT, moment, by=by, table=table) for table, moment in tables)
    return (_written(_CAME, "p.received_at", by=by), *back)


_REFUNDS, _DISPUTES = ("refunds", "o.succeeded_at"), ("disputes", "o.created_at")
# {report: the same figures by hand}
BY_HAND = {
    "income": _of_payments(_KIND, _REFUNDS, _DISPUTES),
    "taxes": _of_payments("p.country", _REFUNDS),
    "fees": (_written(_ENTERED, "e.created_at"),),
}


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
    bounds = {"bounds": [month.starts_at for month in PERIOD.months]}
    bounds |= {"first": PERIOD.starts_at, "last": PERIOD.ends_at}  # type: ignore[dict-item]

    def by_hand() -> None:
        for query in BY_HAND[name]:
            connection.execute(query.encode(), bounds).fetchall()

    ours, ratios = [], []
    for _ in range(ROUNDS):
        ours.append(_seconds(lambda: _build(database, name)))
        ratios.append(ours[-1] / _seconds(by_hand))
    title = f"report {name}, {PAYMENTS:,} payments"
    found = f"{median(ours):.2f} s"
    return Figure(title, found, "SQL by hand", median(ratios), "x", 1.5, is_most=True, spread=spread(ratios))


def _build(database: Database, name: str) -> Report:
    with database.reading() as session:
        report = REPORTS[name].build(session, PERIOD)
        assert all(list(table.rows) for table in report.tables)
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
