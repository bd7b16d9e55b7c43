"""Fiscal years, and what payments of several currencies add up to."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from support.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class FiscalYear:
    """Twelve months that begin with `first_month` (1 to 12) of the year `number`."""

    number: int
    first_month: int

    @property
    def name(self) -> str:
        """`2025`, or `2025/26` where it does not begin in January."""
        return str(self.number) if self.first_month == 1 else f"{self.number}/{(self.number + 1) % 100:02d}"

    @property
    def first_day(self) -> date:
        """The first day of it."""
        return date(self.number, self.first_month, 1)

    @property
    def last_day(self) -> date:
        """The last day of it."""
        year, month = (self.number, 12) if self.first_month == 1 else (self.number + 1, self.first_month - 1)
        return date(year, month, monthrange(year, month)[1])


@dataclass(frozen=True)
class Total:
    """What came in one currency, and what of that went back."""

    paid: Money
    refunded: Money

    @property
    def remaining(self) -> Money:
        """What the newsroom has kept."""
        return Money(self.paid.amount_minor - self.refunded.amount_minor, self.paid.currency)


def fiscal_year_of(day: date, first_month: int) -> FiscalYear:
    """The fiscal year that a day is in, where years begin with `first_month`."""
    return FiscalYear(day.year if day.month >= first_month else day.year - 1, first_month)


def add_up(amounts: Iterable[tuple[Money, Money]]) -> list[Total]:
    """The totals of (received, refunded), one per currency and in the order of their codes."""
    sums: dict[str, tuple[int, int]] = {}
    for received, refunded in amounts:
        paid_minor, refunded_minor = sums.get(received.currency, (0, 0))
        sums[received.currency] = (paid_minor + received.amount_minor, refunded_minor + refunded.amount_minor)
    return [
        Total(Money(paid_minor, currency), Money(refunded_minor, currency))
        for currency, (paid_minor, refunded_minor) in sorted(sums.items())
    ]
