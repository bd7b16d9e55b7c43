"""The periods that are asked for most. The fiscal year is the calendar year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Period:
    """Whole days, both included."""

    name: str
    first_day: date
    last_day: date


def usual_periods(today: date) -> tuple[Period, ...]:
    """Periods around `today`, in the order in which they are offered."""
    month = today.replace(day=1)
    quarter = month.replace(month=(month.month - 1) // 3 * 3 + 1)
    year = month.replace(month=1)
    return (
        _months("This month", month, 1),
        _months("Last month", later(month, -1), 1),
        _months("This quarter", quarter, 3),
        _months("Last quarter", later(quarter, -3), 3),
        _months("This year", year, 12),
        _months("Last year", later(year, -12), 12),
        _months("12 months", later(month, -11), 12),
    )


def later(first_day: date, months: int) -> date:
    """The first day of the month that comes so many months later, or, below zero, earlier."""
    years, month = divmod(first_day.month - 1 + months, 12)
    return date(first_day.year + years, month + 1, 1)


def _months(name: str, first_day: date, months: int) -> Period:
    return Period(name, first_day, later(first_day, months) - timedelta(days=1))
