"""Many objects in one transaction: their rows are found together before, and written together after.

`find`, `add`, `flush` and `later` do at once what they say, one statement each. Between `together` and its end they
look first at the rows that `load` has fetched, give ids out of a stock, and leave the writing to the end.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import sqlalchemy as sa

from support.sql import is_sqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from sqlalchemy.orm import Session

    from support.db import Base

    Lock = Literal["update", "share"] | None

Row = TypeVar("Row", bound="Base")
T = TypeVar("T")
_STOCK = 100


@dataclass
class _Hand:
    """What the transaction has in hand.

    `rows` by table; `asked` holds (table, column, value) of which all rows are there, and the lock that was taken;
    `fresh` the ids that were given to new rows, `stock` those that are left; `later` what is to be written, by writer.
    """

    rows: defaultdict[type[Base], dict[Any, None]] = field(default_factory=lambda: defaultdict(dict))
    asked: dict[tuple[type[Base], str, object], Lock] = field(default_factory=dict)
    fresh: defaultdict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    stock: defaultdict[type[Base], list[int]] = field(default_factory=lambda: defaultdict(list))
    later: defaultdict[Callable[[Session, Sequence[Any]], object], list[Any]] = field(
        default_factory=lambda: defaultdict(list)
    )
    answers: dict[tuple[object, ...], Any] = field(default_factory=dict)

    def has_all(self, table: type[Base], column: str, value: object, lock: Lock) -> bool:
        """Whether every row with this value is in hand, locked so."""
        if (asked := self.asked.get((table, column, value), False)) is not False:
            return lock is None or lock == asked
        if column == "id":
            return value in self.fresh[table.__tablename__]
        # Nobody else refers to a row that nobody else has seen.
        referred = sa.inspect(table).columns[column].foreign_keys
        return any(value in self.fresh[key.column.table.name] for key in referred)


@contextmanager
def together(session: Session) -> Iterator[None]:
    """Until its end this transaction is about many objects. What raises in it must undo the whole transaction."""
    hand = session.info[_Hand] = _Hand()
    try:
        yield
        for write, rows in hand.later.items():
            write(session, rows)
    finally:
        del session.info[_Hand]


def load(session: Session, table: type[Base], values: Mapping[str, Collection[Any]], lock: Lock = None) -> list[Any]:
    """Every row of `table` that has one of these {column: values}, in the order of its key, so that locks are, too."""
    hand: _Hand = session.info[_Hand]
    wanted = [sa.inspect(table).columns[column].in_(some) for column, some in values.items() if some]
    rows = list(session.scalars(_locked(sa.select(table).where(sa.or_(*wanted)), table, lock))) if wanted else []
    hand.rows[table].update(dict.fromkeys(rows))
    hand.asked.update({(table, column, value): lock for column, some in values.items() for value in some})
    return rows


def find(session: Session, table: type[Row], lock: Lock = None, **by: object) -> Row | None:
    """The row of which a unique column has this value; locked until the transaction ends."""
    return next(iter(find_all(session, table, lock, **by)), None)


def find_all(session: Session, table: type[Row], lock: Lock = None, **by: object) -> list[Row]:
    """All rows of which a column has this value."""
    ((column, value),) = by.items()
    hand: _Hand | None = session.info.get(_Hand)
    if hand is not None and hand.has_all(table, column, value, lock):
        # Not by attribute: what the ORM does there costs more than all the rest.
        return [row for row in hand.rows[table] if vars(row).get(column) == value]
    return list(session.scalars(_locked(sa.select(table).filter_by(**by), table, lock)))


def find_value(session: Session, table: type[Base], wanted: str, **by: object) -> Any:
    """Column `wanted` of the row that `find` would find, without loading it: whatever it says is not locked yet."""
    ((column, value),) = by.items()
    hand: _Hand | None = session.info.get(_Hand)
    if hand is not None and hand.has_all(table, column, value, None):
        return getattr(find(session, table, None, **by), wanted, None)
    return session.scalar(sa.select(sa.inspect(table).columns[wanted]).filter_by(**by))


def once(session: Session, ask: Callable[..., T], *arguments: Any) -> T:
    """What `ask(session, …)` answers; asked only once for many objects, so nothing here may change it meanwhile."""
    hand: _Hand | None = session.info.get(_Hand)
    if hand is None:
        return ask(session, *arguments)
    if (ask, *arguments) not in hand.answers:
        hand.answers[ask, *arguments] = ask(session, *arguments)
    answer: T = hand.answers[ask, *arguments]
    return answer


def add(session: Session, row: Base) -> None:
    """A new row. Its id is known after `flush`."""
    session.add(row)
    hand: _Hand | None = session.info.get(_Hand)
    if hand is None:
        return
    table = type(row)
    hand.rows[table][row] = None
    if "id" in sa.inspect(table).columns:
        stock = hand.stock[table] = hand.stock[table] or _new_ids(session, table, hand)
        row.id = stock.pop()  # type: ignore[attr-defined]  # it has that column
        hand.fresh[table.__tablename__].add(row.id)  # type: ignore[attr-defined]


def flush(session: Session) -> None:
    """Write what was added or changed; among many objects all of it is written at the end, or before a query."""
    if _Hand not in session.info:
        session.flush()


def later(session: Session, write: Callable[[Session, Sequence[T]], object], rows: Sequence[T]) -> None:
    """`write(session, rows)`, once with those of all objects."""
    hand: _Hand | None = session.info.get(_Hand)
    if hand is None:
        write(session, rows)
    else:
        hand.later[write] += rows


def _locked(rows: sa.Select[Any], table: type[Base], lock: Lock) -> sa.Select[Any]:
    if lock is None:
        return rows
    return rows.order_by(*sa.inspect(table).primary_key).with_for_update(read=lock == "share")


def _new_ids(session: Session, table: type[Base], hand: _Hand) -> list[int]:
    """Ids that nobody else will get, the lowest last."""
    if is_sqlite(session):  # as SQLite itself counts; who writes is alone
        with session.no_autoflush:
            highest = session.scalar(sa.select(sa.func.max(sa.inspect(table).columns["id"]))) or 0
        first = max(highest, *hand.fresh[table.__tablename__], 0) + 1
        return list(range(first, first + _STOCK))[::-1]
    sequence = sa.func.pg_get_serial_sequence(table.__tablename__, "id")
    numbers = sa.select(sa.func.nextval(sequence)).select_from(sa.func.generate_series(1, _STOCK))
    with session.no_autoflush:
        return list(session.scalars(numbers))[::-1]
