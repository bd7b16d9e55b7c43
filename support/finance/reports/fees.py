"""What it costs to take money: the ledger by month and category."""

from __future__ import annotations

from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING

from support.finance.models import LedgerEntry
from support.finance.reports import sums
from support.finance.reports.rollups.days.queries import rolled_entries
from support.finance.reports.shape import Column, Report, Row, Table
from support.money import Money

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from support.finance.reports.filters import Filters
    from support.finance.reports.parts import Span

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
_NOTHING = (0, 0, 0, 0)
# (part of the span, currency, place in WHOSE, category)
Key = tuple[int, str, int, str]


def fees(session: Session, filters: Filters) -> Report:
    """Ledger entries by the month in which Stripe made them, in the currency in which they are settled."""
    rows, totals = [], dict[tuple[str, int], tuple[int, ...]]()
    for (part, currency, owner, category), figures in sorted(sums_of_entries(session, filters, filters.span).items()):
        opens = filters.without_currency.opens_month(part, currency=currency, category=category, whose=WHOSE[owner])
        names = (filters.months[part].first_day, currency, WHOSE[owner], category)
        rows.append(Row((*names, *_cells(figures, currency)), opens, "ledger"))
        before = totals.get((currency, owner), _NOTHING)
        totals[currency, owner] = sums.added(before, figures)
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


def sums_of_entries(session: Session, filters: Filters, span: Span) -> dict[Key, tuple[int, ...]]:
    """How many entries, their amount, fee and net, by Key: from rollups, as far as they hold."""
    found: dict[Key, tuple[int, ...]] = {}
    rolled = rolled_entries(session, filters, span)
    by = (sums.WHOSE, LedgerEntry.category)
    read = (session.execute(sums.entries(session, filters, piece, *by)) for piece in rolled.rest)
    for part, currency, whose, category, *figures in chain(rolled.rows, *read):
        key = (part, currency, whose, category)
        found[key] = sums.added(found.get(key, _NOTHING), tuple(map(int, figures)))
    return found


def _cells(figures: tuple[int, ...], currency: str) -> tuple[int | Money | Decimal | None, ...]:
    count, gross, fee, net = figures
    share = Decimal(fee) / gross if gross else None
    return (count, Money(gross, currency), Money(fee, currency), share, Money(net, currency))
