"""What a report looks like, whoever shows it: a page, a file or the terminal."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from support.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# text · a day · the first day of a month · a moment, UTC · how many · Money · a part of one, 0.25 is 25 %
CellKind = Literal["text", "day", "month", "moment", "count", "money", "share"]
Cell = str | int | date | datetime | Decimal | Money | None


@dataclass(frozen=True)
class Column:
    """A column by its name in files (`key`) and on pages (`title`). A money column has one currency per row."""

    key: str
    title: str
    kind: CellKind = "text"


@dataclass(frozen=True)
class Opening:
    """What is under one number: a listing, and its filters as in an address."""

    filters: Mapping[str, str]
    listing: str = "payments"


@dataclass(frozen=True)
class Row:
    """Cells in the order of the columns; None is empty: not known, or of no meaning there.

    `opens`: the filters (as in an address) under which the listing `opens_in` shows what this row is the sum of.
    `others`, by the keys of their columns: numbers that are the sum of something else.
    """

    cells: tuple[Cell, ...]
    opens: Mapping[str, str] = field(default_factory=dict)
    opens_in: str = "payments"
    others: Mapping[str, Opening] | None = None


@dataclass(frozen=True)
class Table:
    """Rows under columns; `rows` can be read once. `totals` has a cell per column: a row per currency, or just one.

    `opened`: the column whose number is what a row opens; without it the first number.
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: Iterable[Row]
    totals: tuple[Row, ...] = ()
    opened: str | None = None

    def __post_init__(self) -> None:
        if self.opened is not None and self.opened not in (column.key for column in self.columns):
            raise ValueError(f"{self.opened} is no column of {self.key}")


@dataclass(frozen=True)
class Chart:
    """A picture of a table: `labels` along the bottom, one series per value. Values are in major units of `currency`.

    A label that is a day stands for its month. `kind`: stacked bars (negative ones below zero) or a line. `is_share`:
    values are parts of one, 0.25 is 25 %.
    """

    key: str
    title: str
    description: str
    kind: Literal["stacked", "line"]
    labels: tuple[date | str, ...]
    series: tuple[tuple[str, tuple[Decimal, ...]], ...]
    currency: str | None = None
    is_share: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(value for _word, values in self.series for value in values)


@dataclass(frozen=True)
class Report:
    """`definition` says in a sentence or two what is counted and when; docs/reports.md says it in full."""

    name: str
    title: str
    definition: str
    tables: tuple[Table, ...]
    charts: tuple[Chart, ...] = ()
