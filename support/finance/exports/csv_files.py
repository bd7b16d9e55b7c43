"""CSV as RFC 4180 has it, for spreadsheets: CRLF, a byte order mark, texts quoted and safe, numbers bare."""

from __future__ import annotations

from codecs import BOM_UTF8
from itertools import islice
from typing import TYPE_CHECKING

from support.finance.exports.cells import csv_cell, quoted, with_currencies

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from support.finance.reports.shape import Table

LINES = 1000


def table_csv(table: Table) -> Iterator[bytes]:
    """The table with its currencies in columns of their own; its totals are left to whoever sums the file."""
    spread = with_currencies(table)
    kinds = [column.kind for column in spread.columns]
    yield header([column.key for column in spread.columns])
    yield from in_lines(
        [csv_cell(cell, kind) for cell, kind in zip(row.cells, kinds, strict=True)] for row in spread.rows
    )


def header(names: Sequence[str]) -> bytes:
    """The first line, with the mark by which spreadsheets know UTF-8."""
    return BOM_UTF8 + line([quoted(name) for name in names]).encode()


def in_lines(rows: Iterable[list[str]]) -> Iterator[bytes]:
    """Rows of written cells, many lines at a time."""
    lines = map(line, rows)
    while some := "".join(islice(lines, LINES)):
        yield some.encode()


def line(cells: Sequence[str]) -> str:
    """One line of written cells."""
    return ",".join(cells) + "\r\n"
