"""What is under the figures, row by row. `LISTINGS` is the one list: a Row and an Opening name one of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from support.finance.listings import comings, failures, ledger, movements, payments, refunds
from support.finance.listings.forms import check_listing
from support.finance.listings.paging import SIZE, Page, page_of, read_place
from support.finance.reports.forms import FILTERS
from support.finance.reports.spans import MEMBERSHIP_FILTERS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from datetime import date
    from zoneinfo import ZoneInfo

    from sqlalchemy.orm import Session

    from support.finance.listings.forms import Asked, ListingQuery, Takes
    from support.finance.listings.paging import Order
    from support.finance.reports.shape import Column, Row
    from support.finance.reports.sums import Rows


@dataclass(frozen=True)
class Listing:
    """A list that can be asked for. `select` gives what `row` makes a Row of.

    `filters`: those of reports that say something about it; `takes`: filters of its own.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    filters: Collection[str]
    takes: Takes
    order: Order
    select: Callable[[Session, Asked], Rows]
    row: Callable[..., Row]

    def page(self, session: Session, query: ListingQuery, today: date, zone: ZoneInfo, *, size: int = SIZE) -> Page:
        """The page that an address asks for. Raises InvalidInput, which names every bad field."""
        asked = check_listing(session, self, query, today, zone)
        place = read_place(query.after, self.order) if query.after else None
        selected = self.select(session, replace(asked, place=place))
        found, following = page_of(session, selected, self.order, place, size)
        return Page(self.columns, tuple(self.row(asked, *one) for one in found), following)

    def every_row(self, session: Session, asked: Asked, *, at_once: int) -> Iterator[Row]:
        """All pages together, so many rows in memory at once: read them while the session is open."""
        order = self.order.moment.desc(), self.order.id.desc()
        found = session.execute(self.select(session, asked).order_by(*order).execution_options(yield_per=at_once))
        return (self.row(asked, *one) for one in found)


LISTINGS = {
    name: Listing(name, title, its.COLUMNS, filters, its.TAKES, its.ORDER, its.select, its.row)
    for name, title, filters, its in (
        ("payments", "Payments", FILTERS, payments),
        ("refunds", "Refunds", FILTERS, refunds),
        ("failures", "Refused charges", FILTERS, failures),
        ("ledger", "Ledger", FILTERS, ledger),
        ("movements", "What moved recurring revenue", MEMBERSHIP_FILTERS, movements),
        ("comings", "Members who came and went", MEMBERSHIP_FILTERS, comings),
    )
}
