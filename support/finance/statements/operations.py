"""Issue statements, make them void, and put new ones in their place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.audit import ERASED
from support.clock import local_day
from support.errors import FieldError, InvalidInput
from support.finance.statements.models import Statement, StatementCounter, StatementTotal
from support.finance.statements.queries import has_changed, latest_of, lines_in
from support.finance.statements.rules import add_up
from support.holdings import move_rows
from support.i18n import gettext as _
from support.sql import insert

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from config.settings import Settings
    from support.finance.statements.rules import FiscalYear
    from support.holdings import Merger, Person

# What stands in a statement for which its own supporter asked for another.
_OUTDATED = "the year had changed, the supporter asked for a new one"

# And in one that went over to a supporter who has another of the same year.
_MERGED = "its supporter and another were one person, who has another one of this year"


def issue(session: Session, supporter_id: int, year: FiscalYear, settings: Settings, now: datetime) -> Statement:
    """The statement that counts for this year; a new one with the next number, where there is none.

    Raises InvalidInput for a year that is not over, or in which nothing was paid.
    """
    if year.last_day >= local_day(now):
        raise InvalidInput([FieldError("year", _("This year is not over yet."))])
    counter = _take_turn(session, year)
    latest = latest_of(session, supporter_id, year)
    if latest is not None and latest.voided_at is None:
        return latest
    lines = lines_in(session, supporter_id, year, settings.time_zone)
    if not lines:
        raise InvalidInput([FieldError("year", _("Nothing was paid in this year."))])
    counter.last_number += 1
    statement = Statement(
        fiscal_year=year.number,
        number=counter.last_number,
        first_month=year.first_month,
        supporter_id=supporter_id,
        newsroom_name=settings.newsroom_name,
        newsroom_legal=settings.newsroom_legal,
        newsroom_contact=settings.newsroom_contact,
        issued_at=now,
        replaces_id=latest.id if latest is not None else None,
        lines=lines,
        totals=[
            StatementTotal(
                currency=total.paid.currency,
                paid_minor=total.paid.amount_minor,
                refunded_minor=total.refunded.amount_minor,
            )
            for total in add_up((line.received, line.refunded) for line in lines)
        ],
    )
    session.add(statement)
    session.flush()
    return statement


def void(session: Session, statement: Statement, reason: str, now: datetime) -> bool:
    """Let a statement count no more; False if it already did not, and then nothing is changed."""
    session.refresh(statement, ["voided_at"], with_for_update=True)
    if statement.voided_at is not None:
        return False
    statement.voided_at = now
    statement.void_reason = reason
    session.flush()
    return True


def reissue(session: Session, statement: Statement, reason: str, settings: Settings, now: datetime) -> Statement:
    """Void a statement and issue what replaces it. Done twice it gives the same new one."""
    _take_turn(session, statement.year)
    void(session, statement, reason, now)
    return issue(session, statement.supporter_id, statement.year, settings, now)


def renew(session: Session, statement: Statement, settings: Settings, now: datetime) -> Statement:
    """The same for the supporter: only where the year is not any more what the statement says of it."""
    _take_turn(session, statement.year)
    session.refresh(statement, ["voided_at"])
    if statement.voided_at is None and not has_changed(session, statement, settings.time_zone):
        return statement
    return reissue(session, statement, _OUTDATED, settings, now)


def move_statements(session: Session, merger: Merger, now: datetime) -> int:
    """Give all of one supporter to another; where both have one of a year that counts, the moved one is made void."""
    counts = sa.select(Statement).where(Statement.voided_at.is_(None))
    kept = {one.year for one in session.scalars(counts.where(Statement.supporter_id == merger.kept_id))}
    for statement in session.scalars(counts.where(Statement.supporter_id == merger.merged_id)).all():
        if statement.year in kept:
            void(session, statement, _MERGED, now)
    return move_rows(Statement, Statement.supporter_id)(session, merger, now)


def forget_reasons(session: Session, person: Person, _now: datetime) -> int:
    """Blank why statements were made void. They stay with their numbers and sums, and name nobody themselves."""
    theirs = (Statement.supporter_id == person.supporter_id, Statement.void_reason != ERASED)
    erased = sa.update(Statement).where(*theirs).values(void_reason=ERASED)
    return len(session.execute(erased.returning(Statement.id)).all())


def _take_turn(session: Session, year: FiscalYear) -> StatementCounter:
    """The counter of a year, ours until the transaction ends: whoever comes meanwhile waits, then sees what we did."""
    begun = insert(session, StatementCounter).values(fiscal_year=year.number, last_number=0)
    session.execute(begun.on_conflict_do_nothing())
    return session.get_one(StatementCounter, year.number, with_for_update=True, populate_existing=True)
