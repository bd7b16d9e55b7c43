"""Monthly recurring revenue equals what its definition gives, cell by cell."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from support import clock
from support.finance.reports import REPORTS
from support.finance.reports.filters import Filters
from tests.support.finance import membership_figures as figures
from tests.support.finance.memberships import ZONE, Books, put

if TYPE_CHECKING:
    from tests.services import Service


@pytest.mark.parametrize("seed", [1])
def test_every_cell_is_what_the_definition_gives(service: Service, seed: int) -> None:
    now = clock.now()
    books = Books(Random(seed), now, 30).fill(300)
    put(service.database, books)
    first = figures.month_of(now).replace(year=now.year - 2)
    filters = Filters(first, figures.month_after(figures.month_of(now)), ZONE)
    with service.app.app_context(), service.database.reading() as session:
        report = REPORTS["mrr"].build(session, filters)
        (table,) = report.tables
        found = {(row.cells[0], row.cells[1]): row.cells[2:] for row in table.rows}
    spans = [span for made in books.memberships for span in figures.spans_of(made, now)]
    expected = figures.mrr(spans, figures.Calendar.of(first, filters.last_day, now))
    keys = "start new reactivation expansion contraction churn end".split()
    assert {key: [cell.amount_minor for cell in cells] for key, cells in found.items()} == {
        key: [row[one] for one in keys] for key, row in expected.items()
    }
