"""Read what is summed of supporters' worth, with those put right who changed since."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any, TypeGuard

import sqlalchemy as sa

from support.access.reading import grace
from support.finance.reports.filters import checkouts_of
from support.finance.reports.rollups.worth.models import (
    ChangedMembership,
    WorthDue,
    WorthMovement,
    WorthTerms,
    WorthTurn,
)
from support.finance.reports.rollups.worth.rules import ANY_CURRENCY, COMES, MOVEMENTS, PRESENCE, Turn
from support.finance.reports.rollups.worth.summing import Sums, add_movements, is_month, month_begun, summed_turns
from support.finance.reports.spans import is_among, movement_word, supporter_key
from support.memberships.models import Membership

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from sqlalchemy.orm import Session

    from support.finance.reports.filters import Filters
    from support.finance.reports.spans import Moments

# More are not looked at one by one: everything is read row by row until the worker has caught up.
_MOST_MARKS = 2000


# (currency, position, movement, minor units, supporters)
Row = tuple[str, int, str, int, int]


@dataclass(frozen=True)
class Standing:
    """What there is at a moment: what a month is worth in each currency, in minor units, and how many members."""

    worth: dict[str, int]
    members: int


@dataclass(frozen=True)
class Rollup:
    """What is summed, in one currency or all. Of supporters who changed since, `kept` are the turns that are in the
    sums, `fresh` those that should be.
    """

    session: Session
    zone: ZoneInfo
    currency: str | None
    kept: list[Turn]
    fresh: list[Turn]

    def standing(self, moment: datetime) -> Standing:
        """At a moment that has come."""
        minor: dict[str, int] = defaultdict(int)
        members: dict[str, int] = defaultdict(int)
        for currency, amount, _supporters, count in self._summed_until(moment):
            minor[currency] += amount
            members[currency] += count
        for sign, turns in ((-1, self.kept), (1, self.fresh)):
            for turn in turns:
                if turn.at <= moment:
                    minor[turn.currency] += sign * turn.moved_minor
                    members[turn.currency] += sign * turn.came
        worth = {currency: amount for currency, amount in minor.items() if currency != ANY_CURRENCY}
        return Standing(worth, members[self.currency or ANY_CURRENCY])

    def movements(self, at: Sequence[datetime]) -> list[Row]:
        """What moved worth until each of these moments; what is at position 0 is all that there was at the first."""
        if not at:
            return []
        stretches = list(enumerate(pairwise(at), 1))
        months = {end: position for position, (start, end) in stretches if is_month(start, end, self.zone)}
        rows: list[Row] = [(one, 0, MOVEMENTS[0], minor, count) for one, minor, count, _ in self._summed_until(at[0])]
        rows += self._in_months(months)
        for position, (start, end) in stretches:
            if end not in months:
                rows += self._between(start, end, position)
        sums: Sums = {(currency, position, word): [minor, count] for currency, position, word, minor, count in rows}
        for sign, turns in ((-1, self.kept), (1, self.fresh)):
            add_movements(sums, turns, partial(bisect_left, at), sign)
        return sorted(
            (*key, minor, count)
            for key, (minor, count) in sums.items()
            if count and key[1] < len(at) and key[2] in MOVEMENTS
        )

    def _summed_until(self, moment: datetime) -> Iterator[tuple[str, int, int, int]]:
        """(currency, minor units, supporters who are worth something, members): of the months before, and of turns."""
        begun = month_begun(moment, self.zone)
        month, turn = WorthMovement, WorthTurn
        come, came = (month.supporters * sa.case(more, value=month.movement, else_=0) for more in (COMES, PRESENCE))
        end_minor = turn.start_minor + turn.moved_minor
        comes = sa.case((turn.moved_minor == 0, 0), (turn.start_minor == 0, 1), (end_minor == 0, -1), else_=0)
        until = (
            sa.select(month.currency, *map(sa.func.sum, (month.moved_minor, come, came)))
            .where(month.at <= begun, *self._in_currency(month.currency))
            .group_by(month.currency),
            sa.select(turn.currency, *map(sa.func.sum, (turn.moved_minor, comes, turn.came)))
            .where(turn.at > begun, turn.at <= moment, *self._in_currency(turn.currency))
            .group_by(turn.currency),
        )
        found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        for currency, *counts in chain.from_iterable(map(self.session.execute, until)):
            found[currency] = [one + int(more) for one, more in zip(found[currency], counts, strict=True)]
        return ((currency, minor, supporters, members) for currency, (minor, supporters, members) in found.items())

    def _in_months(self, months: dict[datetime, int]) -> Iterator[Row]:
        """Of whole months, {end: position}."""
        its = WorthMovement
        rows = sa.select(its.at, its.currency, its.movement, its.moved_minor, its.supporters)
        is_meant = (its.at.in_(months), its.movement.in_(MOVEMENTS), *self._in_currency(its.currency))
        for end, currency, word, minor, supporters in self.session.execute(rows.where(*is_meant)):
            yield currency, months[end], word, minor, supporters

    def _between(self, start: datetime, end: datetime, position: int) -> Iterator[Row]:
        """After one moment until another of the same month, from the turns themselves."""
        its = WorthTurn
        theirs: dict[str, Any] = {"partition_by": (its.supporter, its.currency)}
        moved = sa.func.sum(its.moved_minor).over(**theirs).label("moved")
        place = sa.func.row_number().over(**theirs, order_by=its.at).label("place")
        run = (
            sa.select(its.currency, its.start_minor, its.was_worth, moved, place)
            .where(its.at > start, its.at <= end, *self._in_currency(its.currency))
            .subquery("run")
        )
        word = movement_word(run.c.start_minor, run.c.start_minor + run.c.moved, ~run.c.was_worth).label("word")
        rows = (
            sa.select(run.c.currency, word, sa.func.sum(run.c.moved), sa.func.count())
            .where(run.c.place == 1, run.c.moved != 0)
            .group_by(run.c.currency, "word")
        )
        for currency, its_word, minor, supporters in self.session.execute(rows):
            yield currency, position, its_word, int(minor), supporters

    def _in_currency(self, currency: sa.SQLColumnExpression[str]) -> tuple[sa.ColumnElement[bool], ...]:
        return () if self.currency is None else (currency == self.currency,)


def rollup_of(session: Session, filters: Filters, now: datetime) -> Rollup | None:
    """None where everything is to be read row by row. For figures of no later moment than now."""
    changed = _changed_since(session, filters, now)
    if changed is None:
        return None
    kept, fresh = (kept_turns(session, changed), summed_turns(session, changed, now)) if changed else ([], [])
    if filters.currency is not None:
        kept, fresh = ([one for one in turns if one.currency == filters.currency] for turns in (kept, fresh))
    return Rollup(session, filters.zone, filters.currency, kept, fresh)


def _changed_since(session: Session, filters: Filters, now: datetime) -> set[int] | None:
    """Supporters for whom the sums do not hold; None where they hold for nobody, or too many changed."""
    terms = terms_of(session)
    if checkouts_of(filters) or not is_summed_under(terms, filters.zone) or terms.summed_at > now:
        return None
    return changed_supporters(session, now)


def turned_within(session: Session, filters: Filters, moments: Moments) -> tuple[sa.ColumnElement[bool], ...]:
    """Conditions beside Membership that leave no supporter out who has a turn after the first of the moments.

    None of these where everything is to be read row by row.
    """
    changed = _changed_since(session, filters, moments.now)
    if changed is None or not moments.at:
        return ()
    turn = WorthTurn.at > moments.at[0], WorthTurn.at <= moments.at[-1]
    theirs = sa.select(Membership.id).join(WorthTurn, WorthTurn.supporter == Membership.supporter_id).where(*turn)
    alone = sa.select(-WorthTurn.supporter).where(WorthTurn.supporter < 0, *turn)
    fresh = sa.select(Membership.id).where(is_among(changed))
    return (Membership.id.in_(sa.union(*(one.correlate(None) for one in (theirs, alone, fresh)))),)


def terms_of(session: Session) -> WorthTerms | None:
    """Under what it was summed."""
    return session.scalars(sa.select(WorthTerms)).one_or_none()


def is_summed_under(terms: WorthTerms | None, zone: ZoneInfo) -> TypeGuard[WorthTerms]:
    """Whether those terms are today's."""
    return terms is not None and (terms.zone, terms.grace_seconds) == (zone.key, grace_seconds())


