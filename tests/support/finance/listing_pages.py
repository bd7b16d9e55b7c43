"""Listings as an address asks for them, page by page, of the period that these tests are about."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from support.finance.listings import LISTINGS
from support.finance.listings.forms import ListingQuery
from tests.support.finance.books import ZONE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from support.db import Database
    from support.finance.listings.paging import Page
    from support.finance.reports.shape import Row

TODAY = date(2024, 7, 1)
PERIOD = {"from": "2024-02-01", "to": "2024-06-30"}


def page(database: Database, name: str, asked: Mapping[str, str], size: int = 50) -> Page:
    """A page as an address asks for it."""
    with database.reading() as session:
        return LISTINGS[name].page(session, ListingQuery.model_validate(dict(asked)), TODAY, ZONE, size=size)


def walk(database: Database, name: str, asked: Mapping[str, str], size: int = 500) -> Iterator[Row]:
    """Every row, from page to page."""
    after: str | None = ""
    while after is not None:
        found = page(database, name, {**asked, "after": after}, size)
        assert len(found.rows) <= size
        yield from found.rows
        after = found.next
