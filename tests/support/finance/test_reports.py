"""Every cell of every money report equals what is reckoned from the facts, with and without each filter."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from support import clock
from support.finance.models import LedgerEntry
from support.finance.reports import REPORTS
from support.finance.reports.filters import Filters
from support.payments.models import Payment
from tests.support.finance import reckoning_more as more
from tests.support.finance.books import ARTICLES, ZONE
from tests.support.finance.reckoning import Reckoning, Tables

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.db import Database
    from tests.support.finance.facts import Books

RECKONED: dict[str, Callable[[Reckoning], Tables]] = {
    "overview": more.overview,
    "income": Reckoning.income,
    "donations": Reckoning.donations,
    "articles": more.articles,
    "failed": more.failed,
    "refunds": lambda told: more.refunds(told, clock.now()),
    "payouts": more.payouts,
    "fees": Reckoning.fees,
    "taxes": Reckoning.taxes,
}
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
    """A report's cells, table by table, as the reckoning has them."""
    with database.reading() as session:
        return _cells(session, name, filters)


def _cells(session: Any, name: str, filters: Filters) -> Tables:
    found: Tables = {}
    for table in REPORTS[name].build(session, filters).tables:
        found[table.key] = [row.cells for row in table.rows]
        assert all(len(cells) == len(table.columns) for cells in found[table.key])
        if table.totals:
            found[f"{table.key}/totals"] = [row.cells for row in table.totals]
    return found


def unequal(found: Tables, reckoned: Tables) -> dict[str, tuple[Any, Any]]:
    """Per table, rows that only one of both has."""
    return {
        key: (dict(extra), dict(missing))
        for key in {*found, *reckoned}
        for extra, missing in [_difference(found.get(key, []), reckoned.get(key, []))]
        if extra or missing
    }


def _difference(found: list[Any], reckoned: list[Any]) -> tuple[Counter[Any], Counter[Any]]:
    return Counter(found) - Counter(reckoned), Counter(reckoned) - Counter(found)


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
            assert unequal(_cells(session, name, EVERYTHING), reckoned), name
        session.close()
        connection.rollback()
