"""What is under the figures, row by row. `LISTINGS` is the one list: a Row and an Opening name one of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from support.finance.listings import failures, ledger, payments, refunds
from support.finance.listings.forms import check_listing
from support.finance.listings.paging import SIZE, Page, page_of, read_place

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from zoneinfo import ZoneInfo

    from sqlalchemy.orm import Session

    from support.finance.listings.forms import Asked, ListingQuery, Takes
    from support.finance.listings.paging import Order
    from support.finance.reports.shape import Column, Row
    from support.finance.reports.sums import Rows


@dataclass(frozen=True)
class Listing:
    """A list that can be asked for. `takes`: filters of its own; `select` gives what `row` makes a Row of."""

    name: str
    title: str
    columns: tuple[Column, ...]
    takes: Takes
    order: Order
    select: Callable[[Session, Asked], Rows]
    row: Callable[..., Row]

    def page(self, session: Session, query: ListingQuery, today: date, zone: ZoneInfo, *, size: int = SIZE) -> Page:
        """The page that an address asks for. Raises InvalidInput, which names every bad field."""
        asked = check_listing(session, self.takes, query, today, zone)
        place = read_place(query.after, self.order) if query.after else None
        selected = self.select(session, replace(asked, place=place))
        found, following = page_of(session, selected, self.order, place, size)
        return Page(self.columns, tuple(self.row(*one) for one in found), following)


LISTINGS = {
    name: Listing(name, title, its.COLUMNS, its.TAKES, its.ORDER, its.select, its.row)
    for name, title, its in (
        ("payments", "Payments", payments),
        ("refunds", "Refunds", refunds),
        ("failures", "Refused charges", failures),
        ("ledger", "Ledger", ledger),
    )
}
