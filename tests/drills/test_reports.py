"""The books of three years and 200,000 supporters: every cell of every money report is what the facts say."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from support.db import Database
from support.finance.reports.filters import Filters
from tests.support.finance.books import ARTICLES, ZONE, generate
from tests.support.finance.comparing import RECKONED, cells_of, unequal
from tests.support.finance.reckoning import Reckoning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.finance.facts import Books

pytestmark = [pytest.mark.drill, pytest.mark.timeout(7200)]
SUPPORTERS = 200_000
PERIOD = (date(2024, 2, 1), date(2027, 1, 31))
FILTERS = (
    Filters(*PERIOD, ZONE),
    Filters(date(2025, 3, 15), date(2026, 10, 25), ZONE, currency="EUR"),
    Filters(*PERIOD, ZONE, campaign_id=1001, country="DE", article=ARTICLES[0]),
)


@pytest.fixture
def written(database_url: str) -> Iterator[tuple[Database, Books]]:
    """Their database and facts."""
    database = Database(database_url)
    yield database, generate(database, months=36, supporters=SUPPORTERS, seed=3)
    database.engine.dispose()


def test_three_years_are_told_to_the_cent(written: tuple[Database, Books]) -> None:
    database, books = written
    for name, reckoned in RECKONED.items():
        for filters in FILTERS:
            with database.reading() as session:
                found = cells_of(session, name, filters)
            assert unequal(found, reckoned(Reckoning(books, filters))) == {}, (name, filters)
