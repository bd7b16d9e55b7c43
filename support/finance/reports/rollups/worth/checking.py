"""Does what is summed of supporters' worth hold? Everybody is summed again, so many at a time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from support import clock
from support.finance.reports.rollups.worth.models import WorthDue, WorthMovement, WorthTurn
from support.finance.reports.rollups.worth.queries import changed_supporters, is_summed_under, kept_turns, terms_of
from support.finance.reports.rollups.worth.summing import Sums, add_movements, dues_of, month_end, summed_turns
from support.finance.reports.spans import supporter_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.finance.reports.rollups.worth.rules import Turn

_SUPPORTERS = 1000
_MOMENT = "%Y-%m-%d %H:%M:%S.%f"


def wrong_worth(session: Session) -> Iterator[tuple[str, str]]:
    """(which sum, what it is and should be) of those that differ; of supporters who changed since, none does.

    The session sees one moment's rows.
    """
    terms, now = terms_of(session), clock.now()
    changed = changed_supporters(session, now)
    if terms is None or changed is None or not is_summed_under(terms, ZoneInfo(terms.zone)):
        return
    months: Sums = {}
    for supporters in _everybody(session):
        kept = kept_turns(session, supporters)
        add_movements(months, kept, partial(month_end, zone=ZoneInfo(terms.zone)))
        unchanged = set(supporters) - changed
        its_kept = _figures(kept, unchanged) | _kept_dues(session, unchanged)
        made = _figures(summed_turns(session, unchanged, now), unchanged) | _dues(dues_of(session, unchanged, now))
        yield from _differing(its_kept, made)
    its = WorthMovement
    rows = session.execute(sa.select(its.at, its.currency, its.movement, its.moved_minor, its.supporters))
    kept_months = {_of_month(at, currency, word): tuple(counts) for at, currency, word, *counts in rows}
    made_months = {_of_month(at, currency, word): tuple(counts) for (currency, at, word), counts in months.items()}
    yield from _differing(kept_months, made_months)


def _everybody(session: Session) -> Iterator[range]:
    """Every supporter that there is or that something is summed of, in ranges."""
    keys = (supporter_key(), WorthTurn.supporter, WorthDue.supporter)
    bounds = [session.execute(sa.select(sa.func.min(key), sa.func.max(key))).one() for key in keys]
    known = [bound for pair in bounds for bound in pair if bound is not None]
    if known:
        for first in range(min(known), max(known) + 1, _SUPPORTERS):
            yield range(first, first + _SUPPORTERS)


def _figures(turns: list[Turn], supporters: set[int]) -> dict[str, tuple[Any, ...]]:
    return {
        f"worth of supporter {one.supporter} {one.currency or 'in any currency'} at {one.at:{_MOMENT}}": one[3:]
        for one in turns
        if one.supporter in supporters
    }


def _kept_dues(session: Session, supporters: set[int]) -> dict[str, tuple[Any, ...]]:
    its = sa.select(WorthDue.supporter, WorthDue.due_at).where(WorthDue.supporter.in_(supporters))
    return _dues(dict(session.execute(its).all()))


def _dues(dues: dict[int, datetime]) -> dict[str, tuple[Any, ...]]:
    return {f"next period of supporter {supporter}": (due_at,) for supporter, due_at in dues.items()}


def _of_month(end: datetime, currency: str, word: str) -> str:
    return f"{word} {currency or 'in any currency'} until {end:{_MOMENT}}"


def _differing(kept: dict[str, tuple[Any, ...]], made: dict[str, tuple[Any, ...]]) -> Iterator[tuple[str, str]]:
    for about in sorted({*kept, *made}):
        if kept.get(about) != made.get(about):
            yield about, f"{_told(kept.get(about))}, should be {_told(made.get(about))}"


def _told(figures: tuple[Any, ...] | None) -> str:
    return " ".join(map(str, figures)) if figures else "nothing"
