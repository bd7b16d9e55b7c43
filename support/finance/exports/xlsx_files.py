"""A workbook for people: a sheet that says what this is, then a sheet per table with real numbers and dates.

Rows leave memory as they are written; a text is never a formula or a link.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import date
from itertools import chain, count
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any

from support.finance.exports import cells
from support.money import Money, exponent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.finance.exports.shape import About
    from support.finance.reports.shape import Cell, CellKind, Column, Report, Row, Table

SHEET_ROWS = 1_048_576  # what a sheet can hold
_TEXT_LENGTH = 32_767  # what a cell can hold
_NAME_LENGTH = 31  # what a sheet's name can hold
_PIECE = 64 * 1024
_FORMATS: dict[CellKind, str] = {
    "day": "yyyy-mm-dd",
    "month": "yyyy-mm",
    "moment": "yyyy-mm-dd hh:mm:ss",
    "count": "#,##0",
    "share": "0.0%",
}
_WIDTHS: dict[CellKind, int] = {"text": 28, "day": 12, "month": 10, "moment": 20, "count": 10, "money": 14, "share": 10}
_ABOUT_WIDTHS = (14, 100)


def report_xlsx(report: Report, about: About, sheet_rows: int = SHEET_ROWS) -> Iterator[bytes]:
    """The workbook, made in a temporary file; a table longer than `sheet_rows` goes on on a further sheet."""
    with TemporaryFile() as file:
        with _workbook(file) as book:
            _about_sheet(book, report, about)
            for table in report.tables:
                book.write_table(cells.with_currencies(table), sheet_rows)
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece


@contextmanager
def _workbook(file: IO[bytes]) -> Iterator[_Book]:
    from xlsxwriter import Workbook  # noqa: PLC0415  # memory that a web process needs only for this

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True}
    workbook = Workbook(file, options)
    workbook.use_zip64()
    yield _Book(workbook)
    workbook.close()


class _Book:
    """A workbook with its formats and the names that its sheets have so far."""

    def __init__(self, workbook: Any) -> None:
        self._workbook = workbook
        self._formats: dict[tuple[str, bool], Any] = {}
        self._names: set[str] = set()

    def format(self, pattern: str = "General", *, is_bold: bool = False) -> Any:
        """A cell's format."""
        key = pattern, is_bold
        if key not in self._formats:
            self._formats[key] = self._workbook.add_format({"num_format": pattern, "bold": is_bold})
        return self._formats[key]

    def add_sheet(self, title: str) -> Any:
        """A sheet; `title` is made one that a sheet can have, and that none has yet."""
        plain = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", title).strip("' ") or "Sheet"
        names = (_cut(plain, end) for end in chain([""], (f" ({number})" for number in count(2))))
        name = next(name for name in names if name.lower() not in {*self._names, "history"})
        self._names.add(name.lower())
        return self._workbook.add_worksheet(name)

    def write_table(self, table: Table, sheet_rows: int) -> None:
        """Header, rows, totals; on as many sheets as that takes."""
        rows = chain(((row, False) for row in table.rows), ((row, True) for row in table.totals))
        sheet = _Sheet(self, table)
        for row, is_total in rows:
            if sheet.used == sheet_rows:
                sheet.finish()
                sheet = _Sheet(self, table)
            sheet.write(row, is_total=is_total)
        sheet.finish()


class _Sheet:
    """A sheet that a table is written on, row after row."""

    def __init__(self, book: _Book, table: Table) -> None:
        self._book = book
        self._kinds = [column.kind for column in table.columns]
        self._sheet = book.add_sheet(table.title)
        self._sheet.freeze_panes(1, 0)
        for at, column in enumerate(table.columns):
            self._sheet.set_column(at, at, max(_WIDTHS[column.kind], len(_titled(column)) + 3))
            self._sheet.write_string(0, at, _titled(column), book.format(is_bold=True))
        self.used = 1
        self._filtered = 1

    def write(self, row: Row, *, is_total: bool) -> None:
        """The next row."""
        for at, (cell, kind) in enumerate(zip(row.cells, self._kinds, strict=True)):
            if cell is not None:
                _write_cell(
                    self._sheet, (self.used, at), cell, self._book.format(_pattern(cell, kind), is_bold=is_total)
                )
        self.used += 1
        self._filtered += not is_total

    def finish(self) -> None:
        """What can be filtered is known once all rows are."""
        self._sheet.autofilter(0, 0, self._filtered - 1, len(self._kinds) - 1)


def _cut(title: str, end: str) -> str:
    """`title` and `end`, as much of the title as a sheet's name can hold: whole words, if there are several."""
    room = _NAME_LENGTH - len(end)
    if len(title) > room:
        title = (title[: room + 1].rpartition(" ")[0] or title[:room]).rstrip("' ")
    return title + end


def _titled(column: Column) -> str:
    return f"{column.title} (UTC)" if column.kind == "moment" else column.title


def _pattern(cell: Cell, kind: CellKind) -> str:
    """How a spreadsheet shows the cell; money with its currency's decimals."""
    if isinstance(cell, Money):
        decimals = exponent(cell.currency)
        return f"#,##0.{'0' * decimals}" if decimals else "#,##0"
    return _FORMATS.get(kind, "@")


def _write_cell(sheet: Any, place: tuple[int, int], cell: Cell, shown: Any) -> None:
    if isinstance(cell, str):
        sheet.write_string(*place, cell[:_TEXT_LENGTH], shown)
    elif isinstance(cell, date):  # a moment is one, too
        sheet.write_datetime(*place, cell, shown)
    else:
        sheet.write_number(*place, cell.major if isinstance(cell, Money) else cell, shown)


def _about_sheet(book: _Book, report: Report, about: About) -> None:
    sheet = book.add_sheet("About")
    for at, width in enumerate(_ABOUT_WIDTHS):
        sheet.set_column(at, at, width)
    facts = {"Report": report.title, "Definition": report.definition} | {
        name.capitalize(): text for name, text in about.filters.items()
    }
    for at, (name, text) in enumerate([*facts.items(), ("Made at", cells.moment(about.made_at))]):
        sheet.write_string(at, 0, name, book.format(is_bold=True))
        sheet.write_string(at, 1, text, book.format("@"))
