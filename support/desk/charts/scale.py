"""From values to places: round ticks that cover every value, zero among them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
_TICKS = 5


@dataclass(frozen=True)
class Scale:
    """Ticks from below the least value to above the greatest, drawn between two heights (the upper is smaller)."""

    ticks: tuple[Decimal, ...]
    top: float
    bottom: float

    def y(self, value: Decimal) -> float:
        """Where a value is, counted downward as pictures are."""
        least, greatest = self.ticks[0], self.ticks[-1]
        return self.top + (self.bottom - self.top) * float((greatest - value) / (greatest - least))


def round_ticks(values: Iterable[Decimal], smallest_step: Decimal) -> tuple[Decimal, ...]:
    """About five round numbers that cover `values` and zero; no step is smaller than `smallest_step`."""
    seen = [Decimal(0), *values]
    least, greatest = min(seen), max(seen)
    if least == greatest:
        return Decimal(0), Decimal(1)
    step = _step((greatest - least) / _TICKS, smallest_step)
    return tuple(step * at for at in range(math.floor(least / step), math.ceil(greatest / step) + 1))


def _step(raw: Decimal, smallest_step: Decimal) -> Decimal:
    if raw <= smallest_step:
        return smallest_step
    magnitude = Decimal(1).scaleb(raw.adjusted())
    # 2.5 members or 2.5 cents would be no step.
    steps = (step * magnitude for step in _STEPS)
    return next(step for step in steps if step >= raw and step % smallest_step == 0)
