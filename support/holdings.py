"""What packages hold about people: how long, and how one person is forgotten, or becomes one with another.

Each package registers its own. `flask prune` lets go of what has had its time, `flask erase` of what is about one
person, and merging two supporters moves what one of them has to the other: all run the same list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask import current_app

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from flask import Flask
    from sqlalchemy.orm import Session

    from support.db import Base

# What one transaction takes away at most: nobody waits long for its locks.
BATCH = 500


@dataclass(frozen=True)
class Person:
    """Whom to forget, in plain values, so that packages which know no supporters can look, too.

    `email` is spelled as it was given; None: nothing here knows the address any more.
    """

    supporter_id: int
    email: str | None
    stripe_customer_ids: tuple[str, ...]


@dataclass(frozen=True)
class Merger:
    """Two rows that are one person: whatever `merged_id` has goes to `kept_id`."""

    kept_id: int
    merged_id: int


@dataclass(frozen=True)
class Holding:
    """Something that is held about people; `name` is what operators read, such as `sign-ins`.

    `prune(session, now)` lets go of at most BATCH of those that have had their time; `forget(session, person, now)` of
    all that are about one person; `move(session, merger, now)` gives all of one supporter to another. All tell how
    many.
    """

    name: str
    prune: Callable[[Session, datetime], int] | None
    forget: Callable[[Session, Person, datetime], int] | None
    move: Callable[[Session, Merger, datetime], int] | None


def register_holding(
    app: Flask,
    name: str,
    *,
    prune: Callable[[Session, datetime], int] | None = None,
    forget: Callable[[Session, Person, datetime], int] | None = None,
    move: Callable[[Session, Merger, datetime], int] | None = None,
) -> None:
    """Let `flask prune`, `flask erase` and merging know of something that is held about people."""
    app.extensions.setdefault("holdings", []).append(Holding(name, prune, forget, move))


def holdings() -> list[Holding]:
    """All of them, in the order in which packages registered: what refers to others comes after them."""
    found: list[Holding] = current_app.extensions.get("holdings", [])
    return found


def delete_some(session: Session, table: type[Base], *is_over: sa.ColumnElement[bool]) -> int:
    """Delete at most BATCH rows of a table with a key of one column; how many they were."""
    (key,) = sa.inspect(table).primary_key
    some = sa.select(key).where(*is_over).limit(BATCH)
    return len(session.execute(sa.delete(table).where(key.in_(some)).returning(key)).all())


def move_rows(
    table: type[Base], owner: sa.orm.InstrumentedAttribute[Any]
) -> Callable[[Session, Merger, datetime], int]:
    """A `move` for a table whose column `owner` names the supporter."""

    def move(session: Session, merger: Merger, _now: datetime) -> int:
        theirs = sa.update(table).where(owner == merger.merged_id).values({owner: merger.kept_id})
        return len(session.execute(theirs.returning(owner)).all())

    return move
