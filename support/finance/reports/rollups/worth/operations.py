"""Sum anew the supporters whose memberships changed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from support import clock
from support.finance.reports.rollups.worth.models import (
    ChangedMembership,
    WorthDue,
    WorthMovement,
    WorthTerms,
    WorthTurn,
)
from support.finance.reports.rollups.worth.queries import grace_seconds, is_summed_under, supporters_of, terms_of
from support.finance.reports.rollups.worth.rules import Turn
from support.finance.reports.rollups.worth.summing import Sums, add_movements, dues_of, month_end, summed_turns
from support.finance.reports.spans import supporter_key
from support.memberships.models import PaidPeriod
from support.sql import insert

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from sqlalchemy.orm import Session

    from support.db import Base, Database

# What one transaction takes at most.
_SUPPORTERS = 500


def roll_up_worth(database: Database, zone: ZoneInfo) -> None:
    """Sum anew every supporter who is marked or due, in short transactions; all when there are no sums yet, or of
    another time zone or other days of grace.
    """
    database.transact(partial(_begin, zone=zone, now=clock.now()))
    while database.transact(partial(_sum_some, zone=zone, now=clock.now())):
        pass


def _begin(session: Session, zone: ZoneInfo, now: datetime) -> None:
    terms = terms_of(session)
    if is_summed_under(terms, zone):
        if terms.summed_at > now:
            _mark_what_has_not_begun(session, now, terms.summed_at)
        return
    for table in (WorthTerms, WorthTurn, WorthMovement, WorthDue, ChangedMembership):
        session.execute(sa.delete(table))
    values = {"id": 1, "zone": zone.key, "grace_seconds": grace_seconds(), "summed_at": now}
    session.execute(sa.insert(WorthTerms), values)
    session.execute(sa.insert(ChangedMembership).from_select(["supporter"], sa.select(supporter_key()).distinct()))


def _mark_what_has_not_begun(session: Session, now: datetime, summed_at: datetime) -> None:
    """The clock was set back: what had begun when it was summed has not."""
    begun = (PaidPeriod.starts_at > now, PaidPeriod.starts_at <= summed_at)
    session.execute(
        sa.insert(ChangedMembership).from_select(["membership_id"], sa.select(PaidPeriod.membership_id).where(*begun))
    )


def _sum_some(session: Session, zone: ZoneInfo, now: datetime) -> bool:
    """Sum some of those that are marked or due; False when there are none.

    One process at a time: the first statement waits until another's transaction has ended. Then the marks go: whatever
    is committed later than that is marked again.
    """
    session.execute(sa.update(WorthTerms).values(summed_at=now))
    some = sa.select(ChangedMembership.id).order_by(ChangedMembership.id).limit(_SUPPORTERS)
    marks = sa.delete(ChangedMembership).where(ChangedMembership.id.in_(some)).returning(ChangedMembership)
    taken = session.scalars(marks).all()
    due = sa.select(WorthDue.supporter).where(WorthDue.due_at <= now).order_by(WorthDue.due_at).limit(_SUPPORTERS)
    supporters = supporters_of(session, taken) | set(session.scalars(due))
    if supporters:
        _sum(session, supporters, zone, now)
    return bool(taken or supporters)


def _sum(session: Session, supporters: set[int], zone: ZoneInfo, now: datetime) -> None:
    """Put how it is now in the place of what was summed before, and add the difference to the sums of months."""
    of_these = WorthTurn.supporter.in_(supporters)
    before = session.execute(sa.delete(WorthTurn).where(of_these).returning(*sa.inspect(WorthTurn).columns))
    turns = summed_turns(session, supporters, now)
    sums: Sums = {}
    counted_at = partial(month_end, zone=zone)
    add_movements(sums, sorted(Turn(*row) for row in before), counted_at, -1)
    add_movements(sums, turns, counted_at)
    _insert(session, WorthTurn, [turn._asdict() for turn in turns])
    session.execute(sa.delete(WorthDue).where(WorthDue.supporter.in_(supporters)))
    dues = dues_of(session, supporters, now).items()
    _insert(session, WorthDue, [{"supporter": supporter, "due_at": due_at} for supporter, due_at in dues])
    _add(session, sums)


def _insert(session: Session, table: type[Base], rows: list[dict[str, Any]]) -> None:
    if rows:
        session.execute(sa.insert(table), rows)


def _add(session: Session, sums: Sums) -> None:
    if not sums:
        return
    more = insert(session, WorthMovement)
    counts = {"moved_minor": WorthMovement.moved_minor, "supporters": WorthMovement.supporters}
    added = more.on_conflict_do_update(
        index_elements=["at", "currency", "movement"],
        set_={name: column + more.excluded[name] for name, column in counts.items()},
    )
    session.execute(
        added,
        [
            {"at": at, "currency": currency, "movement": word, "moved_minor": minor, "supporters": supporters}
            for (currency, at, word), (minor, supporters) in sums.items()
        ],
    )
    session.execute(sa.delete(WorthMovement).where(WorthMovement.supporters == 0))
