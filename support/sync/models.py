"""How new our copy of each Stripe object is."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from support.db import Base

# PostgreSQL hands numbers out without a lock; SQLite, whose writers come one at a time, counts in a row.
sequence = sa.Sequence("sync_numbers", metadata=Base.metadata)


class SyncedObject(Base):
    """`applied_number`: the number that the counter stood at when this object was last applied."""

    __tablename__ = "synced_objects"

    object_key: Mapped[str] = mapped_column(sa.String(300), primary_key=True)
    applied_number: Mapped[int]


class SyncCounter(Base):
    """The counter on SQLite: one row."""

    __tablename__ = "sync_counter"
    __table_args__ = (sa.CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
