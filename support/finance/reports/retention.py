"""Retention: of those whose first membership began in one month, who is still a member, month after month."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support import clock
from support.finance.reports.parts import position_within
from support.finance.reports.presence import presence
from support.finance.reports.shape import Chart, Column, Report, Row, Table
from support.finance.reports.spans import changes, moments_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sqlalchemy.orm import Session

    from support.finance.reports.filters import Filters
    from support.finance.reports.shape import Cell, CellKind
    from support.finance.reports.spans import Moments

_DEFINITION = (
    "Supporters by the month in which their first membership began, and how many of them were members at the end of "
    "that month and of each one since. Who comes back counts again."
)
_EXACT = Decimal("0.0001")


@dataclass(frozen=True)
class Cohort:
    """`size` supporters began in the month `first_day`; `there[n]` of them were members n months later, at its end.

    `opens`: the filters of the listing of payments under which are those that they began with.
    """

    first_day: date
    size: int
    there: tuple[int, ...]
    opens: Mapping[str, str]


def retention(session: Session, filters: Filters) -> Report:
    """Shares and numbers, a row for each month's cohort."""
    moments = moments_of(filters, clock.now())
    cohorts = cohorts_of(session, filters, moments)
    tables = (
        _table("shares", "Share still members after so many months", "share", moments, cohorts),
        _table("numbers", "Number still members after so many months", "count", moments, cohorts),
    )
    return Report("retention", "Retention", _DEFINITION, tables, _charts(cohorts))


def cohorts_of(session: Session, filters: Filters, moments: Moments) -> list[Cohort]:
    """The cohorts of the months, as far as there are any."""
    if not moments.at:
        return []
    come = presence(changes(session, filters, moments, is_valued=False), "supporter")
    cohort = position_within(session, come.c.first_at, moments.at).label("cohort")
    sums = (
        sa.select(
            cohort, come.c.position, sa.func.sum(come.c.came), sa.func.sum(sa.case((come.c.is_first, 1), else_=0))
        )
        .where(come.c.first_at >= moments.at[0], come.c.first_at < moments.at[-1])
        .group_by("cohort", come.c.position)
    )
    sizes = [0] * len(moments.months)
    came = [[0] * (len(moments.at) + 1) for _ in moments.months]
    for at, moment, moved, begun in session.execute(sums):
        sizes[at] += int(begun)
        came[at][moment] += int(moved)
    return [
        Cohort(
            month.first_day,
            size,
            tuple(accumulate(moved[:-1]))[at + 1 :],
            filters.opens_month(at, paid_for="first"),
        )
        for at, (month, size, moved) in enumerate(zip(moments.months, sizes, came, strict=True))
        if size
    ]


def _table(key: str, title: str, kind: CellKind, moments: Moments, cohorts: list[Cohort]) -> Table:
    after = range(len(moments.months))
    columns = (
        Column("month", "First membership in", "month"),
        Column("supporters", "Supporters", "count"),
        *(Column(f"after_{months}", str(months), kind) for months in after),
    )
    rows = tuple(
        Row(
            (cohort.first_day, cohort.size, *(_cell(kind, cohort, months) for months in after)),
            cohort.opens,
        )
        for cohort in cohorts
    )
    return Table(key, title, columns, rows)


def _cell(kind: CellKind, cohort: Cohort, months: int) -> Cell:
    """None for a month that has not come yet."""
    if months >= len(cohort.there):
        return None
    there = cohort.there[months]
    return there if kind == "count" else share(there, cohort.size)


def share(part: int, whole: int) -> Decimal:
    """A part of a whole to a hundredth of a percent, halves rounded up."""
    return (Decimal(part) / whole).quantize(_EXACT, ROUND_HALF_UP)


def _charts(cohorts: list[Cohort]) -> tuple[Chart, ...]:
    """All cohorts together: of those who could be there after so many months, the share who were."""
    longest = max((len(cohort.there) for cohort in cohorts), default=0)
    if not longest:
        return ()
    shares = []
    for months in range(longest):
        old_enough = [cohort for cohort in cohorts if months < len(cohort.there)]
        shares.append(share(sum(one.there[months] for one in old_enough), sum(one.size for one in old_enough)))
    return (
        Chart(
            "retention",
            "Share still members after so many months",
            "All cohorts that are old enough, together.",
            "line",
            tuple(str(months) for months in range(longest)),
            (("Still members", tuple(shares)),),
            is_share=True,
        ),
    )
