"""How figures are written for staff: columns of digits that line up, a real minus, the currency once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent
from flask import current_app

from support.money import Money, exponent

if TYPE_CHECKING:
    from flask import Flask

    from config.settings import Settings
    from support.finance.reports.shape import Cell, CellKind

# The desk speaks English, whatever the browser asks for: its words are those of docs/reports.md.
LOCALE = "en"
# Kinds of cells whose digits are compared down a column.
NUMBERS = ("count", "money", "share")
_DAY, _MONTH, _MOMENT = "y-MM-dd", "MMM\N{NO-BREAK SPACE}y", "y-MM-dd HH:mm"


def init_app(app: Flask) -> None:
    """Give templates the filters with which staff's pages write figures."""
    app.add_template_filter(write_amount, "amount")
    app.add_template_filter(write_money, "digits")
    app.add_template_filter(write_moment, "moment")
    app.add_template_filter(write_stripe_day, "stripe_day")
    app.add_template_filter(write_place, "place")


def write_moment(moment: datetime) -> str:
    """A moment on the newsroom's clock."""
    settings: Settings = current_app.extensions["settings"]
    return write_cell(moment, "moment", settings.time_zone)


def write_stripe_day(moment: datetime) -> str:
    """The day that Stripe gives a payout, in UTC: banks and Stripe's own pages show the same."""
    return write_cell(moment.astimezone(UTC).date(), "day", ZoneInfo("UTC"))


def write_place(number: float) -> str:
    """A place in a picture, to a tenth of a unit."""
    return f"{number:.1f}".removesuffix(".0")


def with_minus(text: str) -> str:
    """A number with the minus that is as wide as a plus; Babel writes a hyphen in most languages."""
    return text.replace("-", "\N{MINUS SIGN}")


def write_value(value: Decimal, currency: str | None, locale: str = LOCALE) -> str:
    """A number with its currency and the decimals of it; without a currency, with as few as it needs."""
    if currency is None:
        return with_minus(format_decimal(value, "#,##0.##", locale=locale))
    return f"{_in_decimals(value, exponent(currency), locale)}\N{NO-BREAK SPACE}{currency}"


def write_share(share: Decimal | int, locale: str = LOCALE) -> str:
    """A part of one, in percent to a tenth."""
    return with_minus(format_percent(share, "#,##0.0%", locale=locale))


def write_money(money: Money) -> str:
    """An amount with all decimals of its currency, which is written beside it or above the column."""
    return _in_decimals(money.major, exponent(money.currency), LOCALE)


def write_amount(money: Money) -> str:
    """An amount with its currency, where it stands alone."""
    return write_value(money.major, money.currency)


def write_cell(cell: Cell, kind: CellKind, zone: ZoneInfo) -> str:
    """A cell of a report as a page shows it; empty if it holds nothing. Moments are shown in `zone`."""
    if cell is None or isinstance(cell, str):
        return cell or ""
    if isinstance(cell, date):
        return _write_day(cell, kind, zone)
    if isinstance(cell, Money):
        return write_money(cell)
    if kind == "share":
        return write_share(cell)
    return write_value(Decimal(cell), None)


def write_month(day: date, locale: str = LOCALE) -> str:
    """The month that a day is in."""
    return format_date(day, _MONTH, locale=locale)


def is_zero(cell: Cell) -> bool:
    """Whether a number is none at all: a column reads more easily with a dash there."""
    return cell.amount_minor == 0 if isinstance(cell, Money) else isinstance(cell, int | Decimal) and cell == 0


def is_negative(cell: Cell) -> bool:
    """Whether a number is below zero."""
    return cell.amount_minor < 0 if isinstance(cell, Money) else isinstance(cell, int | Decimal) and cell < 0


def _in_decimals(value: Decimal, decimals: int, locale: str) -> str:
    pattern = "#,##0." + "0" * decimals if decimals else "#,##0"
    return with_minus(format_decimal(value, pattern, locale=locale))


def _write_day(day: date, kind: CellKind, zone: ZoneInfo) -> str:
    if isinstance(day, datetime):
        return format_datetime(day.astimezone(zone), _MOMENT, locale=LOCALE)
    return write_month(day) if kind == "month" else format_date(day, _DAY, locale=LOCALE)
