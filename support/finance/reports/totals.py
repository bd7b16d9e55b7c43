"""What the rows of a table add up to: a row for each currency, or one where a table has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.finance.reports.shape import Row
from support.money import Money

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from support.finance.reports.shape import Cell, Column, Opening

    Fold = Callable[[Sequence[Cell]], Cell]

_ADDED = ("count", "money")


def first(cells: Sequence[Cell]) -> Cell:
    """What there was at the begin of the period, of rows in the order of time."""
    return cells[0]


def last(cells: Sequence[Cell]) -> Cell:
    """What there was at its end."""
    return cells[-1]


def _empty(_cells: Sequence[Cell]) -> Cell:
    """Means, and whatever else adds up to nothing."""
    return None


def added_up(
    columns: Sequence[Column],
    rows: Sequence[Row],
    folds: Mapping[str, Fold] | None = None,
    opens: Callable[[str], Mapping[str, str]] | None = None,
    others: Callable[[str], Mapping[str, Opening]] | None = None,
) -> tuple[Row, ...]:
    """Counts and amounts are added, all else is empty, unless `folds` says of a column, by its key, what becomes of it.

    `opens`: under which filters a currency's row opens the listing that the rows open; `others`: as a row has them.
    """
    own = folds or {}
    how = [own.get(one.key, _sum if one.kind in _ADDED else _empty) for one in columns]
    place = next((at for at, one in enumerate(columns) if one.key == "currency"), None)
    found: dict[str, list[tuple[Cell, ...]]] = {}
    for row in rows:
        found.setdefault("" if place is None else str(row.cells[place]), []).append(row.cells)
    return tuple(
        Row(
            tuple(
                currency if at == place else fold(cells)
                for at, (fold, cells) in enumerate(zip(how, zip(*found[currency], strict=True), strict=True))
            ),
            opens(currency) if opens else {},
            rows[0].opens_in,
            others(currency) if others else None,
        )
        for currency in sorted(found)
    )


def _sum(cells: Sequence[Cell]) -> Cell:
    amounts = [cell for cell in cells if isinstance(cell, Money)]
    if amounts:
        return Money(sum(one.amount_minor for one in amounts), amounts[0].currency)
    counts = [cell for cell in cells if isinstance(cell, int)]
    return sum(counts) if counts else None
