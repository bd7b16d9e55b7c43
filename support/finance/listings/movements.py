"""Whose memberships became worth more or less, by month: what is under the movements of recurring revenue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support import clock
from support.finance.listings.by_month import ORDER, by_month, key_of, number_of
from support.finance.reports.mrr import moved_supporters, paid_for_start
from support.finance.reports.rollups.worth.queries import turned_within
from support.finance.reports.rollups.worth.rules import MOVEMENTS
from support.finance.reports.shape import Column, Opening, Row
from support.finance.reports.spans import changes, moments_of
from support.money import Money

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.finance.listings.forms import Asked
    from support.finance.reports.sums import Rows

__all__ = ("COLUMNS", "ORDER", "TAKES", "row", "select")
TAKES = {"movement": MOVEMENTS}
COLUMNS = (
    Column("month", "Month", "month"),
    Column("supporter", "Supporter"),
    Column("movement", "Movement"),
    Column("currency", "Currency"),
    Column("start", "Worth before", "money"),
    Column("moved", "Change", "money"),
    Column("end", "Worth after", "money"),
)


def select(session: Session, asked: Asked) -> Rows:
    """Supporters whose worth at a month's end, in a currency, is not what it was at its start."""
    moments = moments_of(asked.filters, clock.now())
    change = changes(session, asked.filters, moments, turned_within(session, asked.filters, moments))
    moved = moved_supporters(change, moments)
    name = key_of(moved.c.supporter) + " " + moved.c.currency
    return by_month(moved, moments, name, asked.own.get("movement"))


def row(asked: Asked, _begun_at: datetime, _name: str, *its: Any) -> Row:
    """One supporter's; what a month was and is worth opens the payments that paid for it."""
    key, currency, position, word, *amounts = its
    supporter, at, filters = number_of(key), position - 1, asked.without_own
    cells = (
        filters.months[at].first_day,
        supporter,
        word,
        currency,
        *(Money(int(minor), currency) for minor in amounts),
    )
    if supporter is None:
        return Row(cells)
    end = filters.opens_month(at, currency=currency, paid_for="end", supporter=supporter)
    others = {"start": paid_for_start(filters, at, currency, supporter=supporter), "end": Opening(end)}
    return Row(cells, others=others)
