"""Reports of memberships beside what their definitions give, cell by cell."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from support import clock
from support.campaigns.models import Campaign
from support.finance.reports import REPORTS
from support.finance.reports.filters import Filters
from support.money import Money
from tests.support.finance import membership_calendar as months
from tests.support.finance import membership_earnings as earnings
from tests.support.finance import membership_figures as figures
from tests.support.finance.membership_rows import put
from tests.support.finance.memberships import ZONE, Books
from tests.support.finance.special_lives import add_special_lives

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from support.db import Database
    from tests.support.finance.membership_figures import Worth
    from tests.support.finance.memberships import Made

Cells = dict[tuple[Any, ...], tuple[Any, ...]]
MRR = "start new reactivation expansion contraction churn end".split()


@dataclass(frozen=True)
class Truth:
    """What memberships are, and the period that they are looked at over."""

    made: Sequence[Made]
    first_day: date
    last_day: date
    now: datetime
    slug: str
    asked: Mapping[str, Any] = field(default_factory=dict)

    @property
    def filters(self) -> Filters:
        """The report's period, and what else is asked."""
        return Filters(self.first_day, self.last_day, ZONE, **self.asked)

    @cached_property
    def calendar(self) -> months.Calendar:
        """The months as far as they have come."""
        return months.Calendar.of(self.first_day, self.last_day, self.now)

    @cached_property
    def spans(self) -> list[figures.Span]:
        """Every membership's."""
        return [span for one in self.made for span in figures.spans_of(one, self.now)]


def a_book(database: Database, supporters: int, *more: Callable[[Books], object]) -> Truth:
    """Special lives, `more` of them and so many seeded ones, in the database; looked at over the last two years."""
    now = clock.now()
    books = Books(Random(7), now, 30)  # noqa: S311  # the same book every time
    for add in (add_special_lives, *more):
        add(books)
    put(database, books.fill(supporters))
    first = months.month_of(now).replace(year=now.year - 2)
    with database.reading() as session:
        slug = session.scalars(sa.select(Campaign.slug)).one()
    return Truth(books.memberships, first, months.month_after(months.month_of(now)), now, slug)


def plain(cell: object) -> object:
    """Money as its minor units."""
    return cell.amount_minor if isinstance(cell, Money) else cell


def shown(session: Session, name: str, filters: Filters) -> dict[str, Cells]:
    """{table: {key cells: other cells}} of a report; key cells are those before the first figure."""
    found = {}
    for table in REPORTS[name].build(session, filters).tables:
        keys = sum(column.kind in {"month", "text"} for column in table.columns)
        rows = [tuple(map(plain, row.cells)) for row in table.rows]
        found[table.key] = {row[:keys]: row[keys:] for row in rows}
        assert len(found[table.key]) == len(rows)
    return found


def expected_mrr(truth: Truth) -> dict[str, Cells]:
    """As the report `mrr`."""
    rows = figures.mrr(truth.spans, truth.calendar)
    return {"mrr": {key: tuple(row[word] for word in MRR) for key, row in rows.items()}}


def expected_members(truth: Truth) -> dict[str, Cells]:
    """As the report `members`."""

    def table(part: Callable[[figures.Span], str] | None) -> Cells:
        parts = sorted({part(span) for span in truth.spans}) if part else [""]
        return {
            (month, *((word,) if part else ())): counts
            for word in parts
            for month, counts in figures.members(
                [span for span in truth.spans if part is None or part(span) == word], truth.calendar
            ).items()
        }

    def plan(span: figures.Span) -> str:
        return f"{truth.slug}/{span.plan.replace(' ', '-')}"

    return {"members": table(None), "plans": table(plan), "intervals": table(lambda span: span.plan.split()[-1])}


def expected_retention(truth: Truth) -> dict[str, Cells]:
    """As the report `retention`."""
    cohorts = figures.retention(truth.spans, truth.calendar)
    longest = len(truth.calendar.months)
    numbers: Cells = {}
    shares: Cells = {}
    for month, (size, there) in cohorts.items():
        none = [None] * (longest - len(there))
        numbers[month,] = (size, *there, *none)
        shares[month,] = (size, *(figures.share(count, size) for count in there), *none)
    return {"shares": shares, "numbers": numbers}


def expected_lifetime(truth: Truth) -> dict[str, Cells]:
    """As the report `lifetime`."""
    lives = figures.lives(truth.made, truth.spans, truth.calendar)

    def table(part: Callable[[Worth], tuple[Hashable, ...]]) -> Cells:
        groups: dict[tuple[Any, ...], list[Worth]] = defaultdict(list)
        for (_, currency), worth in lives.items():
            groups[currency, *part(worth)].append(worth)
        return {key: figures.life(group) for key, group in groups.items()}

    return {
        "currencies": table(lambda _: ()),
        "months": table(lambda worth: (worth.month,)),
        "plans": table(lambda worth: (f"{truth.slug}/{worth.plan.replace(' ', '-')}",)),
        "estimate": {
            (currency,): row for currency, row in figures.estimates(truth.spans, truth.calendar, truth.now).items()
        },
    }


def expected_deferred(truth: Truth) -> dict[str, Cells]:
    """As the report `deferred`."""
    rows = earnings.deferred(truth.made, truth.calendar)
    to_come = earnings.schedule(truth.made, truth.calendar)
    return {
        "deferred": {
            key: row for key, row in rows.items() if key[1] in {one for (_, one), r in rows.items() if any(r)}
        },
        "schedule": {key: (amount,) for key, amount in to_come.items()},
    }


EXPECTED: dict[str, Callable[[Truth], dict[str, Cells]]] = {
    "members": expected_members,
    "mrr": expected_mrr,
    "retention": expected_retention,
    "lifetime": expected_lifetime,
    "deferred": expected_deferred,
}


def differing(session: Session, truth: Truth, name: str) -> list[str]:
    """Every cell of a report that its definition gives otherwise."""
    return unlike(session, truth.filters, name, EXPECTED[name](truth))


def unlike(session: Session, filters: Filters, name: str, expected: dict[str, Cells]) -> list[str]:
    """Every cell of a report that is another than expected."""
    found = shown(session, name, filters)
    assert found.keys() == expected.keys()
    return [
        f"{name}.{table} {key}: {found[table].get(key)} instead of {expected[table].get(key)}"
        for table in expected
        for key in found[table].keys() | expected[table].keys()
        if found[table].get(key) != expected[table].get(key)
    ]
