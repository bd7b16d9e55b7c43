"""What came in: payments by month and kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.checkout.models import Checkout
from support.finance.reports.filters import month_of, payments_of
from support.finance.reports.shape import Column, Report, Row, Table
from support.money import Money
from support.payments.models import Payment

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from support.finance.reports.filters import Filters

_COLUMNS = (
    Column("month", "Month", "month"),
    Column("currency", "Currency"),
    Column("kind", "Kind"),
    Column("payments", "Payments", "count"),
    Column("gross", "Gross", "money"),
    Column("tax", "of it tax", "money"),
)


def income(session: Session, filters: Filters) -> Report:
    """Payments received in the period, gross, on the day the charge succeeded; refunds do not shrink it."""
    kind = sa.case((Payment.membership_id.is_(None), "donation"), else_="membership")
    month = month_of(Payment.received_at, filters)
    sums = (
        sa.select(
            month.label("month"),
            Payment.currency,
            kind.label("kind"),
            sa.func.count(),
            sa.func.sum(Payment.amount_minor),
            sa.func.sum(Payment.tax_minor),
        )
        .outerjoin(Checkout, Checkout.id == Payment.checkout_id)
        .where(Payment.received_at >= filters.starts_at, Payment.received_at < filters.ends_at, *payments_of(filters))
        .group_by("month", Payment.currency, "kind")
        .order_by("month", Payment.currency, "kind")
    )
    months = filters.months
    rows = tuple(
        Row(
            (
                months[at].first_day,
                currency,
                word,
                count,
                Money(int(gross), currency),
                Money(int(tax), currency),
            )
        )
        for at, currency, word, count, gross, tax in session.execute(sums)
    )
    table = Table("income", "Income by month and kind", _COLUMNS, rows)
    return Report("income", "Income", "Payments received, gross, on the day the charge succeeded.", (table,))
