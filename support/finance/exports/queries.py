"""Read what the journal is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from support.finance.exports.double_entry import Movement
from support.finance.exports.listings import ENTRIES_AND_PAYMENTS, ROWS
from support.finance.listings import ledger
from support.finance.listings.forms import asked_of
from support.finance.models import LedgerEntry
from support.payments.models import Dispute, Payment, Refund

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from support.finance.reports.filters import Filters

_BEHIND = sa.case(
    (Dispute.id.is_not(None), "dispute"),
    (Refund.id.is_not(None), "refund"),
    (Payment.membership_id.is_not(None), "membership"),
    (Payment.id.is_not(None), "donation"),
)


def movements(session: Session, filters: Filters) -> Iterator[Movement]:
    """The ledger of the period, the oldest first, each entry with what is behind it."""
    found = (
        sa.select(
            LedgerEntry.id,
            LedgerEntry.stripe_balance_transaction_id,
            LedgerEntry.source_id,
            LedgerEntry.type,
            LedgerEntry.amount_minor,
            LedgerEntry.fee_minor,
            LedgerEntry.currency,
            LedgerEntry.created_at,
            _BEHIND,
            Payment.amount_minor,
            Payment.tax_minor,
            _moved_before(),
            Payment.id,
        )
        .select_from(ENTRIES_AND_PAYMENTS)
        .where(*ledger.conditions(session, asked_of(filters, ())))
        .order_by(LedgerEntry.created_at, LedgerEntry.id)
    )
    for one in session.execute(found.execution_options(yield_per=ROWS)):
        yield Movement(*one)


def _moved_before() -> sa.ColumnElement[int | None]:
    """What earlier charges and refunds of a payment with tax made together; asked of no other payment."""
    earlier = aliased(LedgerEntry)
    refunds = sa.select(Refund.stripe_refund_id).where(Refund.payment_id == Payment.id).correlate(Payment)
    total = sa.select(sa.func.coalesce(sa.func.sum(earlier.amount_minor), 0)).where(
        (earlier.source_id == Payment.stripe_charge_id) | earlier.source_id.in_(refunds),
        earlier.currency == LedgerEntry.currency,
        sa.tuple_(earlier.created_at, earlier.id) < sa.tuple_(LedgerEntry.created_at, LedgerEntry.id),
    )
    is_taxed = (Payment.tax_minor > 0) & Dispute.id.is_(None)
    return sa.case((is_taxed, total.correlate(Payment, LedgerEntry).scalar_subquery()))
