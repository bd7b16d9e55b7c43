"""What rows add up to, by a letter for each column, as docs/reports.md says it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from support.money import Money

if TYPE_CHECKING:
    from collections.abc import Sequence

# c: the currency · +: added · 1 and 9: the first and the last month's · -: nothing
# /: the column before it, divided by the one before that
LETTERS = {
    "articles": "-c+++++++",
    "campaigns": "-c++/+++++++",
    "failures": "--c++",
    "refunds": "--c++",
    "payouts": "---c+-+",
    "mrr": "-c1+++++9",
    "deferred": "-c1+++9",
    "schedule": "-c+",
    "members": "-9+++",
}


def with_totals(key: str, rows: Sequence[tuple[Any, ...]]) -> dict[str, list[tuple[Any, ...]]]:
    """The table and, under `…/totals`, a row for each currency; the first column is the month, if there is one."""
    letters = LETTERS[key]
    place = letters.find("c")
    currencies = sorted({row[place] for row in rows}) if place >= 0 else [None] * bool(rows)
    totals = [
        _total_row(letters, [row for row in rows if place < 0 or row[place] == currency]) for currency in currencies
    ]
    return {key: list(rows), **({f"{key}/totals": totals} if totals else {})}


def _total_row(letters: str, rows: list[tuple[Any, ...]]) -> tuple[Any, ...]:
    cells: list[Any] = []
    for letter, column in zip(letters, zip(*rows, strict=True), strict=True):
        is_share = letter == "/" and cells[-2]
        cells.append(Decimal(cells[-1]) / cells[-2] if is_share else _total(letter, list(column)))
    return tuple(cells)


def _total(letter: str, cells: list[Any]) -> Any:
    if letter in "c19":
        return cells[-1 if letter == "9" else 0]
    told = [cell for cell in cells if cell is not None]
    if letter in "-/" or not told:
        return None
    if isinstance(told[0], Money):
        return Money(sum(one.amount_minor for one in told), told[0].currency)
    return sum(told)
