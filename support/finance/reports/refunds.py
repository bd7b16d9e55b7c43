"""Money that went back, that is contested, and that may soon be."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support import clock
from support.finance.reports.filters import belonging_to_payments, payments_of
from support.finance.reports.shape import Column, Opening, Report, Row, Table
from support.finance.reports.sums import DISPUTED
from support.finance.reports.totals import added_up
from support.money import Money
from support.payments.models import Dispute, FraudWarning, Payment, Refund
from support.payments.queries import refunded_minor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from support.finance.reports.filters import Filters
    from support.finance.reports.sums import Rows

_REFUNDS = (
    Column("status", "Status"),
    Column("reason", "Reason"),
    Column("currency", "Currency"),
    Column("refunds", "Refunds", "count"),
    Column("amount", "Amount", "money"),
)
_RATES = (
    Column("currency", "Currency"),
    Column("disputes", "Disputes", "count"),
    Column("amount", "Amount", "money"),
    Column("undecided", "Undecided", "count"),
    Column("won", "Won", "count"),
    Column("lost", "Lost", "count"),
    Column("rate", "Win rate", "share"),
    Column("inquiries", "Inquiries", "count"),
    Column("withheld", "Withheld now", "money"),
)
_DISPUTES = (
    Column("dispute", "Dispute"),
    Column("opened_at", "Opened", "moment"),
    Column("status", "Status"),
    Column("reason", "Reason"),
    Column("currency", "Currency"),
    Column("amount", "Amount", "money"),
    Column("withheld", "Withheld now", "money"),
    Column("due_at", "Evidence due", "moment"),
    Column("days_left", "Days left", "count"),
)
_WARNINGS = (
    Column("warning", "Warning"),
    Column("at", "Told", "moment"),
    Column("type", "Kind of fraud"),
    Column("currency", "Currency"),
    Column("amount", "Paid", "money"),
    Column("refunded", "Refunded by now", "money"),
)
# Only these wait for us.
_NEEDS_RESPONSE = ("needs_response", "warning_needs_response")
# {a column of _RATES: the word for its disputes in an address}
_HOW_IT_ENDED = {
    "undecided": "undecided",
    "won": "won",
    "lost": "lost",
    "inquiries": "inquiry",
    "withheld": "taken",
}


def refunds(session: Session, filters: Filters) -> Report:
    """Refunds, disputes and early fraud warnings that began in the period, as they stand now."""
    definition = (
        "Refunds by the moment at which they were made and disputes by the moment at which they were opened, with the "
        "status that each has now; an early fraud warning says which payment may soon be disputed."
    )
    made, today = _refunds(session, filters), clock.now().astimezone(filters.zone).date()
    added = added_up(_REFUNDS, made, opens=lambda currency: filters.opens(currency=currency, moment="made"))
    return Report(
        "refunds",
        "Refunds and disputes",
        definition,
        (
            Table("refunds", "Refunds by status and reason", _REFUNDS, made, added),
            Table("rates", "Disputes and how they ended", _RATES, _rates(session, filters)),
            Table("disputes", "Disputes", _DISPUTES, _disputes(session, filters, today)),
            Table("warnings", "Early fraud warnings", _WARNINGS, _warnings(session, filters)),
        ),
    )


def _refunds(session: Session, filters: Filters) -> tuple[Row, ...]:
    keys = (Refund.status, Refund.reason, Refund.currency)
    made = (
        sa.select(*keys, sa.func.count(), sa.func.sum(Refund.amount_minor))
        .where(filters.span.has(Refund.created_at), *belonging_to_payments(Refund.payment_id, filters))
        .group_by(*keys)
        .order_by(Refund.currency, Refund.status, sa.func.coalesce(Refund.reason, ""))
    )
    return tuple(
        Row(
            (status, reason, currency, count, Money(int(amount), currency)),
            filters.opens(currency=currency, status=status, reason=reason or "none", moment="made"),
            "refunds",
        )
        for status, reason, currency, count, amount in session.execute(made)
    )


def _rates(session: Session, filters: Filters) -> tuple[Row, ...]:
    counted = (DISPUTED["undecided"], Dispute.status == "won", Dispute.status == "lost", DISPUTED["inquiry"])
    opened = (
        sa.select(
            Dispute.currency,
            sa.func.count(),
            sa.func.sum(Dispute.amount_minor),
            *(sa.func.sum(sa.case((condition, 1), else_=0)) for condition in counted),
            sa.func.sum(sa.case((DISPUTED["taken"], Dispute.amount_minor), else_=0)),
        )
        .where(filters.span.has(Dispute.created_at), *belonging_to_payments(Dispute.payment_id, filters))
        .group_by(Dispute.currency)
        .order_by(Dispute.currency)
    )
    return tuple(_rate(filters, *figures) for figures in session.execute(opened))


def _rate(filters: Filters, currency: str, count: int, amount: int, *figures: int) -> Row:
    undecided, won, lost, inquiries, withheld = map(int, figures)
    rate = Decimal(won) / (won + lost) if won + lost else None
    amounts = (Money(int(amount), currency), Money(withheld, currency))
    cells = (currency, count, amounts[0], undecided, won, lost, rate, inquiries, amounts[1])
    others = {key: Opening(filters.opens(currency=currency, dispute=word)) for key, word in _HOW_IT_ENDED.items()}
    return Row(cells, filters.opens(currency=currency, dispute="any"), others=others)


def _disputes(session: Session, filters: Filters, today: date) -> Iterator[Row]:
    shown = (
        Dispute.payment_id,
        Dispute.is_withheld,
        Dispute.amount_minor,
        Dispute.stripe_dispute_id,
        Dispute.created_at,
        Dispute.status,
        Dispute.reason,
        Dispute.currency,
        Dispute.evidence_due_at,
    )
    opened: Rows = (
        sa.select(*shown)
        .where(filters.span.has(Dispute.created_at), *belonging_to_payments(Dispute.payment_id, filters))
        .order_by(Dispute.created_at.desc(), Dispute.id.desc())
    )
    for payment_id, is_withheld, amount, *names, due_at in session.execute(opened.execution_options(yield_per=1000)):
        _id, _opened_at, status, _reason, currency = names
        amounts = (Money(amount, currency), Money(amount if is_withheld else 0, currency))
        left = _days_left(due_at, filters, today) if status in _NEEDS_RESPONSE else None
        yield Row((*names, *amounts, due_at, left), {"payment": str(payment_id)})


def _days_left(due_at: datetime | None, filters: Filters, today: date) -> int | None:
    """Midnights of the newsroom's until the evidence is due; negative when it is too late."""
    return (due_at.astimezone(filters.zone).date() - today).days if due_at is not None else None


def _warnings(session: Session, filters: Filters) -> Iterator[Row]:
    shown = (FraudWarning.stripe_warning_id, FraudWarning.created_at, FraudWarning.fraud_type)
    told: Rows = (
        sa.select(Payment.id, *shown, Payment.currency, Payment.amount_minor, refunded_minor())
        .join_from(FraudWarning, Payment, Payment.id == FraudWarning.payment_id)
        .where(filters.span.has(FraudWarning.created_at), *payments_of(filters))
        .order_by(FraudWarning.created_at.desc(), FraudWarning.stripe_warning_id)
    )
    found = session.execute(told.execution_options(yield_per=1000))
    for payment_id, *names, currency, paid, refunded in found:
        amounts = (Money(int(paid), currency), Money(int(refunded), currency))
        yield Row((*names, currency, *amounts), {"payment": str(payment_id)})
