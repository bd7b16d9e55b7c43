"""A report as JSON, for programs. Money is {"amount": "12.50", "amount_minor": 1250, "currency": "EUR"}."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from support.finance.exports import cells

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from support.finance.exports.shape import About
    from support.finance.reports.shape import Cell, CellKind, Column, Report, Row, Table
    from support.money import Money


def _money(money: Money) -> dict[str, str | int]:
    return {"amount": cells.amount(money), "amount_minor": money.amount_minor, "currency": money.currency}


_JSON: dict[CellKind, Callable[[Any], object]] = {
    "text": str,
    "day": cells.day,
    "month": cells.month,
    "moment": cells.moment,
    "count": int,
    "money": _money,
    "share": lambda share: orjson.Fragment(cells.decimal(share)),  # a number with all its decimals
}


def report_json(report: Report, about: About) -> Iterator[bytes]:
    """One object, row by row."""
    head = {
        "name": report.name,
        "title": report.title,
        "definition": report.definition,
        "filters": about.filters,
        "made_at": cells.moment(about.made_at),
    }
    yield orjson.dumps(head)[:-1] + b',"tables":['
    for at, table in enumerate(report.tables):
        yield b"," if at else b""
        yield from _table(table)
    yield b"]}\n"


def _table(table: Table) -> Iterator[bytes]:
    columns = [{"key": column.key, "title": column.title, "kind": column.kind} for column in table.columns]
    yield orjson.dumps({"key": table.key, "title": table.title, "columns": columns})[:-1] + b',"rows":['
    yield from _rows(table.columns, table.rows)
    yield b'],"totals":['
    yield from _rows(table.columns, table.totals)
    yield b"]}"


def _rows(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    before = b"\n"
    for row in rows:
        named = zip(columns, row.cells, strict=True)
        yield before + orjson.dumps({column.key: _cell(cell, column.kind) for column, cell in named})
        before = b",\n"


def _cell(cell: Cell, kind: CellKind) -> object:
    return None if cell is None else _JSON[kind](cell)
