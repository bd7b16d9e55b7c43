"""CSV that the database writes: PostgreSQL by COPY, SQLite line by line. The same bytes as `csv_files` writes.

Cells are written and made safe in the statement itself, so that a million rows cost hardly more than reading them.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from psycopg import sql

from support.finance.exports.cells import TRIGGERS, WHITE_SPACE
from support.finance.exports.csv_files import LINES, header
from support.money import THREE_DECIMAL, ZERO_DECIMAL
from support.sql import is_sqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.orm import Session

    from support.finance.exports.listings import ListedColumn, Listing
    from support.finance.exports.shape import Tally
    from support.finance.reports.filters import Filters

    Written = Callable[[ListedColumn], sa.ColumnElement[Any]]

_CODES = [ord(trigger) for trigger in TRIGGERS]


def listing_csv(session: Session, listing: Listing, filters: Filters, tally: Tally) -> Iterator[bytes]:
    """The listing as a CSV file, a thousand lines at a time."""
    yield header([one.column.key for one in listing.columns])
    for lines in (_sqlite_lines if is_sqlite(session) else _copied_lines)(session, listing, filters):
        tally.rows += len(lines)
        yield b"\r\n".join([*lines, b""])


def _guarded(one: ListedColumn, code: Callable[..., Any], order: str) -> sa.ColumnElement[str]:
    """`cells.guarded` in SQL, of nothing the empty text.

    `code` gives a text's first character as a number; in `order` a collation compares by such numbers.
    """
    text = sa.type_coerce(one.value, sa.Text)
    ordered = sa.collate(text, order)
    # Nearly every text begins with one of these, and the rest is slow.
    is_plain = sa.or_(*((ordered >= first) & (ordered < after) for first, after in ("a{", "A[", "0:")))
    firsts = code(text), code(sa.func.ltrim(text, WHITE_SPACE))
    is_formula = sa.or_(*(first.in_(_CODES) for first in firsts))
    return sa.case((is_plain, text), (is_formula, sa.literal("'").concat(text)), else_=sa.func.coalesce(text, ""))


# PostgreSQL


def copy_statement(session: Session, listing: Listing, filters: Filters) -> tuple[sql.Composed, dict[str, Any]]:
    """COPY of the listing and its parameters, for psycopg to put in."""
    columns = [_POSTGRESQL[one.column.kind](one).label(one.column.key) for one in listing.columns]
    selected = listing.select(session, filters, columns)
    rows = selected.compile(session.get_bind(), compile_kwargs={"render_postcompile": True})
    texts = sql.SQL(", ").join(sql.Identifier(one.column.key) for one in listing.columns if one.column.kind == "text")
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv, ENCODING 'UTF8', FORCE_QUOTE ({}))")
    return statement.format(sql.SQL(str(rows)), texts), rows.params


def _copied_lines(session: Session, listing: Listing, filters: Filters) -> Iterator[list[Any]]:
    connection: Any = session.connection().connection.driver_connection
    with connection.cursor() as cursor, cursor.copy(*copy_statement(session, listing, filters)) as copy:
        rows = iter(copy)
        # A message is a row and ends with a bare LF. Copied: holding a thousand of the buffers costs twice as much.
        while lines := [bytes(row[:-1]) for row in islice(rows, LINES)]:
            yield lines


def _postgresql_text(one: ListedColumn) -> sa.ColumnElement[Any]:
    return _guarded(one, sa.func.ascii, "C")


def _postgresql_moment(one: ListedColumn) -> sa.ColumnElement[Any]:
    return sa.func.to_char(sa.func.timezone("UTC", one.value), 'YYYY-MM-DD"T"HH24:MI:SS"Z"')


def _postgresql_money(one: ListedColumn) -> sa.ColumnElement[Any]:
    # A product of NUMERICs has as many decimals as its factors have together.
    unit = _by_decimals(one, Decimal(1), Decimal("0.01"), Decimal("0.001"))
    return sa.cast(one.value, sa.Numeric) * unit


_POSTGRESQL: dict[str, Written] = {
    "text": _postgresql_text,
    "moment": _postgresql_moment,
    "money": _postgresql_money,
}


def _by_decimals(one: ListedColumn, none: Any, two: Any, three: Any) -> sa.Case[Any]:
    """One of three values, by the decimals of the column's currency."""
    if one.currency is None:
        raise ValueError(f"{one.column.key} is money of no currency")
    return sa.case(
        (one.currency.in_(sorted(ZERO_DECIMAL)), none), (one.currency.in_(sorted(THREE_DECIMAL)), three), else_=two
    )


# SQLite


def _sqlite_lines(session: Session, listing: Listing, filters: Filters) -> Iterator[list[bytes]]:
    # %w doubles the quotation marks in a text.
    pattern = ",".join('"%w"' if one.column.kind == "text" else "%s" for one in listing.columns)
    line = sa.func.printf(pattern, *(_SQLITE[one.column.kind](one) for one in listing.columns), type_=sa.Text)
    found = session.execute(listing.select(session, filters, [line]).execution_options(yield_per=LINES))
    for lines in found.scalars().partitions():
        yield [line.encode() for line in lines]


def _sqlite_text(one: ListedColumn) -> sa.ColumnElement[Any]:
    return _guarded(one, sa.func.unicode, "BINARY")


def _sqlite_moment(one: ListedColumn) -> sa.ColumnElement[Any]:
    day, time = (sa.func.substr(one.value, start, length, type_=sa.Text) for start, length in ((1, 10), (12, 8)))
    return day.concat("T").concat(time).concat("Z")


def _sqlite_money(one: ListedColumn) -> sa.ColumnElement[Any]:
    size = sa.func.abs(one.value, type_=sa.Integer)
    sign = sa.case((one.value < 0, "-"), else_="")

    def digits(pattern: str, unit: int) -> sa.ColumnElement[str]:
        return sa.func.printf(pattern, sign, size // unit, size % unit, type_=sa.Text)

    return sa.case(
        (one.value.is_(None), None),
        else_=_by_decimals(one, sa.cast(one.value, sa.Text), digits("%s%d.%02d", 100), digits("%s%d.%03d", 1000)),
    )


_SQLITE: dict[str, Written] = {"text": _sqlite_text, "moment": _sqlite_moment, "money": _sqlite_money}
