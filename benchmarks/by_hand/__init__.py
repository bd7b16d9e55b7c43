"""What somebody who knows a database would write by hand for the figures of each report, for either of the two.

A query's first column names the table that it is for; columns with names of that table's are its figures. So what both
say is held against each other before it is timed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from benchmarks.by_hand import postgresql, sqlite
from support.money import Money

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.engine.interfaces import DBAPICursor

    from support.db import Database
    from support.finance.reports.filters import Filters
    from support.finance.reports.shape import Cell, Report

# {(table, column): the sum of it}
Sums = Counter[tuple[str, str]]


@dataclass(frozen=True)
class ByHand:
    """`queries`: {report: what is asked, one after the other}; `asked`: what all of them are asked with."""

    queries: Mapping[str, tuple[str, ...]]
    asked: Mapping[str, Any]

    def run(self, cursor: DBAPICursor, name: str) -> None:
        """All that is asked for a report, to the last row."""
        for query in self.queries[name]:
            cursor.execute(query, self.asked)
            cursor.fetchall()

    def differing(self, cursor: DBAPICursor, report: Report) -> list[str]:
        """The sums of figures in which a report and what is written by hand differ, in words."""
        by_hand: Sums = Counter()
        for query in self.queries[report.name]:
            cursor.execute(query, self.asked)
            names = [column[0] for column in cursor.description or ()]
            for table, *cells in cursor.fetchall():
                by_hand.update({(table, name): _whole(cell) for name, cell in zip(names[1:], cells, strict=True)})
        ours = _sums(report)
        found = {key: (ours[key], minor) for key, minor in by_hand.items() if key in ours}
        assert {table for table, _ in found} == {table for table, _ in by_hand}
        return [f"{table}.{name}: {one}, by hand {hand}" for (table, name), (one, hand) in found.items() if one != hand]


def by_hand(database: Database, period: Filters) -> ByHand:
    """In this database's SQL, for a period that is over."""
    written = sqlite if database.is_sqlite else postgresql
    return ByHand(written.QUERIES, written.parameters(period))


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
    return int(cell) if isinstance(cell, int | float | Decimal) else 0
