"""Write the books."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.finance.models import LedgerEntry, Payout, PayoutItem
from support.sql import insert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from support.gateway.snapshots import EntrySnapshot, PayoutSnapshot


def record_entries(session: Session, entries: Sequence[EntrySnapshot]) -> list[str]:
    """Put balance transactions into the ledger; one that is there stays as it is. Returns those that were not."""
    if not entries:
        return []
    rows = [
        {
            "stripe_balance_transaction_id": entry.id,
            "type": entry.type,
            "category": entry.category,
            "source_id": entry.source_id,
            "amount_minor": entry.amount_minor,
            "fee_minor": entry.fee_minor,
            "net_minor": entry.net_minor,
            "currency": entry.currency,
            "created_at": entry.created_at,
            "available_at": entry.available_at,
        }
        for entry in entries
    ]
    written = insert(session, LedgerEntry).on_conflict_do_nothing(index_elements=["stripe_balance_transaction_id"])
    return list(session.scalars(written.returning(LedgerEntry.stripe_balance_transaction_id), rows))


def apply_payout(session: Session, seen: PayoutSnapshot) -> None:
    """A payout as it is now, and what it consists of once Stripe has said so."""
    payout = session.scalar(sa.select(Payout).where(Payout.stripe_payout_id == seen.id))
    payout = payout or Payout(stripe_payout_id=seen.id)
    payout.status = seen.status
    payout.amount_minor = seen.amount.amount_minor
    payout.currency = seen.amount.currency
    payout.is_automatic = seen.is_automatic
    payout.reconciliation = seen.reconciliation
    payout.created_at = seen.created_at
    payout.arrives_at = seen.arrives_at
    session.add(payout)
    session.flush()
    if seen.entries:
        record_entries(session, seen.entries)
        _assign(session, payout.id, [entry.id for entry in seen.entries])


def _assign(session: Session, payout_id: int, stripe_ids: Sequence[str]) -> None:
    for start in range(0, len(stripe_ids), 500):
        some = stripe_ids[start : start + 500]
        entries = session.scalars(
            sa.select(LedgerEntry.id).where(LedgerEntry.stripe_balance_transaction_id.in_(some))
        ).all()
        assigned = insert(session, PayoutItem)
        assigned = assigned.on_conflict_do_update(
            index_elements=["entry_id"], set_={"payout_id": assigned.excluded.payout_id}
        )
        session.execute(assigned, [{"entry_id": entry, "payout_id": payout_id} for entry in entries])
