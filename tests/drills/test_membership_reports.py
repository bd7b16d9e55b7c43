"""Reports of memberships over years of many supporters: every cell is what its definition gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from support.finance.reports.rollups.worth.operations import roll_up_worth
from tests.databases import app_over
from tests.support.finance.membership_comparing import EXPECTED, Cells, a_book, unlike
from tests.support.finance.memberships import ZONE

if TYPE_CHECKING:
    from flask import Flask

    from support.db import Database
    from support.finance.reports.filters import Filters

# As many as continue among the 200,000 of test_reports.py, where the others give once or twice.
SUPPORTERS = 110_000


@pytest.mark.drill
@pytest.mark.timeout(7200)
def test_every_cell_of_years_of_many_supporters_is_what_the_definitions_give(database_url: str) -> None:
    app = app_over(database_url)
    database: Database = app.extensions["database"]
    truth = a_book(database, SUPPORTERS)
    expected = {name: reckoned(truth) for name, reckoned in EXPECTED.items()}
    assert all_unlike(app, truth.filters, expected) == []
    with app.app_context():
        roll_up_worth(database, ZONE)
    assert all_unlike(app, truth.filters, expected) == []
    database.engine.dispose()


def all_unlike(app: Flask, filters: Filters, expected: dict[str, dict[str, Cells]]) -> list[str]:
    database: Database = app.extensions["database"]
    with app.app_context(), database.reading() as session:
        if not database.is_sqlite:  # a page would be given up after 30 seconds: this is about what it says
            session.execute(sa.text("SET LOCAL statement_timeout = 0"))
        return [one for name, cells in expected.items() for one in unlike(session, filters, name, cells)]
