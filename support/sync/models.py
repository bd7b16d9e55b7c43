"""How new our copy of each Stripe object is, and where reconcile found that it was not."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from support.db import Base, one_of

# PostgreSQL hands numbers out without a lock; SQLite, whose writers come one at a time, counts in a row.
sequence = sa.Sequence("sync_numbers", metadata=Base.metadata)


class SyncedObject(Base):
    """`applied_number`: the number that the counter stood at when this object was last applied.

    `fingerprint` is that of the snapshot which was applied: one that is equal now would change nothing.
    """

    __tablename__ = "synced_objects"

    object_key: Mapped[str] = mapped_column(sa.String(300), primary_key=True)
    applied_number: Mapped[int]
    fingerprint: Mapped[str] = mapped_column(sa.String(32), default="", server_default="")


class SyncCounter(Base):
    """The counter on SQLite: one row."""

    __tablename__ = "sync_counter"
    __table_args__ = (sa.CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]


class ImportedProduct(Base):
    """A product of the Stripe account whose buyers are supporters, though no checkout of ours led to them."""

    __tablename__ = "imported_products"

    stripe_product_id: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaigns.id"))


class ReconcileRun(Base):
    """One run of reconcile, begun `by` whom. `since` None: from the account's beginning; `ended_at` None: it broke off,
    or is at it.
    """

    __tablename__ = "reconcile_runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    by: Mapped[str] = mapped_column(sa.String(100))
    since: Mapped[datetime | None]
    started_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]


class Difference(Base):
    """An object of which our tables did not say what Stripe said.

    differed: what Stripe said was applied · waiting: it is ours, and what it belongs to is missing · failed: it could
    not be read or applied, and the log says why.
    """

    __tablename__ = "reconcile_differences"
    __table_args__ = (
        one_of("word", ("differed", "waiting", "failed")),
        sa.Index("ix_reconcile_differences_run_id_id", "run_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("reconcile_runs.id"))
    kind: Mapped[str] = mapped_column(sa.String(40))
    stripe_id: Mapped[str] = mapped_column(sa.String(255))
    word: Mapped[str] = mapped_column(sa.String(10))
