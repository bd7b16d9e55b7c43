"""A smooth line that never goes beyond the values it joins: with money, a bump that nobody earned would be a lie."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Point = tuple[float, float]


def path_through(points: Sequence[Point]) -> str:
    """An SVG path through points from left to right: monotone cubic pieces (Fritsch and Carlson)."""
    x, y = points[0]
    begin = f"M{x:.1f},{y:.1f}"
    if len(points) == 1:
        return begin
    slopes = _slopes(points)
    return begin + "".join(
        _piece(points[at], points[at + 1], slopes[at], slopes[at + 1]) for at in range(len(points) - 1)
    )


def _piece(start: Point, end: Point, leaves: float, arrives: float) -> str:
    third = (end[0] - start[0]) / 3
    first = f"{start[0] + third:.1f},{start[1] + leaves * third:.1f}"
    second = f"{end[0] - third:.1f},{end[1] - arrives * third:.1f}"
    return f"C{first} {second} {end[0]:.1f},{end[1]:.1f}"


def _slopes(points: Sequence[Point]) -> list[float]:
    """How steep the line is at each point: level at a turn, else the harmonic mean of both sides."""
    sides = [(after[1] - before[1]) / (after[0] - before[0]) for before, after in pairwise(points)]
    between = [0.0 if left * right <= 0 else 2 * left * right / (left + right) for left, right in pairwise(sides)]
    return [sides[0], *between, sides[-1]]
