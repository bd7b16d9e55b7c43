"""Stripe's events and who is working on them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from support.db import Base, one_of

# ignored: genuine, but nothing of ours · parked: failed for good; visible, replayable, delaying nobody
STATES = ("waiting", "handled", "ignored", "parked")


class StripeEvent(Base):
    """One event as Stripe sent it, and what became of it.

    `object_key` names the Stripe object that it is about: all waiting events of one object cost one read.
    `due_at` is when it may be worked on next, in wall seconds since 1970. `is_backfilled`: Stripe could not deliver it,
    and we fetched it.
    """

    __tablename__ = "stripe_events"
    __table_args__ = (
        one_of("state", STATES),
        sa.Index(
            "ix_stripe_events_due",
            "due_at",
            postgresql_where=sa.text("state = 'waiting'"),
            sqlite_where=sa.text("state = 'waiting'"),
        ),
        # The inbox in the order in which events came: of all, of a type, and of the states that few are in.
        sa.Index("ix_stripe_events_received_at_stripe_event_id", "received_at", "stripe_event_id"),
        sa.Index("ix_stripe_events_type_received_at_stripe_event_id", "type", "received_at", "stripe_event_id"),
        sa.Index(
            "ix_stripe_events_parked",
            "received_at",
            "stripe_event_id",
            postgresql_where=sa.text("state = 'parked'"),
            sqlite_where=sa.text("state = 'parked'"),
        ),
        sa.Index(
            "ix_stripe_events_ignored",
            "received_at",
            "stripe_event_id",
            postgresql_where=sa.text("state = 'ignored'"),
            sqlite_where=sa.text("state = 'ignored'"),
        ),
        sa.Index(
            "ix_stripe_events_bodies",
            "received_at",
            postgresql_where=sa.text("body IS NOT NULL"),
            sqlite_where=sa.text("body IS NOT NULL"),
        ),
    )

    stripe_event_id: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    type: Mapped[str] = mapped_column(sa.String(255))
    object_key: Mapped[str] = mapped_column(sa.String(300), index=True)
    body: Mapped[bytes | None]
    body_hash: Mapped[str] = mapped_column(sa.String(64))
    state: Mapped[str] = mapped_column(sa.String(10))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[float]
    first_failed_at: Mapped[float | None]
    received_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
    is_backfilled: Mapped[bool] = mapped_column(default=False, server_default=sa.false())


class EventTry(Base):
    """One try to handle one event: only added, with what the try changed, or alone if that was undone.

    `outcome` is the state that it left the event in; waiting: it failed, and there will be another.
    """

    __tablename__ = "event_tries"
    # Counted by time and outcome from the index alone.
    __table_args__ = (one_of("outcome", STATES), sa.Index("ix_event_tries_ended_at_outcome", "ended_at", "outcome"))

    id: Mapped[int] = mapped_column(primary_key=True)
    stripe_event_id: Mapped[str] = mapped_column(sa.ForeignKey("stripe_events.stripe_event_id"), index=True)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(sa.String(10))
    reason: Mapped[str] = mapped_column(sa.Text, default="")


class EventClaim(Base):
    """Somebody is working on this object until `leased_until` (wall seconds since 1970), and holds `token`."""

    __tablename__ = "event_claims"

    object_key: Mapped[str] = mapped_column(sa.String(300), primary_key=True)
    token: Mapped[str] = mapped_column(sa.String(40))
    leased_until: Mapped[float]
