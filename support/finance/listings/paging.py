"""A page of a long list, and where the next one begins: the same time however far down.

A list is in the order of a moment and an id, the newest first, and an index has that order. The next page begins after
the last row, not after a count of rows.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from support.db import BigInt, UtcDateTime
from support.errors import FieldError, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from support.finance.reports.shape import Column, Row
    from support.finance.reports.sums import Rows

SIZE = 50
_MAX_ID = 2**63 - 1


@dataclass(frozen=True)
class Place:
    """After the row of this moment and id."""

    moment: datetime
    id: int | str

    @property
    def text(self) -> str:
        """As an address carries it; nothing but `read_place` reads it."""
        is_number = isinstance(self.id, int)
        plain = f"{self.moment.astimezone(UTC).isoformat()} {'n' if is_number else 't'} {self.id}"
        return urlsafe_b64encode(plain.encode()).decode().rstrip("=")


@dataclass(frozen=True)
class Page:
    """Rows under columns; `next` is the place after them, None where there are no more."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    next: str | None


@dataclass(frozen=True)
class Order:
    """The columns whose order a list has; `id` is a number, or text."""

    moment: sa.SQLColumnExpression[Any]
    id: sa.SQLColumnExpression[Any]
    is_number: bool = True

    def after(self, place: Place) -> sa.ColumnElement[bool]:
        """A condition: further down than this place."""
        bounds = (
            sa.literal(place.moment, UtcDateTime()),
            sa.literal(place.id, BigInt if self.is_number else sa.Text()),
        )
        return sa.tuple_(self.moment, self.id) < sa.tuple_(*bounds)


def read_place(text: str, order: Order) -> Place:
    """The place that an address names. Raises InvalidInput for what `Place.text` never wrote for such a list."""
    place = _place(text)
    if place is None or place.text != text or isinstance(place.id, int) != order.is_number:
        raise InvalidInput([FieldError("after", "Begin again at the first page.")])
    return place


def _place(text: str) -> Place | None:
    try:
        moment, kind, name = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().split(" ", 2)
        at = datetime.fromisoformat(moment)
        number = int(name) if kind == "n" else None
    except (ValueError, Base64Error):
        return None
    # `text` writes UTC, and what is written otherwise near the ends of time cannot be turned into it.
    if at.utcoffset() != timedelta(0) or "\x00" in name or (number is not None and not 0 <= number <= _MAX_ID):
        return None
    return Place(at, name if number is None else number)


def page_of(
    session: Session, selected: Rows, order: Order, place: Place | None, size: int
) -> tuple[Sequence[sa.Row[*tuple[Any, ...]]], str | None]:
    """At most `size` rows after a place, and the next one. `selected` gives moment and id first."""
    if place is not None:
        selected = selected.where(order.after(place))
    found = session.execute(selected.order_by(order.moment.desc(), order.id.desc()).limit(size + 1)).all()
    shown = found[:size]
    return shown, Place(shown[-1][0], shown[-1][1]).text if len(found) > size else None
