"""The ledger as CSV beside the same COPY by psycopg (SQLite: beside sqlite3 and csv); what files cost in memory.

`python -m benchmarks.exports URL NAME FORMAT DAYS` makes one file of the last DAYS days, in a process of its own, and
prints its rows and that process's peak of memory.
"""

from __future__ import annotations

import csv
import io
import os
import resource
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

import psycopg

from benchmarks.books import fill
from benchmarks.figures import Figure, median, say, spread
from support.db import Database
from support.finance.exports import SOURCES
from support.finance.exports.files import pieces
from support.finance.exports.listings import LEDGER
from support.finance.exports.shape import Tally, Wanted
from support.finance.exports.tables_in_sql import copy_statement
from support.finance.reports.filters import Filters

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine.interfaces import DBAPICursor

    from support.finance.exports.shape import FileFormat

ROWS = int(os.environ.get("BENCH_EXPORT_ROWS", "1000000"))
ROUNDS = 3
_PER_DAY = 24 * 60  # payments
_SMALL, _LARGE = 7, 70  # days
_ALL = 365 * 30
_FILL_SQLITE = """
INSERT INTO ledger_entries (stripe_balance_transaction_id, type, category, source_id, amount_minor, fee_minor,
                            net_minor, currency, created_at, available_at)
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
SELECT 'txn_c' || n, 'charge', 'charge', 'ch_' || n, 1000, 50, 950, 'EUR', datetime('now') || '.000000',
       datetime('now') || '.000000'
FROM numbers
"""
# The same rows in the same order as anybody would read them: nothing made safe, amounts in minor units.
_PLAIN_SQLITE = """
SELECT e.stripe_balance_transaction_id, e.created_at, e.available_at, e.type, e.category, e.source_id,
       p.stripe_payment_intent_id, o.stripe_payout_id, e.amount_minor, e.fee_minor, e.net_minor, e.currency
FROM ledger_entries e
LEFT JOIN payments c ON c.stripe_charge_id = e.source_id
LEFT JOIN refunds r ON r.stripe_refund_id = e.source_id
LEFT JOIN disputes d ON d.stripe_dispute_id = e.source_id
LEFT JOIN payments p ON p.id = coalesce(c.id, r.payment_id, d.payment_id)
LEFT JOIN payout_items i ON i.entry_id = e.id
LEFT JOIN payouts o ON o.id = i.payout_id
ORDER BY e.created_at, e.id
"""


def measure(postgres_url: str, sqlite_url: str) -> list[Figure]:
    """On an empty database of each kind, of its own."""
    return [*_on_postgresql(postgres_url), _on_sqlite(sqlite_url)]


def _on_postgresql(url: str) -> list[Figure]:
    database = Database(url)
    plain_url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain_url, autocommit=True, options="-c jit=off") as connection:  # as ours has it
        fill(connection, ROWS)
        copied = _ratio("PostgreSQL", lambda: _export(database), lambda: _copy(database, connection))
    database.engine.dispose()
    return [copied, _memory(url, "csv", _SMALL, _ALL), _memory(url, "xlsx", _SMALL, _LARGE)]


def _on_sqlite(url: str) -> Figure:
    database = Database(url)
    with closing(database.engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute(_FILL_SQLITE, (ROWS,))
        found = _ratio("SQLite", lambda: _export(database), lambda: _write(cursor))
    database.engine.dispose()
    return found


def _ratio(kind: str, ours: Callable[[], int], plain: Callable[[], int]) -> Figure:
    ratios, rates = [], []
    for _ in range(ROUNDS):
        rate = _rate(ours)
        ratios.append(rate / _rate(plain))
        rates.append(rate)
    against = "the same COPY by psycopg" if kind == "PostgreSQL" else "bare sqlite3 and csv"
    goal = 0.85 if kind == "PostgreSQL" else 0.9
    name = f"CSV of {ROWS:,} ledger entries, {kind}"
    return Figure(name, f"{median(rates):,.0f} rows/s", against, median(ratios), "x", goal, spread=spread(ratios))


def _rate(work: Callable[[], int]) -> float:
    """Rows per second."""
    begun = time.perf_counter()
    return work() / (time.perf_counter() - begun)


def _export(database: Database, wanted: Wanted | None = None) -> int:
    tally = Tally()
    with database.reading() as session:
        for _ in pieces(session, wanted or Wanted(LEDGER, _last(_ALL), "csv"), tally):
            pass
    return tally.rows


def _copy(database: Database, connection: psycopg.Connection) -> int:
    with database.reading() as session:
        statement = copy_statement(session, LEDGER, _last(_ALL))
    rows = 0
    with connection.cursor() as cursor, cursor.copy(*statement) as copy:
        for _ in copy:
            rows += 1
    return rows


def _write(cursor: DBAPICursor) -> int:
    rows = 0
    cursor.execute(_PLAIN_SQLITE)
    while some := cursor.fetchmany(5000):
        file = io.StringIO()
        csv.writer(file, quoting=csv.QUOTE_NONNUMERIC).writerows(some)
        file.getvalue().encode()
        rows += len(some)
    return rows


def _last(days: int) -> Filters:
    today = datetime.now(UTC).date()
    return Filters(today - timedelta(days=days), today, ZoneInfo("UTC"))


def _memory(url: str, file_format: FileFormat, small: int, large: int) -> Figure:
    """Peak memory of a large file against that of one with seven days' payments."""
    peaks = []
    for days in (small, large):
        command = [sys.executable, "-m", "benchmarks.exports", url, "payments", file_format, str(days)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        rows, peak = done.stdout.split()
        say(f"  {file_format} of {int(rows):,} payments: {int(peak) / 1024:.0f} MB at most")
        peaks.append(int(peak))
    name = f"memory: {file_format} of {min(large * _PER_DAY, ROWS):,} payments"
    ours, against = f"{peaks[1] / 1024:.0f} MB", f"{small * _PER_DAY:,} payments: {peaks[0] / 1024:.0f} MB"
    return Figure(name, ours, against, peaks[1] / peaks[0], "x", 1.5, is_most=True)


def main(url: str, name: str, file_format: str, days: str) -> None:
    """Make one file and forget it."""
    rows = _export(Database(url), Wanted(SOURCES[name], _last(int(days)), cast("FileFormat", file_format)))
    say(f"{rows} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}")


if __name__ == "__main__":
    main(*sys.argv[1:])
