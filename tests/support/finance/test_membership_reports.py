"""Reports of memberships equal what their definitions in docs/reports.md give, to the cent, on both databases."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support import clock
from support.campaigns.models import Campaign
from tests.support.finance import membership_figures as figures
from tests.support.finance.membership_comparing import EXPECTED, Truth, differing
from tests.support.finance.memberships import Books, put

if TYPE_CHECKING:
    from tests.services import Service


def test_every_cell_of_a_seeded_book_is_what_the_definitions_give(service: Service) -> None:
    now = clock.now()
    books = Books(Random(7), now, 30)  # noqa: S311  # the same book every time
    books.fill(250)
    put(service.database, books)
    first = figures.month_of(now).replace(year=now.year - 2)
    last = figures.month_after(figures.month_of(now))
    with service.app.app_context(), service.database.reading() as session:
        slug = session.scalars(sa.select(Campaign.slug)).one()
        truth = Truth(books.memberships, first, last, now, slug)
        assert [one for name in EXPECTED for one in differing(session, truth, name)] == []
