"""What of access goes with time, and what with the person."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.access.models import (
    Grant,
    PassCode,
    PassRenewal,
    ReadingSession,
    ReadingSessionCheckout,
    ReadingSessionSupporter,
)
from support.access.queries import reading_sessions_of
from support.holdings import BATCH, delete_some

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.holdings import Person

_PROOFS_KEPT = timedelta(days=1)
_READING_KEPT = timedelta(days=30)
# Everything that refers to a reading session goes before it.
_PARTS = (PassCode, PassRenewal, ReadingSessionCheckout, ReadingSessionSupporter)


def prune_codes(session: Session, now: datetime) -> int:
    """Codes that carry no pass any more."""
    return delete_some(session, PassCode, PassCode.expires_at <= now - _PROOFS_KEPT)


def prune_renewals(session: Session, now: datetime) -> int:
    """Renewals that were used, or that nobody came back with."""
    before = now - _PROOFS_KEPT
    return delete_some(session, PassRenewal, sa.or_(PassRenewal.expires_at <= before, PassRenewal.used_at <= before))


def prune_reading_sessions(session: Session, now: datetime) -> int:
    """Reading sessions that have ended or were revoked."""
    before = now - _READING_KEPT
    is_over = sa.or_(ReadingSession.expires_at <= before, ReadingSession.revoked_at <= before)
    return _delete(session, sa.select(ReadingSession.id).where(is_over).limit(BATCH))


def forget_reading_sessions(session: Session, person: Person, _now: datetime) -> int:
    """Whatever stands for the person or for one of the person's checkouts, with its codes and renewals."""
    return _delete(session, sa.select(ReadingSession.id).where(reading_sessions_of(person.supporter_id)))


def forget_grants(session: Session, person: Person, _now: datetime) -> int:
    """What staff have given the person free, and why."""
    theirs = sa.delete(Grant).where(Grant.supporter_id == person.supporter_id)
    return len(session.execute(theirs.returning(Grant.id)).all())


def _delete(session: Session, some: sa.Select[int]) -> int:
    ids = session.scalars(some).all()
    for part in _PARTS:
        session.execute(sa.delete(part).where(part.reading_session_id.in_(ids)))
    session.execute(sa.delete(ReadingSession).where(ReadingSession.id.in_(ids)))
    return len(ids)
