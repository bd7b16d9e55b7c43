"""A claim on one Stripe object: all its waiting events together, for whoever holds the lease."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support import clock
from support.clock import wall_seconds
from support.leases import LEASE_SECONDS, renewed
from support.sql import insert
from webhooks.models import EventClaim, StripeEvent

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.db import Database


class LostClaim(Exception):
    """The lease ran out and somebody else took over: whatever was done here does not count."""


@dataclass(frozen=True)
class Claim:
    """`event_ids`: the events that waited when it was taken; one that comes later means another change."""

    object_key: str
    token: str
    event_ids: tuple[str, ...]
    taken_at: datetime


def next_objects(session: Session, *, at_once: bool, limit: int = 1) -> list[str]:
    """The objects whose events are due longest and that nobody works on; none if nothing is due.

    `at_once` also takes what still waits for more events of its object, but no retry before its time.
    """
    now = wall_seconds()
    is_due = StripeEvent.due_at <= now
    if at_once:
        is_due = sa.or_(is_due, StripeEvent.tries == 0)
    due = (
        sa.select(StripeEvent.object_key)
        .where(StripeEvent.state == "waiting", is_due, ~_claimed(now).exists())
        .order_by(StripeEvent.due_at)
        .limit(limit)
    )
    return list(dict.fromkeys(session.scalars(due)))


def is_anything_claimed(session: Session) -> bool:
    """Whether events wait that somebody else holds a lease on."""
    waiting = sa.select(StripeEvent.stripe_event_id).where(
        StripeEvent.state == "waiting", _claimed(wall_seconds()).exists()
    )
    return session.scalar(waiting.limit(1)) is not None


def take_claim(session: Session, object_key: str) -> Claim | None:
    """A claim on this object and all its waiting events; None if somebody was faster, or is done with them."""
    now = wall_seconds()
    token = secrets.token_urlsafe(16)
    taken = insert(session, EventClaim).values(object_key=object_key, token=token, leased_until=now + LEASE_SECONDS)
    taken = taken.on_conflict_do_update(
        index_elements=["object_key"],
        set_={"token": token, "leased_until": now + LEASE_SECONDS},
        where=EventClaim.leased_until <= now,
    )
    if session.execute(taken.returning(EventClaim.object_key)).one_or_none() is None:
        return None
    waiting = sa.select(StripeEvent.stripe_event_id).where(
        StripeEvent.object_key == object_key, StripeEvent.state == "waiting"
    )
    claim = Claim(object_key, token, tuple(session.scalars(waiting)), clock.now())
    if not claim.event_ids:
        release(session, claim)
        return None
    return claim


def release(session: Session, claim: Claim) -> None:
    """Give the claim back in the transaction that marks its events. Raises LostClaim, which undoes that transaction."""
    given_back = sa.delete(EventClaim).where(*_is(claim)).returning(EventClaim.object_key)
    gone = session.execute(given_back).one_or_none()
    if gone is None:
        raise LostClaim(claim.object_key)


def _claimed(now: float) -> sa.Select[str]:
    return sa.select(EventClaim.object_key).where(
        EventClaim.object_key == StripeEvent.object_key, EventClaim.leased_until > now
    )


def held(database: Database, claim: Claim) -> AbstractContextManager[None]:
    """Renew the lease until the work is done."""
    return renewed(lambda: database.transact(lambda session: _renew(session, claim)), claim.object_key)


def _renew(session: Session, claim: Claim) -> None:
    longer = sa.update(EventClaim).where(*_is(claim)).values(leased_until=wall_seconds() + LEASE_SECONDS)
    session.execute(longer)


def _is(claim: Claim) -> tuple[sa.ColumnElement[bool], ...]:
    return EventClaim.object_key == claim.object_key, EventClaim.token == claim.token
