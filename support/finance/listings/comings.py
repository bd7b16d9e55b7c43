"""Who became a member and who ceased to be one, by month: what is under the numbers of those who came and went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support import clock
from support.campaigns.models import INTERVALS
from support.finance.listings.by_month import ORDER, by_month, key_of, number_of
from support.finance.listings.forms import ANYTHING
from support.finance.listings.periods import has_interval, has_plan
from support.finance.reports.members import COMINGS, came
from support.finance.reports.rollups.worth.queries import turned_within
from support.finance.reports.shape import Column, Row
from support.finance.reports.spans import changes, moments_of
from support.memberships.models import Membership

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import sqlalchemy as sa
    from sqlalchemy.orm import Session

    from support.finance.listings.forms import Asked
    from support.finance.reports.sums import Rows

__all__ = ("COLUMNS", "ORDER", "TAKES", "row", "select")
# Among members of a plan or of an interval alone who came to that and went from it.
TAKES = {"movement": COMINGS, "membership_plan": ANYTHING, "interval": INTERVALS}
COLUMNS = (Column("month", "Month", "month"), Column("supporter", "Supporter"), Column("movement", "Movement"))


def select(session: Session, asked: Asked) -> Rows:
    """Supporters who are members at a month's end and were none at its start, or the other way round."""
    moments = moments_of(asked.filters, clock.now())
    among = _planned(asked.own) or turned_within(session, asked.filters, moments)
    moved = came(changes(session, asked.filters, moments, among, is_valued=False), moments, "supporter")
    return by_month(moved, moments, key_of(moved.c.supporter), asked.own.get("movement"))


def _planned(own: Mapping[str, str]) -> tuple[sa.ColumnElement[bool], ...]:
    """Who goes from one plan to another has no turn, if that is worth as much."""
    narrower = {"membership_plan": has_plan, "interval": has_interval}
    return tuple(condition(Membership.id, own[name]) for name, condition in narrower.items() if name in own)


def row(asked: Asked, _begun_at: datetime, _name: str, *its: Any) -> Row:
    """One supporter's."""
    key, position, word, _came = its
    return Row((asked.filters.months[position - 1].first_day, number_of(key), word))
