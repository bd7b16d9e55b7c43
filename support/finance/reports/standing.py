"""What there is at a moment: what memberships are worth, and how many members."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.finance.reports.presence import presence
from support.finance.reports.rollups.worth.queries import Standing, rollup_of
from support.finance.reports.spans import changes

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from support.finance.reports.filters import Filters
    from support.finance.reports.spans import Moments


def standings(session: Session, filters: Filters, moments: Moments) -> list[Standing]:
    """At each of the moments, none of which is to come: from the rollup, where it holds."""
    if rollup := rollup_of(session, filters, moments.now):
        return [rollup.standing(moment) for moment in moments.at]
    change = changes(session, filters, moments)
    come = presence(change, "supporter").c
    moved = sa.select(change.c.position, change.c.currency, sa.func.sum(change.c.value))
    came = sa.select(come.position, sa.null(), sa.func.sum(come.came))
    both: sa.CompoundSelect[int, str | None, int] = sa.union_all(
        moved.group_by(change.c.position, change.c.currency), came.group_by(come.position)
    )
    worth = [defaultdict[str, int](int) for _ in moments.at]
    members = [0] * len(moments.at)
    for position, currency, more in session.execute(both):
        if currency is None:
            members[position:] = [there + int(more) for there in members[position:]]
        else:
            for there in worth[position:]:
                there[currency] += int(more)
    return list(map(Standing, worth, members))
