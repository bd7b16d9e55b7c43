"""Read the books."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.finance.models import LedgerEntry, Payout, PayoutItem
from support.finance.rules import PAYOUT_TYPES, TieOut, tie_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session


def payouts_with_tie_out(session: Session, *conditions: sa.ColumnElement[bool]) -> Iterator[tuple[Payout, TieOut]]:
    """Every payout (that meets `conditions`), the oldest first, and whether its items make its amount."""
    for payout, state, _ in payouts_with_items(session, *conditions):
        yield payout, state


def payouts_with_items(session: Session, *conditions: sa.ColumnElement[bool]) -> Iterator[tuple[Payout, TieOut, bool]]:
    """The same, and whether its items are in several currencies."""
    net = sa.func.coalesce(sa.func.sum(LedgerEntry.net_minor).filter(LedgerEntry.type.not_in(PAYOUT_TYPES)), 0)
    items = (
        sa.select(
            PayoutItem.payout_id,
            net.label("net"),
            (sa.func.min(LedgerEntry.currency) != sa.func.max(LedgerEntry.currency)).label("is_mixed"),
        )
        .join(LedgerEntry, LedgerEntry.id == PayoutItem.entry_id)
        .where(*([PayoutItem.payout_id.in_(sa.select(Payout.id).where(*conditions))] if conditions else []))
        .group_by(PayoutItem.payout_id)
        .subquery()
    )
    found = (
        sa.select(Payout, sa.func.coalesce(items.c.net, 0), sa.func.coalesce(items.c.is_mixed, sa.false()))
        .outerjoin(items, items.c.payout_id == Payout.id)
        .where(*conditions)
        .order_by(Payout.created_at, Payout.id)
    )
    # Not by a cursor: PostgreSQL plans one for its first rows, by a single process. Payouts are few, a day has one.
    for payout, items_net, is_mixed in session.execute(found):
        state = tie_out(
            payout.amount, items_net, is_automatic=payout.is_automatic, reconciliation=payout.reconciliation
        )
        yield payout, state, bool(is_mixed)
