"""A figure: ours, what it is held against, their ratio, the goal."""

from __future__ import annotations

import statistics
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Figure:
    """`value` is compared with `goal`: at least it, or with `is_most` at most it. The rest is shown beside it."""

    name: str
    ours: str
    against: str
    value: float
    unit: str
    goal: float
    is_most: bool = False
    spread: float = 0

    @property
    def is_reached(self) -> bool:
        """Whether the goal is reached."""
        return self.value <= self.goal if self.is_most else self.value >= self.goal


def median(values: Sequence[float]) -> float:
    """The middle one; 0 of none."""
    return statistics.median(values) if values else 0


def spread(values: Sequence[float]) -> float:
    """How far the values lie apart, as a share of the middle one."""
    middle = median(values)
    return (max(values) - min(values)) / middle if middle else 0


def say(text: str) -> None:
    """Print a line now."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def table(figures: Sequence[Figure]) -> str:
    """All figures, one a line."""
    rows = [("figure", "ours", "against", "found", "goal", "", "spread"), *map(_cells, figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def _cells(figure: Figure) -> tuple[str, ...]:
    return (
        figure.name,
        figure.ours,
        figure.against,
        f"{figure.value:.2f}{figure.unit}",
        f"{'<=' if figure.is_most else '>='} {figure.goal:g}{figure.unit}",
        "reached" if figure.is_reached else "MISSED",
        f"{figure.spread:.0%}" if figure.spread else "",
    )
