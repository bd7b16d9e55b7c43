"""Refunds one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.finance.listings import payments
from support.finance.listings.forms import ANYTHING
from support.finance.listings.paging import Order
from support.finance.reports.filters import payments_of
from support.finance.reports.shape import Column, Row
from support.payments.models import Payment, Refund
from support.payments.rules import REFUND_STATUSES

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.finance.listings.forms import Asked
    from support.finance.reports.sums import Rows

# moment: the one that the period is about
TAKES = {
    "status": REFUND_STATUSES,
    "reason": ANYTHING,
    "moment": ("made", "succeeded"),
    "kind": payments.TAKES["kind"],
}
ORDER = Order(Refund.created_at, Refund.id)
# What an address calls a refund for which Stripe has no reason.
NO_REASON = "none"
COLUMNS = (
    Column("created_at", "Made", "moment"),
    Column("refund", "Refund"),
    Column("status", "Status"),
    Column("reason", "Reason"),
    Column("currency", "Currency"),
    Column("amount", "Amount", "money"),
    Column("succeeded_at", "Succeeded", "moment"),
    Column("payment", "Payment"),
)


def select(session: Session, asked: Asked) -> Rows:
    """Refunds that were made in the period, or succeeded in it where `moment` says so."""
    return (
        sa.select(Refund.created_at, Refund.id, Refund)
        .join_from(Refund, Payment, Payment.id == Refund.payment_id)
        .where(*conditions(session, asked))
    )


def conditions(_session: Session, asked: Asked) -> list[sa.ColumnElement[bool]]:
    """Which refunds those are."""
    own = asked.own
    succeeded = asked.filters.span.has(Refund.succeeded_at)
    in_period = succeeded if own.get("moment") == "succeeded" else asked.span.has(Refund.created_at)
    found = [in_period, *payments_of(asked.filters)]
    if "status" in own:
        found.append(Refund.status == own["status"])
    if "reason" in own:
        found.append(Refund.reason.is_(None) if own["reason"] == NO_REASON else Refund.reason == own["reason"])
    if "kind" in own:
        found.append(payments.is_kind(own["kind"]))
    return found


def row(_asked: Asked, created_at: datetime, _id: int, refund: Refund) -> Row:
    """One refund; it opens its payment."""
    names = (refund.stripe_refund_id, refund.status, refund.reason, refund.currency)
    cells = (created_at, *names, refund.amount, refund.succeeded_at, str(refund.payment_id))
    return Row(cells, {"payment": str(refund.payment_id)})
