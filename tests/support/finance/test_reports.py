"""Every cell of every money report equals what is reckoned from the facts, with and without each filter."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from support.finance.models import LedgerEntry
from support.finance.reports.filters import Filters
from support.payments.models import Payment
from tests.support.finance.books import ARTICLES, ZONE
from tests.support.finance.comparing import RECKONED, cells_of, unequal
from tests.support.finance.reckoning import Reckoning

if TYPE_CHECKING:
    from support.db import Database
    from tests.support.finance.facts import Books
    from tests.support.finance.reckoning import Tables

EVERYTHING = Filters(date(2024, 2, 1), date(2024, 6, 30), ZONE)
FILTERS = {
    "everything": EVERYTHING,
    "one month whose clocks change": replace(EVERYTHING, first_day=date(2024, 3, 1), last_day=date(2024, 3, 31)),
    "odd days": replace(EVERYTHING, first_day=date(2024, 3, 30), last_day=date(2024, 5, 7)),
    "one day": replace(EVERYTHING, first_day=date(2024, 3, 31), last_day=date(2024, 3, 31)),
    "nothing": replace(EVERYTHING, first_day=date(2020, 1, 1), last_day=date(2020, 12, 31)),
    "yen": replace(EVERYTHING, currency="JPY"),
    "dollars": replace(EVERYTHING, currency="USD"),
    "campaign": replace(EVERYTHING, campaign_id=1001),
    "plan": replace(EVERYTHING, plan_id=1011),
    "country": replace(EVERYTHING, country="DE"),
    "unknown country": replace(EVERYTHING, country="ZZ"),
    "article": replace(EVERYTHING, article=ARTICLES[1]),
    "several": replace(
        EVERYTHING, first_day=date(2024, 3, 1), currency="EUR", campaign_id=1000, country="FR", article=ARTICLES[0]
    ),
}


def told(database: Database, name: str, filters: Filters) -> Tables:
    """A report's cells."""
    with database.reading() as session:
        return cells_of(session, name, filters)


@pytest.mark.parametrize("filters", FILTERS.values(), ids=FILTERS.keys())
@pytest.mark.parametrize("name", RECKONED)
def test_every_cell_is_what_the_facts_say(written: tuple[Database, Books], name: str, filters: Filters) -> None:
    database, books = written
    assert unequal(told(database, name, filters), RECKONED[name](Reckoning(books, filters))) == {}


@pytest.mark.parametrize("name", RECKONED)
def test_no_report_is_empty(written: tuple[Database, Books], name: str) -> None:
    found = told(written[0], name, EVERYTHING)
    assert [key for key, rows in found.items() if not rows] == []


@pytest.mark.parametrize(
    ("table", "changes", "names"),
    [
        (Payment, {"amount_minor": Payment.amount_minor + 1}, {"overview", "income", "taxes"}),
        (LedgerEntry, {"net_minor": LedgerEntry.net_minor - 1, "fee_minor": LedgerEntry.fee_minor + 1}, {"fees"}),
    ],
)
def test_a_wrong_row_is_found(
    written: tuple[Database, Books], table: type[Any], changes: dict[str, Any], names: set[str]
) -> None:
    database, books = written
    with database.engine.execution_options(is_writing=True).connect() as connection:
        wrong = sa.update(table).where(table.id == 7).values(**changes)
        connection.execute(wrong)
        session = sa.orm.Session(connection)
        for name in names:
            reckoned = RECKONED[name](Reckoning(books, EVERYTHING))
            assert unequal(cells_of(session, name, EVERYTHING), reckoned), name
        session.close()
        connection.rollback()
