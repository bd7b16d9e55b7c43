"""Chores: what one worker of all does from time to time, resumed where a killed one left off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.clock import wall_seconds
from support.db import insert
from webhooks.models import Chore

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

LEASE_SECONDS = 60.0


def begin(session: Session, name: str, *, every: float) -> bool:
    """Whether this process is the one to do it now: nobody is at it, and the last run is `every` seconds ago."""
    now = wall_seconds()
    session.execute(insert(session, Chore).values(name=name, leased_until=0).on_conflict_do_nothing())
    is_due = sa.or_(Chore.done_at.is_(None), Chore.done_at <= now - every)
    taken = sa.update(Chore).where(Chore.name == name, Chore.leased_until <= now, is_due)
    taken = taken.values(leased_until=now + LEASE_SECONDS).returning(Chore.name)
    return session.execute(taken).one_or_none() is not None


def cursor_of(session: Session, name: str) -> str | None:
    """Where an unfinished run goes on; None from the beginning."""
    return session.scalar(sa.select(Chore.cursor).where(Chore.name == name))


def keep_going(session: Session, name: str, cursor: str | None) -> None:
    """Remember how far it got, and keep the lease."""
    known = sa.update(Chore).where(Chore.name == name)
    session.execute(known.values(cursor=cursor, leased_until=wall_seconds() + LEASE_SECONDS))


def finish(session: Session, name: str) -> None:
    """It is done until it is due again."""
    known = sa.update(Chore).where(Chore.name == name)
    session.execute(known.values(cursor=None, leased_until=0, done_at=wall_seconds()))
