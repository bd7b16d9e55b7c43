"""How one cell is written into a file. Every text on its way into a CSV file goes through `guarded`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING, Any

from support.finance.reports.shape import Column, Row
from support.money import Money

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date, datetime
    from decimal import Decimal

    from support.finance.reports.shape import Cell, CellKind, Table

# With one of these first, spreadsheets take a text for a formula; some trim it before they look.
TRIGGERS = "=+-@\t\r\n＝＋－＠"
WHITE_SPACE = "".join(char for code in range(0x3001) if (char := chr(code)).isspace()) + "\u200b\ufeff"


def guarded(text: str) -> str:
    """`text` as no spreadsheet takes it for a formula: with an apostrophe before it, where it might be taken for one.

    `tables_in_sql` says the same in SQL.
    """
    firsts = text[:1] + text.lstrip(WHITE_SPACE)[:1]
    return f"'{text}" if any(first in TRIGGERS for first in firsts) else text


def quoted(text: str) -> str:
    """A text cell of a CSV file."""
    return '"' + guarded(text).replace('"', '""') + '"'


def moment(at: datetime) -> str:
    """RFC 3339, UTC, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(on: date) -> str:
    """`2026-01-31`"""
    return on.isoformat()


def month(first_day: date) -> str:
    """`2026-01`"""
    return f"{first_day:%Y-%m}"


def decimal(number: Decimal) -> str:
    """With all of its decimals, and never with an exponent."""
    return f"{number:f}"


def amount(money: Money) -> str:
    """Major units, with the currency's own decimals."""
    return decimal(money.major)


_CSV: dict[CellKind, Callable[[Any], str]] = {
    "text": quoted,
    "day": day,
    "month": month,
    "moment": moment,
    "count": str,
    "money": amount,
    "share": decimal,
}


def csv_cell(cell: Cell, kind: CellKind) -> str:
    """The cell of a CSV file: texts quoted, the rest bare; None is the empty text, or nothing."""
    if cell is None:
        return '""' if kind == "text" else ""
    return _CSV[kind](cell)


def with_currencies(table: Table) -> Table:
    """The table with the currency of its amounts in columns of their own, of which it may have some already.

    A money column `x` takes `x_currency`, else `currency`; where there is neither, `x_currency` is put in after it.
    """
    names = {column.key for column in table.columns}
    columns = []
    for column in table.columns:
        columns.append(column)
        if column.kind == "money" and not {"currency", f"{column.key}_currency"} & names:
            columns.append(Column(f"{column.key}_currency", f"{column.title}: currency"))
    keys = [column.key for column in table.columns]
    wanted = [column.key for column in columns]

    def spread(rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            cells = _told(dict(zip(keys, row.cells, strict=True)))
            yield replace(row, cells=tuple(cells.get(key) for key in wanted))

    return replace(table, columns=tuple(columns), rows=spread(table.rows), totals=tuple(spread(table.totals)))


def _told(cells: dict[str, Cell]) -> dict[str, Cell]:
    """Every amount's currency beside it. Raises ValueError where the row says another one."""
    for key, money in list(cells.items()):
        if isinstance(money, Money):
            beside = f"{key}_currency" if f"{key}_currency" in cells or "currency" not in cells else "currency"
            if (cells.get(beside) or money.currency) != money.currency:
                raise ValueError(f"{key} is in {money.currency}, its row says {cells[beside]}")
            cells[beside] = money.currency
    return cells
