"""A report's cells beside those that are reckoned from the facts."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

from support import clock
from support.finance.reports import REPORTS
from tests.databases import app_over
from tests.support.finance import reckoning_more as more
from tests.support.finance.reckoning import Reckoning, Tables

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from sqlalchemy.orm import Session

    from support.finance.reports.filters import Filters

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


def cells_of(session: Session, name: str, filters: Filters) -> Tables:
    """A report's cells, table by table, as the reckoning has them."""
    found: Tables = {}
    with _app().app_context():
        for table in REPORTS[name].build(session, filters).tables:
            found[table.key] = [row.cells for row in table.rows]
            assert all(len(cells) == len(table.columns) for cells in found[table.key])
            if table.totals:
                found[f"{table.key}/totals"] = [row.cells for row in table.totals]
    return found


@cache
def _app() -> Flask:
    """Its settings are all that reports ask it for: the session comes from elsewhere."""
    return app_over("sqlite:///:memory:")


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
