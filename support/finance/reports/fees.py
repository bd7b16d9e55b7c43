"""What it costs to take money: the ledger by month and category."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.finance.models import LedgerEntry
from support.finance.reports import sums
from support.finance.reports.shape import Column, Report, Row, Table
from support.money import Money

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from support.finance.reports.filters import Filters

_COLUMNS = (
    Column("month", "Month", "month"),
    Column("currency", "Settlement currency"),
    Column("whose", "Whose"),
    Column("category", "Category"),
    Column("entries", "Entries", "count"),
    Column("gross", "Gross", "money"),
    Column("fee", "Fee", "money"),
    Column("share", "Fee of gross", "share"),
    Column("net", "Net", "money"),
)
# Ours: of our payments, refunds and disputes. Other: what else moved the account's balance.
WHOSE = ("ours", "other")


def fees(session: Session, filters: Filters) -> Report:
    """Ledger entries by the month in which Stripe made them, in the currency in which they are settled."""
    whose = sa.case((sums.PAYMENT_BEHIND.is_not(None), 0), else_=1).label("whose")
    summed = sums.entries(filters, filters.span, whose, LedgerEntry.category)
    rows, totals = [], dict[tuple[str, int], tuple[int, ...]]()
    for part, currency, owner, category, *figures in sorted(tuple(row) for row in session.execute(summed)):
        opens = filters.without_currency.opens_month(part, currency=currency, category=category, whose=WHOSE[owner])
        names = (filters.months[part].first_day, currency, WHOSE[owner], category)
        rows.append(Row((*names, *_cells(figures, currency)), opens, "ledger"))
        before = totals.get((currency, owner), (0, 0, 0, 0))
        totals[currency, owner] = tuple(a + int(b) for a, b in zip(before, figures, strict=True))
    total_rows = tuple(
        Row(
            (None, currency, WHOSE[owner], None, *_cells(totals[currency, owner], currency)),
            filters.without_currency.opens(currency=currency, whose=WHOSE[owner]),
            "ledger",
        )
        for currency, owner in sorted(totals)
    )
    table = Table("fees", "Fees by month and category", _COLUMNS, tuple(rows), total_rows)
    definition = (
        "What Stripe kept of each movement of its balance, in the month in which Stripe entered it, in the currency in "
        "which it is settled; payouts are no part of it."
    )
    return Report("fees", "Fees", definition, (table,))


def _cells(figures: list[int] | tuple[int, ...], currency: str) -> tuple[int | Money | Decimal | None, ...]:
    count, gross, fee, net = (int(figure) for figure in figures)
    share = Decimal(fee) / gross if gross else None
    return (count, Money(gross, currency), Money(fee, currency), share, Money(net, currency))
