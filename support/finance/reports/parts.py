"""Time, cut into parts: which of them a moment is in, on either database.

Parts begin at the newsroom's midnights, which no two databases compute alike: their bounds are put in as values.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from support.db import UtcDateTime
from support.sql import is_sqlite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

# What is at a moment counts as before what is this much later.
JUST_BEFORE = timedelta(microseconds=1)


@dataclass(frozen=True)
class Span:
    """From the first of `starts` up to, not including, `ends_at`; a part begins at each of `starts`.

    A piece of one (`cut`) begins later, and its parts keep their numbers.
    """

    starts: Sequence[datetime]
    ends_at: datetime
    cut_at: datetime | None = None

    @property
    def begins_at(self) -> datetime:
        """Its first moment."""
        return self.starts[0] if self.cut_at is None else self.cut_at

    def cut(self, starts_at: datetime, ends_at: datetime) -> Span:
        """The piece of it from one moment up to, not including, another."""
        return replace(self, cut_at=starts_at, ends_at=ends_at)

    def has(self, moment: sa.SQLColumnExpression[Any]) -> sa.ColumnElement[bool]:
        """Whether a moment is in it."""
        return sa.and_(moment >= self.begins_at, moment < self.ends_at)

    def part_of(
        self, session: Session, moment: sa.SQLColumnExpression[Any]
    ) -> tuple[sa.Label[int], sa.ColumnElement[bool]]:
        """The column `part`, the part that a moment is in, counted from 0; and the condition that it is in the span.

        Neither is right without the other. SQLite goes from part to part by the index of the moments.
        """
        if not is_sqlite(session):
            bounds = tuple(at - JUST_BEFORE for at in self.starts[1:])
            return choice(moment, bounds, range(len(self.starts))).label("part"), self.has(moment)
        its = zip(self.starts, (*self.starts[1:], self.ends_at), strict=True)
        parts = [(max(first, self.begins_at), min(last, self.ends_at)) for first, last in its]
        listed = _listed(parts).c
        return listed.place.label("part"), sa.and_(moment >= listed.moment_0, moment < listed.moment_1)


def position(
    session: Session, moment: sa.SQLColumnExpression[datetime], at: Sequence[datetime]
) -> sa.ColumnElement[int]:
    """How many of the moments `at` are before this one; of thousands, for SQLite looks through them for each."""
    if not at or not is_sqlite(session):
        return choice(moment, at, range(len(at) + 1))
    listed = _listed([(one,) for one in at]).c
    found = sa.select(listed.place).where(listed.moment_0 >= moment).limit(1).scalar_subquery()
    return sa.func.coalesce(found, len(at))


def position_within(
    session: Session, moment: sa.SQLColumnExpression[datetime], at: Sequence[datetime]
) -> sa.ColumnElement[int]:
    """The place of the part that a moment is in, of those that begin `at`; -1 before the first. Of thousands, too."""
    return position(session, moment, [one - JUST_BEFORE for one in at]) - 1


def _listed(rows: Sequence[tuple[datetime, ...]]) -> sa.CTE:
    """Rows of moments for SQLite, in order: `place`, from 0, `moment_0`, `moment_1`…, as it keeps moments.

    All of them are one value: many would take up the memory that SQLite has for small things, and slow it down.
    """
    texts = [[f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}" for moment in row] for row in rows]
    its = sa.func.json_each(json.dumps(texts)).table_valued("key", "value")
    moments = (sa.type_coerce(its.c.value.op("->>")(at), UtcDateTime()) for at in range(len(texts[0])))
    columns = (moment.label(f"moment_{at}") for at, moment in enumerate(moments))
    return sa.select(its.c.key.label("place"), *columns).cte().prefix_with("MATERIALIZED")


def choice(
    moment: sa.SQLColumnExpression[datetime], at: Sequence[datetime], numbers: Sequence[int]
) -> sa.ColumnElement[int]:
    """The one of `numbers` in whose place there are as many of the moments `at` before this one, found by halving."""
    if not at:
        return sa.literal_column(str(numbers[0]), sa.Integer())
    middle = len(at) // 2
    is_no_later = moment <= sa.literal(at[middle], UtcDateTime())
    later = choice(moment, at[middle + 1 :], numbers[middle + 1 :])
    return sa.case((is_no_later, choice(moment, at[:middle], numbers[: middle + 1])), else_=later)


def computed_once(rows: sa.Select[*tuple[Any, ...]], name: str) -> sa.CTE:
    """Rows that are computed one time, however often they are read: SQLite would do it again for each reader."""
    return rows.cte(name).prefix_with("MATERIALIZED", dialect="sqlite")
