"""Supporters by the month in which something about their memberships moved: the newest month first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.db import BigInt, UtcDateTime
from support.finance.listings.paging import Order

if TYPE_CHECKING:
    from support.finance.reports.spans import Moments
    from support.finance.reports.sums import Rows

# Not the moment at which it is counted: of the month that is not over that is now, another one on every page.
ORDER = Order(sa.column("begun_at", UtcDateTime()), sa.column("name", sa.Text()), is_number=False)

# A key may be negative.
_SIXTEEN_DIGITS = 2 * 10**15


def by_month(moved: sa.Subquery, moments: Moments, name: sa.ColumnElement[str], word: str | None) -> Rows:
    """Rows of `moved` that have this `word`, if any, with those of ORDER before its columns.

    `name` tells the rows of one month apart. What there was before the first of the moments, position 0, is left out.
    """
    begins = {at: sa.literal(month.starts_at, UtcDateTime()) for at, month in enumerate(moments.months, 1)}
    # A CASE needs one.
    begun_at = sa.case({0: sa.null(), **begins}, value=moved.c.position).label("begun_at")
    is_meant = () if word is None else (moved.c.word == word,)
    found = sa.select(begun_at, name.label("name"), moved).where(moved.c.position > 0, *is_meant).subquery("found")
    return sa.select(*found.c)


def key_of(supporter: sa.ColumnElement[int]) -> sa.ColumnElement[str]:
    """A supporter's key as a text; all are equally long, so that their order is that of the numbers."""
    return sa.cast(supporter + sa.literal(_SIXTEEN_DIGITS, BigInt), sa.Text())


def number_of(supporter: int) -> str | None:
    """A supporter's number of their key: a membership without a supporter has none."""
    return str(supporter) if supporter > 0 else None
