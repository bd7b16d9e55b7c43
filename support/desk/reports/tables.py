"""Tables of a report as a page shows them: each number in words, its currency once, a way to what is under it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from support.desk.figures import NUMBERS, is_negative, is_zero, write_amount, write_cell
from support.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from support.finance.reports.shape import Cell, Column, Row, Table

# More rows than anybody reads; files have all of them.
MOST_ROWS = 1000
# Columns of words, Stripe's own or ours, that are written with underscores; files keep them so.
_WORDS = ("status", "reason", "category", "code", "type", "movement")
# Columns whose cells name something that has a page of its own.
_PAGES = {"payment": "/finance/payments/", "payout": "/finance/payouts/", "supporter": "/finance/supporters/"}


@dataclass(frozen=True)
class Heading:
    """A column's title and, where all its amounts are of one currency, that currency."""

    title: str
    is_number: bool
    currency: str | None = None


@dataclass(frozen=True)
class ShownCell:
    """A cell in words. `opens`: where what it is the sum of is listed; `about` is that in words."""

    text: str
    is_number: bool = False
    is_text: bool = False
    is_negative: bool = False
    is_zero: bool = False
    opens: str | None = None
    about: str = ""


@dataclass(frozen=True)
class ShownTable:
    """A table in words. `is_cut`: there are more rows than a page shows."""

    key: str
    title: str
    headings: tuple[Heading, ...]
    rows: tuple[tuple[ShownCell, ...], ...]
    totals: tuple[tuple[ShownCell, ...], ...]
    is_cut: bool


@dataclass(frozen=True)
class _Writer:
    """How the cells of one table are written."""

    columns: tuple[Column, ...]
    zone: ZoneInfo
    opened: str | None
    has_currency: bool
    may_open: bool

    def total(self, row: Row) -> tuple[ShownCell, ...]:
        first, *others = self.row(row)
        return replace(first, text=f"Total {first.text}".rstrip()), *others

    def row(self, row: Row) -> tuple[ShownCell, ...]:
        written = [self._cell(column, cell) for column, cell in zip(self.columns, row.cells, strict=True)]
        words = ", ".join(cell.text for cell in written if cell.text and not cell.is_number)
        for at, opens in self._openings(row, written) if self.may_open else ():
            about = f"{self.columns[at].title.lower()}: {words}"
            written[at] = replace(written[at], opens=opens, about=about)
        return tuple(written)

    def _openings(self, row: Row, written: Sequence[ShownCell]) -> Iterator[tuple[int, str]]:
        """(place of a number, address of what is under it). Nothing is under a zero."""
        numbers = [at for at, cell in enumerate(written) if cell.is_number and cell.text and not cell.is_zero]
        for at in numbers:
            if under := (row.others or {}).get(self.columns[at].key):
                yield at, _address_of(under.filters, under.listing)
        its = self._opened_at(written)
        if row.opens and its in numbers:
            address = _address_of(row.opens, row.opens_in)
            if address not in (cell.opens for cell in written):
                yield its, address

    def _opened_at(self, written: Sequence[ShownCell]) -> int:
        """The place of the number that a row opens: of the column that the table names, else the first; -1: none."""
        if self.opened is not None:
            return [column.key for column in self.columns].index(self.opened)
        return next((at for at, cell in enumerate(written) if cell.is_number and cell.text), -1)

    def _cell(self, column: Column, cell: Cell) -> ShownCell:
        if isinstance(cell, Money) and not self.has_currency:
            text = write_amount(cell)
        else:
            text = write_cell(cell, column.kind, self.zone)
        return ShownCell(
            in_words(column.key, text),
            is_number=column.kind in NUMBERS,
            is_text=column.kind == "text",
            is_negative=is_negative(cell),
            is_zero=is_zero(cell),
            opens=f"{_PAGES[column.key]}{cell}" if self.may_open and cell and column.key in _PAGES else None,
        )


def shown(table: Table, zone: ZoneInfo, *, may_open: bool = True) -> ShownTable:
    """`table` in words; its rows open what is under them for whoever `may_open` that."""
    rows = tuple(islice(table.rows, MOST_ROWS + 1))
    currencies = _currencies((*rows, *table.totals))
    is_named = any(column.key == "currency" for column in table.columns)
    writer = _Writer(
        table.columns, zone, table.opened, has_currency=is_named or len(currencies) <= 1, may_open=may_open
    )
    above = next(iter(currencies)) if len(currencies) == 1 and not is_named else None
    return ShownTable(
        table.key,
        table.title,
        tuple(
            Heading(column.title, column.kind in NUMBERS, above if column.kind == "money" else None)
            for column in table.columns
        ),
        tuple(writer.row(row) for row in rows[:MOST_ROWS]),
        tuple(writer.total(row) for row in table.totals),
        is_cut=len(rows) > MOST_ROWS,
    )


def in_words(key: str, text: str) -> str:
    """A cell of this column, or a filter of this name, as people read it."""
    return text.replace("_", " ") if key in _WORDS else text


def _currencies(rows: Sequence[Row]) -> set[str]:
    return {cell.currency for row in rows for cell in row.cells if isinstance(cell, Money)}


def _address_of(opens: Mapping[str, str], listing: str) -> str:
    """Where this is listed; one payment and one payout have pages that tell more than a list."""
    alone = next(iter(opens)) if len(opens) == 1 else ""
    if alone in _PAGES:
        return f"{_PAGES[alone]}{quote(opens[alone], safe='')}"
    return f"/finance/{listing}?{urlencode(opens)}"
