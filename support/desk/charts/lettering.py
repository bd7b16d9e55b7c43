"""How wide a text is drawn, before anybody draws it. Widths are of a wide typeface, so that narrower ones fit, too."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from babel.numbers import format_compact_decimal, format_decimal, format_percent

from support.desk.figures import with_minus

if TYPE_CHECKING:
    from decimal import Decimal

SIZE = 12
_COMPACT_FROM = 1_000_000
# In parts of the letters' size.
_NARROW, _USUAL, _DIGIT, _CAPITAL, _BROAD, _SQUARE = 0.37, 0.62, 0.64, 0.78, 0.95, 1.05


def width_of(text: str) -> float:
    """How wide a line of letters of SIZE is, at most."""
    return SIZE * sum(_width_of_letter(letter) for letter in text)


def _width_of_letter(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return _SQUARE
    if letter in "mwMW%@−–—":
        return _BROAD
    if letter in " .,:;'’|!ijlI\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}":
        return _NARROW
    if letter.isupper():
        return _CAPITAL
    return _DIGIT if letter.isdigit() else _USUAL


def cut_to(width: float, text: str) -> str:
    """As much of `text` as is not wider than `width`."""
    if width_of(text) <= width:
        return text
    while width_of(text + "…") > width:
        text = text[:-1]
    return text + "…"


def tick_labels(ticks: tuple[Decimal, ...], decimals: int, locale: str) -> tuple[str, ...]:
    """Ticks as the language writes numbers, all alike: in millions (`1.5M`), with `decimals`, or whole."""
    if max(abs(tick) for tick in ticks) >= _COMPACT_FROM:
        return tuple(with_minus(format_compact_decimal(tick, fraction_digits=2, locale=locale)) for tick in ticks)
    shown = decimals if any(tick != tick.to_integral_value() for tick in ticks) else 0
    pattern = "#,##0." + "0" * shown if shown else "#,##0"
    return tuple(with_minus(format_decimal(tick, pattern, locale=locale)) for tick in ticks)


def share_labels(ticks: tuple[Decimal, ...], locale: str) -> tuple[str, ...]:
    """Ticks as whole percents; there is none between two."""
    return tuple(with_minus(format_percent(tick, locale=locale)) for tick in ticks)


def every_so_often(labels: tuple[str, ...], band: float) -> int:
    """Every how many labels one can be written, `band` apart, without two touching each other."""
    widest = max((width_of(label) for label in labels), default=0.0) + SIZE
    return max(1, -int(-widest // band))
