"""Tax that payments contained, and what of it went back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from support.finance.reports import sums
from support.finance.reports.filters import UNKNOWN_COUNTRY
from support.finance.reports.income import what_went_back
from support.finance.reports.shape import Column, Opening, Report, Row, Table
from support.finance.reports.totals import added_up
from support.money import Money
from support.payments.models import Payment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy.orm import Session

    from support.finance.reports.filters import Filters

_COLUMNS = (
    Column("month", "Month", "month"),
    Column("country", "Country"),
    Column("currency", "Currency"),
    Column("payments", "Payments", "count"),
    Column("gross", "Gross", "money"),
    Column("tax", "of it tax", "money"),
    Column("refunded", "Refunded", "money"),
    Column("tax_refunded", "of it tax", "money"),
    Column("tax_left", "Tax less refunds", "money"),
)
_NOTHING = (0, 0, 0, 0, 0)


def taxes(session: Session, filters: Filters) -> Report:
    """Tax contained in payments, by month, country and currency."""
    found: dict[tuple[int, str, str], tuple[int, ...]] = {}
    for part, currency, country, *came in session.execute(
        sums.payments(session, filters, filters.span, Payment.country)
    ):
        _add(found, (part, country or "", currency), (*map(int, came), 0, 0))
    for part, currency, country, _count, *back in session.execute(
        sums.refunds(session, filters, filters.span, Payment.country)
    ):
        _add(found, (part, country or "", currency), (0, 0, 0, *map(int, back)))
    rows = tuple(_row(filters, key, found[key]) for key in sorted(found))
    totals = added_up(
        _COLUMNS,
        rows,
        opens=lambda currency: filters.opens(currency=currency),
        others=lambda currency: _others(partial(filters.opens, currency=currency)),
    )
    table = Table("taxes", "Tax by month and country", _COLUMNS, rows, totals)
    definition = (
        "Tax that payments contained, in the month in which the charge succeeded, by the country of the payment; "
        "a refund gives back its share of the tax in the month in which it succeeded."
    )
    return Report("taxes", "Taxes", definition, (table,))


def _add(found: dict[tuple[int, str, str], tuple[int, ...]], key: tuple[int, str, str], more: tuple[int, ...]) -> None:
    found[key] = sums.added(found.get(key, _NOTHING), more)


def _row(filters: Filters, key: tuple[int, str, str], figures: tuple[int, ...]) -> Row:
    part, country, currency = key
    opens = partial(filters.opens_month, part, currency=currency, country=country or UNKNOWN_COUNTRY)
    cells = (filters.months[part].first_day, country or None, currency, *_cells(figures, currency))
    return Row(cells, opens(), others=_others(opens))


def _others(opens: Callable[..., Mapping[str, str]]) -> dict[str, Opening]:
    refunded = what_went_back(opens)["refunded"]
    return {"refunded": refunded, "tax_refunded": refunded}


def _cells(figures: tuple[int, ...], currency: str) -> tuple[int | Money, ...]:
    count, gross, tax, refunded, back = figures
    return (count, *(Money(amount, currency) for amount in (gross, tax, refunded, back, tax - back)))
