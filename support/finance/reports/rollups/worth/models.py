"""What supporters' memberships are worth and when that changes, its sums by month, and whose changed since."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from support.db import Base


class WorthTurn(Base):
    """A `rules.Turn`, of the past or of what is known of the future. `supporter` as in `spans.supporter_key`."""

    __tablename__ = "worth_turns"

    supporter: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    currency: Mapped[str] = mapped_column(sa.String(3), primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True, index=True)
    start_minor: Mapped[int]
    moved_minor: Mapped[int]
    was_worth: Mapped[bool]
    came: Mapped[int]


class WorthMovement(Base):
    """How many supporters' turns in the month that ends at `at` make which movement, and of how much together.

    `movement` is one of `rules.MOVEMENTS`, JOINED or LEFT. Turns of that very moment are among them, those of the
    moment at which the month begins are not.
    """

    __tablename__ = "worth_movements"

    at: Mapped[datetime] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(sa.String(3), primary_key=True)
    movement: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    moved_minor: Mapped[int]
    supporters: Mapped[int]


class WorthDue(Base):
    """A supporter with a paid period that begins in the future: from then on what was summed does not hold."""

    __tablename__ = "worth_due"

    supporter: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    due_at: Mapped[datetime] = mapped_column(index=True)


class ChangedMembership(Base):
    """A mark, a row per change, so that no writer waits: something of this supporter, or of this membership's, changed.

    Whose the membership is, is found when the mark is read: what another writes at the same moment is not seen before
    it commits.
    """

    __tablename__ = "changed_memberships"

    id: Mapped[int] = mapped_column(primary_key=True)
    supporter: Mapped[int | None]
    membership_id: Mapped[int | None]


class WorthTerms(Base):
    """Under which time zone and days of grace it was summed, and when last: one row, none before the worker began."""

    __tablename__ = "worth_terms"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    zone: Mapped[str] = mapped_column(sa.String(60))
    grace_seconds: Mapped[int]
    summed_at: Mapped[datetime]
