"""Read the books."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from support.finance.models import LedgerEntry, Payout, PayoutItem
from support.finance.rules import PAYOUT_TYPES, TieOut, tie_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session


# Beside LedgerEntry: of a payout's items, its own movement excepted.
_NET = sa.func.sum(LedgerEntry.net_minor).filter(LedgerEntry.type.not_in(PAYOUT_TYPES))


def payouts_with_tie_out(session: Session, *conditions: sa.ColumnElement[bool]) -> Iterator[tuple[Payout, TieOut]]:
    """Every payout (that meets `conditions`), the oldest first, and whether its items make its amount."""
    # Not by a cursor: PostgreSQL plans one for its first rows, by a single process. Payouts are few, a day has one.
    for payout, net in session.execute(_with_items(conditions, _NET)):
        yield payout, _state(payout, net)


def payouts_with_items(session: Session, *conditions: sa.ColumnElement[bool]) -> Iterator[tuple[Payout, TieOut, bool]]:
    """The same, and whether its items are in several currencies."""
    is_mixed = sa.func.min(LedgerEntry.currency) != sa.func.max(LedgerEntry.currency)
    for payout, net, mixed in session.execute(_with_items(conditions, _NET, is_mixed)):
        yield payout, _state(payout, net), bool(mixed)


def _with_items(conditions: tuple[sa.ColumnElement[bool], ...], *sums: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Payouts, each with sums over its items; NULL for one that has none."""
    items = (
        sa.select(PayoutItem.payout_id, *(one.label(f"sum_{at}") for at, one in enumerate(sums)))
        .join(LedgerEntry, LedgerEntry.id == PayoutItem.entry_id)
        .where(*([PayoutItem.payout_id.in_(sa.select(Payout.id).where(*conditions))] if conditions else []))
        .group_by(PayoutItem.payout_id)
        .subquery()
    )
    found = sa.select(Payout, *list(items.c)[1:]).outerjoin(items, items.c.payout_id == Payout.id)
    return found.where(*conditions).order_by(Payout.created_at, Payout.id)


def _state(payout: Payout, net: int | None) -> TieOut:
    return tie_out(payout.amount, int(net or 0), is_automatic=payout.is_automatic, reconciliation=payout.reconciliation)
