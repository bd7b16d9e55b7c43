"""The ledger and the payouts."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from support.db import Base
from support.money import Money


class LedgerEntry(Base):
    """One signed movement of Stripe's balance, in the currency that it is settled in; never changed.

    `source_id` is the charge, refund, dispute or payout behind it. Whose it is follows from that: an entry whose source
    is none of ours is foreign, and stays here, or no payout would tie out.
    """

    __tablename__ = "ledger_entries"
    __table_args__ = (
        sa.CheckConstraint("net_minor = amount_minor - fee_minor", name="net"),
        sa.Index("ix_ledger_entries_created_at_id", "created_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    stripe_balance_transaction_id: Mapped[str] = mapped_column(sa.String(255), unique=True)
    type: Mapped[str] = mapped_column(sa.String(60))
    category: Mapped[str] = mapped_column(sa.String(60))
    source_id: Mapped[str | None] = mapped_column(sa.String(255), index=True)
    amount_minor: Mapped[int]
    fee_minor: Mapped[int]
    net_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.String(3))
    created_at: Mapped[datetime]
    available_at: Mapped[datetime]


class Payout(Base):
    """Money on its way to the newsroom's bank, as Stripe says now."""

    __tablename__ = "payouts"

    id: Mapped[int] = mapped_column(primary_key=True)
    stripe_payout_id: Mapped[str] = mapped_column(sa.String(255), unique=True)
    status: Mapped[str] = mapped_column(sa.String(30))
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.String(3))
    is_automatic: Mapped[bool]
    reconciliation: Mapped[str] = mapped_column(sa.String(30))
    created_at: Mapped[datetime] = mapped_column(index=True)
    arrives_at: Mapped[datetime]

    @property
    def amount(self) -> Money:
        """What goes to the bank."""
        return Money(self.amount_minor, self.currency)


class PayoutItem(Base):
    """Which payout an entry belongs to: a row of its own, since entries never change."""

    __tablename__ = "payout_items"

    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("ledger_entries.id"), primary_key=True)
    payout_id: Mapped[int] = mapped_column(sa.ForeignKey("payouts.id"), index=True)
