"""Sum anew the days that changed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from support.finance.reports.rollups.days.models import ChangedDay, RolledEntry, RolledPayment, RolledZone
from support.finance.reports.rollups.days.queries import bounds_of_days, marked_days, rolled_zone, stretches
from support.finance.reports.rollups.days.summing import days_of, summed_entries, summed_payments

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from sqlalchemy.orm import Session

    from support.db import Database

# What one transaction takes at most.
_MARKS = 2000
_DAYS = 31
_IS_DAY = sa.and_(ChangedDay.payment_id.is_(None), ChangedDay.source_id.is_(None), ChangedDay.day.is_not(None))


def roll_up_days(database: Database, zone: ZoneInfo) -> None:
    """Sum every marked day anew, in short transactions; all days when there are no sums yet, or of another zone."""
    database.transact(partial(_begin_anew, zone=zone))
    while database.transact(_find_days):
        pass
    while database.transact(partial(_sum_some, zone=zone)):
        pass


def _begin_anew(session: Session, zone: ZoneInfo) -> None:
    if rolled_zone(session) == zone.key:
        return
    for table in (RolledZone, RolledPayment, RolledEntry):
        session.execute(sa.delete(table))
    session.execute(sa.insert(RolledZone), {"id": 1, "name": zone.key})
    if known := bounds_of_days(session):
        first, last = known
        _mark(session, {first + timedelta(days=at) for at in range((last - first).days + 1)})


def _mark(session: Session, days: set[date]) -> None:
    if days:
        session.execute(sa.insert(ChangedDay), [{"day": day} for day in sorted(days)])


def _find_days(session: Session) -> bool:
    """Turn some marks that are about more than their day into marks of days; False when there are none."""
    some = sa.select(ChangedDay.id).where(~_IS_DAY).limit(_MARKS)
    taken = session.scalars(sa.delete(ChangedDay).where(ChangedDay.id.in_(some)).returning(ChangedDay)).all()
    _mark(session, marked_days(session, taken))
    return bool(taken)


def _sum_some(session: Session, zone: ZoneInfo) -> bool:
    """Sum the first marked days that follow each other; False when none is marked.

    One process at a time: a day of UTC touches two of the newsroom's, and another might sum one of them. Then the marks
    go: whatever is committed later than that is marked again.
    """
    session.execute(sa.select(RolledZone.id).with_for_update())
    found = session.scalars(sa.select(ChangedDay.day).where(_IS_DAY).distinct().order_by(ChangedDay.day).limit(_DAYS))
    days = [day for day in found if day is not None]
    run = [day for at, day in takewhile(lambda one: one[1] == days[0] + timedelta(days=one[0]), enumerate(days))]
    if not run:
        return False
    session.execute(sa.delete(ChangedDay).where(_IS_DAY, ChangedDay.day.in_(run)))
    ((starts_at, ends_at),) = stretches(run, zone)
    _sum(session, starts_at, ends_at, zone)
    return True


def _sum(session: Session, starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> None:
    """Sum whole days of the newsroom's anew."""
    span = days_of(starts_at, ends_at, zone)
    tables: tuple[tuple[Any, list[dict[str, Any]]], ...] = (
        (RolledPayment, summed_payments(session, span, zone)),
        (RolledEntry, summed_entries(session, span, zone)),
    )
    for table, rows in tables:
        session.execute(sa.delete(table).where(span.has(table.day_at)))
        if rows:
            session.execute(sa.insert(table), rows)