def grace_seconds() -> int:
    """How long a membership goes on after its last paid period."""
    return int(grace().total_seconds())


def changed_supporters(session: Session, now: datetime) -> set[int] | None:
    """Those for whom the sums do not hold now; None for too many to look at one by one."""
    marks = session.scalars(sa.select(ChangedMembership).limit(_MOST_MARKS + 1)).all()
    due = session.scalars(sa.select(WorthDue.supporter).where(WorthDue.due_at <= now).limit(_MOST_MARKS + 1)).all()
    return supporters_of(session, marks) | set(due) if max(len(marks), len(due)) <= _MOST_MARKS else None


def supporters_of(session: Session, marks: Iterable[ChangedMembership]) -> set[int]:
    """The supporters that these marks are about."""
    found = list(marks)
    membership_ids = {one.membership_id for one in found if one.membership_id is not None}
    theirs = session.scalars(sa.select(supporter_key()).where(Membership.id.in_(membership_ids)))
    return {one.supporter for one in found if one.supporter is not None}.union(theirs)


def kept_turns(session: Session, supporters: Collection[int]) -> list[Turn]:
    """Their turns as they were summed, in the order of supporters, currencies and moments."""
    its = sa.inspect(WorthTurn).columns
    rows = sa.select(*its).where(WorthTurn.supporter.in_(supporters))
    return [Turn(*row) for row in session.execute(rows.order_by(*sa.inspect(WorthTurn).primary_key))]
