"""What somebody who knows PostgreSQL would write by hand for the figures of each report.

A query's first column names the table that it is for; columns with names of that table's are its figures. So what both
say is held against each other before it is timed.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from benchmarks.by_hand import memberships, money
from support.access.reading import grace
from support.clock import now
from support.money import Money

if TYPE_CHECKING:
    import psycopg

    from support.finance.reports.filters import Filters
    from support.finance.reports.shape import Cell, Report

# {report: what is asked, one after the other}
BY_HAND = money.QUERIES | memberships.QUERIES

# {(table, column): the sum of it}
Sums = Counter[tuple[str, str]]


def parameters(period: Filters) -> dict[str, Any]:
    """What the queries are asked with, for a period that is over.

    `bounds`: where months begin; `moments`: just behind those and the end, so that `width_bucket` counts those before.
    """
    bounds = [month.starts_at for month in period.months]
    moments = [at + timedelta(microseconds=1) for at in (*bounds, period.ends_at)]
    return {
        "bounds": bounds,
        "moments": moments,
        "first": period.starts_at,
        "last": period.ends_at,
        "grace": grace(),
        "now": now(),
        "zone": period.zone.key,
    }


def differing(connection: psycopg.Connection, report: Report, period: Filters) -> list[str]:
    """The sums of figures in which a report and what is written by hand differ, in words."""
    by_hand: Sums = Counter()
    for query in BY_HAND[report.name]:
        asked = connection.execute(query.encode(), parameters(period))
        names = [column.name for column in asked.description or ()]
        for table, *cells in asked:
            by_hand.update({(table, name): _whole(cell) for name, cell in zip(names[1:], cells, strict=True)})
    ours = _sums(report)
    found = {key: (ours[key], minor) for key, minor in by_hand.items() if key in ours}
    assert {table for table, _ in found} == {table for table, _ in by_hand}
    return [f"{table}.{name}: {one}, by hand {other}" for (table, name), (one, other) in found.items() if one != other]


def _sums(report: Report) -> Sums:
    """Columns that are told apart by a number behind their name are one here."""
    found: Sums = Counter()
    for table in report.tables:
        names = [column.key.rstrip("0123456789") for column in table.columns]
        for row in table.rows:
            found.update(_named(table.key, names, row.cells))
        for row in table.totals:
            found.update(_named(f"{table.key} totals", names, row.cells))
    return found


def _named(table: str, names: list[str], cells: tuple[Cell, ...]) -> Sums:
    found: Sums = Counter()
    for name, cell in zip(names, cells, strict=True):
        found[table, name] += _whole(cell)
    return found


def _whole(cell: Any) -> int:
    """A figure as a whole number; what is none counts for nothing."""
    if isinstance(cell, Money):
        return cell.amount_minor
    return int(cell) if isinstance(cell, int | Decimal) else 0
