"""The books of three years and 200,000 supporters: every cell of every money report is what the facts say.

It is so as long as every row is read, and when what the reports of `SUMMED` tell comes from sums by day.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from support.finance.reports.filters import Filters
from support.finance.reports.rollups.days.operations import roll_up_days
from support.finance.reports.rollups.worth.operations import roll_up_worth
from support.payments.models import Payment
from tests.databases import app_over
from tests.support.finance.books import ARTICLES, ZONE, generate
from tests.support.finance.comparing import RECKONED, cells_of, unequal
from tests.support.finance.reckoning import Reckoning
from tests.support.finance.test_rollups import NAMES as SUMMED
from tests.support.finance.trying import undone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from support.db import Database
    from tests.support.finance.facts import Books
    from tests.support.finance.reckoning import Tables

pytestmark = [pytest.mark.drill, pytest.mark.timeout(7200)]
SUPPORTERS = 200_000
# Over: of a period that is not, the end is now, and now passes while so many are reckoned.
PERIOD = (date(2023, 2, 1), date(2026, 1, 31))
FILTERS = (
    Filters(*PERIOD, ZONE),
    Filters(date(2024, 3, 15), date(2025, 10, 25), ZONE, currency="EUR"),
    Filters(*PERIOD, ZONE, campaign_id=1001, country="DE", article=ARTICLES[0]),
)


@pytest.fixture
def written(database_url: str) -> Iterator[tuple[Flask, Books]]:
    """An app over their database, and their facts."""
    app = app_over(database_url)
    database: Database = app.extensions["database"]
    yield app, generate(database, months=36, supporters=SUPPORTERS, seed=3, first_month=PERIOD[0])
    database.engine.dispose()


def test_three_years_are_told_to_the_cent(written: tuple[Flask, Books]) -> None:
    app, books = written
    database: Database = app.extensions["database"]
    for filters in FILTERS:
        reckoned = {name: tables(Reckoning(books, filters)) for name, tables in RECKONED.items()}
        assert differing(database, filters, reckoned) == {}
    # The control: a cent too many in one payment of a million is found.
    with undone(database) as session:
        session.execute(sa.update(Payment).where(Payment.id == 1).values(amount_minor=Payment.amount_minor + 1))
        reckoned_income = RECKONED["income"](Reckoning(books, FILTERS[0]))
        assert unequal(cells_of(session, "income", FILTERS[0]), reckoned_income) != {}
    roll_up_days(database, ZONE)
    with app.app_context():
        roll_up_worth(database, ZONE)
    for filters in FILTERS:
        reckoned = {name: RECKONED[name](Reckoning(books, filters)) for name in SUMMED}
        assert differing(database, filters, reckoned) == {}


def differing(database: Database, filters: Filters, reckoned: dict[str, Tables]) -> dict[str, object]:
    """{report: its rows that are not what was reckoned}"""
    found = {}
    for name, tables in reckoned.items():
        with database.reading() as session:
            found[name] = unequal(cells_of(session, name, filters), tables)
    return {name: rows for name, rows in found.items() if rows}
