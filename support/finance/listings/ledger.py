"""The ledger one entry at a time, each with the payment behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.finance.listings.forms import ANYTHING
from support.finance.listings.paging import Order
from support.finance.models import LedgerEntry, Payout, PayoutItem
from support.finance.reports.filters import payments_of
from support.finance.reports.shape import Column, Row
from support.finance.reports.sums import PAYMENT_BEHIND, with_sources
from support.finance.rules import PAYOUT_TYPES
from support.money import Money
from support.payments.models import Dispute, Payment, Refund

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.finance.listings.forms import Asked
    from support.finance.reports.sums import Rows

TAKES = {"payment": ANYTHING, "payout": ANYTHING, "category": ANYTHING, "whose": ("ours", "other")}
ORDER = Order(LedgerEntry.created_at, LedgerEntry.id)
COLUMNS = (
    Column("created_at", "Entered", "moment"),
    Column("entry", "Stripe's balance transaction"),
    Column("type", "Type"),
    Column("category", "Category"),
    Column("source", "Source"),
    Column("currency", "Settlement currency"),
    Column("amount", "Amount", "money"),
    Column("fee", "Fee", "money"),
    Column("net", "Net", "money"),
    Column("payout", "Payout"),
    Column("payment", "Payment"),
    Column("supporter", "Supporter"),
)


def select(_session: Session, asked: Asked) -> Rows:
    """Entries of the period, or of one payment or payout whenever they were made."""
    shown: Rows = sa.select(
        LedgerEntry.created_at, LedgerEntry.id, LedgerEntry, Payout.stripe_payout_id, Payment.id, Payment.supporter_id
    )
    return (
        with_sources(shown)
        .outerjoin(Payment, Payment.id == PAYMENT_BEHIND)
        .outerjoin(PayoutItem, PayoutItem.entry_id == LedgerEntry.id)
        .outerjoin(Payout, Payout.id == PayoutItem.payout_id)
        .where(*conditions(_session, asked))
    )


def conditions(_session: Session, asked: Asked) -> list[sa.ColumnElement[bool]]:
    """Which entries those are. The currency is the settlement's; other filters of reports are about the payment."""
    return [*payments_of(asked.filters.without_currency), *_own(asked)]


def _own(asked: Asked) -> list[sa.ColumnElement[bool]]:
    own = asked.own
    found: list[sa.ColumnElement[bool]] = []
    if asked.filters.currency is not None:
        found.append(LedgerEntry.currency == asked.filters.currency)
    if "payment" in own:
        found.append(LedgerEntry.source_id.in_(_sources(int(own["payment"]))))
    elif "payout" in own:
        its = sa.select(PayoutItem.entry_id).join(Payout, Payout.id == PayoutItem.payout_id)
        found.append(LedgerEntry.id.in_(its.where(Payout.stripe_payout_id == own["payout"])))
    else:
        found.append(asked.span.has(LedgerEntry.created_at))
    if "category" in own:
        found.append(LedgerEntry.category == own["category"])
    if own.get("whose") == "ours":
        found.append(Payment.id.is_not(None))
    elif "whose" in own:
        found += [Payment.id.is_(None), LedgerEntry.type.not_in(PAYOUT_TYPES)]
    return found


def _sources(payment_id: int) -> sa.CompoundSelect[str | None]:
    """The charge of a payment, its refunds, its disputes."""
    return sa.union_all(
        sa.select(Payment.stripe_charge_id).where(Payment.id == payment_id, Payment.stripe_charge_id.is_not(None)),
        sa.select(Refund.stripe_refund_id).where(Refund.payment_id == payment_id),
        sa.select(Dispute.stripe_dispute_id).where(Dispute.payment_id == payment_id),
    )


def row(
    _asked: Asked,
    created_at: datetime,
    _id: int,
    entry: LedgerEntry,
    *more: str | int | None,
) -> Row:
    """One entry; it opens its payment, where it has one of ours."""
    payout, payment_id, supporter_id = more
    cells = (
        created_at,
        entry.stripe_balance_transaction_id,
        entry.type,
        entry.category,
        entry.source_id,
        entry.currency,
        *(Money(minor, entry.currency) for minor in (entry.amount_minor, entry.fee_minor, entry.net_minor)),
        payout,
        str(payment_id) if payment_id is not None else None,
        str(supporter_id) if supporter_id is not None else None,
    )
    return Row(cells, {"payment": str(payment_id)} if payment_id is not None else {})
