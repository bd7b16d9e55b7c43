"""Sums by day, the days that changed since, and whose midnights the days begin at."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from support.db import Base


class RolledPayment(Base):
    """What came in and went back on a day of the newsroom's, which begins at `day_at`, in minor units.

    `kind` is the place in `sums.KINDS`; `campaign_id` and `plan_id` are those of the checkout, 0 without one. Refunds
    and disputes are under the kind, campaign and plan of their payment.
    """

    __tablename__ = "rolled_payments"

    day_at: Mapped[datetime] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(sa.String(3), primary_key=True)
    kind: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(primary_key=True)
    payments: Mapped[int]
    gross_minor: Mapped[int]
    tax_minor: Mapped[int]
    refunds: Mapped[int]
    refunded_minor: Mapped[int]
    withheld_minor: Mapped[int]
    lost_minor: Mapped[int]


class RolledEntry(Base):
    """Ledger entries of a day, other than payouts. `whose`: 0 of our payments, 1 all others."""

    __tablename__ = "rolled_entries"

    day_at: Mapped[datetime] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(sa.String(3), primary_key=True)
    whose: Mapped[int] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    entries: Mapped[int]
    amount_minor: Mapped[int]
    fee_minor: Mapped[int]
    net_minor: Mapped[int]


class ChangedDay(Base):
    """A mark, a row per change, so that no writer waits: something of this UTC day changed since it was summed.

    And of the days of this payment's refunds and disputes, and of this source's ledger entries. Which days those are is
    found when the mark is read: what another writes at the same moment is not seen before it commits.
    """

    __tablename__ = "changed_days"

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date | None] = mapped_column(index=True)
    payment_id: Mapped[int | None]
    source_id: Mapped[str | None] = mapped_column(sa.String(255))


class RolledZone(Base):
    """The time zone whose days were summed: one row, none before the worker has begun."""

    __tablename__ = "rolled_zone"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(60))
