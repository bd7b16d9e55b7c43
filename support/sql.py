"""What SQLite and PostgreSQL say differently. What must be known for it is which of them a session speaks to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from support.db import UtcDateTime

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.db import Base


def is_sqlite(session: Session) -> bool:
    """Which of the two databases a session speaks to."""
    return session.get_bind().dialect.name == "sqlite"


def folded(session: Session, text: sa.SQLColumnExpression[Any]) -> sa.ColumnElement[str]:
    """`text` with A to Z in lower case and no other letter changed: how addresses are compared, on both databases."""
    return sa.func.lower(text if is_sqlite(session) else sa.collate(text, "C"))


def mentions(session: Session, text: sa.SQLColumnExpression[Any], part: str) -> sa.ColumnElement[bool]:
    """Whether `part` is in `text`, compared as `folded` does; nothing in it is a wildcard."""
    find = sa.func.instr if is_sqlite(session) else sa.func.strpos
    return find(folded(session, text), folded(session, sa.literal(part))) > 0


def seconds_between(
    session: Session, earlier: sa.SQLColumnExpression[datetime], later: sa.SQLColumnExpression[datetime]
) -> sa.ColumnElement[int]:
    """Whole seconds from one moment to another, on both databases."""
    if is_sqlite(session):
        return sa.func.unixepoch(later, type_=sa.Integer()) - sa.func.unixepoch(earlier, type_=sa.Integer())
    moments = (sa.type_coerce(moment, sa.DateTime(timezone=True)) for moment in (later, earlier))
    # Not EXTRACT: that is a numeric, and several times slower.
    return sa.cast(sa.func.date_part("epoch", next(moments) - next(moments)), sa.BigInteger())


def seconds_after(
    session: Session, moment: sa.SQLColumnExpression[datetime], seconds: int
) -> sa.ColumnElement[datetime]:
    """The moment so many seconds later, to the microsecond, on both databases."""
    if is_sqlite(session):
        # Its own functions know milliseconds: what is behind the seconds is put back as it was.
        text = sa.cast(moment, sa.String())
        second = sa.func.strftime("%Y-%m-%d %H:%M:%S", sa.func.substr(text, 1, 19), f"{seconds:+} seconds")
        return sa.type_coerce(second.concat(sa.func.substr(text, 20)), UtcDateTime())
    # Not days: the server's own time zone would say how long one is.
    later = sa.type_coerce(moment, sa.DateTime(timezone=True)) + sa.func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    return sa.type_coerce(later, UtcDateTime())


def insert(session: Session, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows `on_conflict_…`, in the dialect of this session."""
    return sqlite.insert(table) if is_sqlite(session) else postgresql.insert(table)
