"""How new our copy of each Stripe object is."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from support.db import Base

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
