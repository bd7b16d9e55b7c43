"""Monthly recurring revenue: what memberships are worth a month, and what moved it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from support import clock
from support.finance.reports.rollups.worth.queries import rollup_of
from support.finance.reports.rollups.worth.rules import COMES, MOVEMENTS
from support.finance.reports.shape import Chart, Column, Opening, Report, Row, Table
from support.finance.reports.spans import changes, moments_of, movement_word
from support.finance.reports.totals import added_up, first, last
from support.money import Money

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from sqlalchemy.orm import Session

    from support.finance.reports.filters import Filters
    from support.finance.reports.spans import Moments

_TITLES = ("New", "Reactivation", "Expansion", "Contraction", "Churn")
_COLUMNS = (
    Column("month", "Month", "month"),
    Column("currency", "Currency"),
    Column("start", "At its start", "money"),
    *(Column(word, title, "money") for word, title in zip(MOVEMENTS, _TITLES, strict=True)),
    Column("end", "At its end", "money"),
)
_DEFINITION = (
    "What memberships are worth a month, a year's amount divided by twelve, at the first moment of each month and of "
    "the next; and what moved it, supporter by supporter."
)


@dataclass
class Flow:
    """One currency, in minor units: what there was at the first moment, then what moved it, month by month.

    `supporters`: how many were worth something at each moment; `ceased`: how many of them were worth nothing any more
    at the next.
    """

    opening: int
    moved: list[dict[str, int]]
    supporters: list[int]
    ceased: list[int]

    def months(self) -> Iterator[tuple[int, dict[str, int], int]]:
        """Of every month the start, its movements, and the end."""
        start = self.opening
        for moved in self.moved:
            end = start + sum(moved.values())
            yield start, moved, end
            start = end


def mrr(session: Session, filters: Filters) -> Report:
    """By month and currency: start, movements, end."""
    moments = moments_of(filters, clock.now())
    flows = flows_of(session, filters, moments)
    rows = tuple(
        Row(
            (moments.months[at].first_day, currency, *(Money(one, currency) for one in (start, *moved.values(), end))),
            filters.opens_month(at, currency=currency, paid_for="end"),
            others=_others(filters, at, currency, partial(filters.opens_month, at)),
        )
        for currency, flow in flows.items()
        for at, (start, moved, end) in enumerate(flow.months())
    )
    totals = added_up(
        _COLUMNS,
        rows,
        {"start": first, "end": last},
        opens=lambda currency: filters.opens(currency=currency, paid_for="end"),
        others=lambda currency: _others(filters, 0, currency, filters.opens),
    )
    table = Table("mrr", "Monthly recurring revenue by month and currency", _COLUMNS, rows, totals, opened="end")
    charts = tuple(chart for currency, flow in flows.items() for chart in _charts(moments, currency, flow))
    return Report("mrr", "Monthly recurring revenue", _DEFINITION, (table,), charts)


def paid_for_start(filters: Filters, at: int, currency: str, **more: str) -> Opening:
    """Under what one of the months starts with: what the one before ends with."""
    its = {"currency": currency, "paid_for": "end", **more}
    return Opening(filters.opens_month(at - 1, **its) if at else filters.before.opens(**its))


def _others(filters: Filters, first: int, currency: str, opens: Callable[..., Mapping[str, str]]) -> dict[str, Opening]:
    """Of months that begin with the `first`; under each movement are the supporters whose worth moved so."""
    moved = {word: Opening(opens(currency=currency, movement=word), "movements") for word in MOVEMENTS}
    return {"start": paid_for_start(filters, first, currency), **moved}


def flows_of(session: Session, filters: Filters, moments: Moments) -> dict[str, Flow]:
    """Each currency's, in the order of their names: from the rollup, where it holds."""
    if rollup := rollup_of(session, filters, moments.now):
        return flows(rollup.movements(moments.at), moments)
    return flows(session.execute(movements(changes(session, filters, moments), moments)), moments)


def flows(moved: Iterable[Any], moments: Moments) -> dict[str, Flow]:
    """Of rows (currency, position, movement, minor units, supporters), those at position 0 are what there was before.

    In the order of the currencies' names.
    """
    found: dict[str, Flow] = {}
    for currency, at, word, minor, supporters in moved:
        flow = found.setdefault(currency, _no_flow(moments))
        if at == 0:
            flow.opening += int(minor)
        else:
            flow.moved[at - 1][word] += int(minor)
        if word == "churn":
            flow.ceased[at - 1] += supporters
        flow.supporters[at] += COMES.get(word, 0) * supporters
    for flow in found.values():
        flow.supporters = list(accumulate(flow.supporters))
    return dict(sorted(found.items()))


def _no_flow(moments: Moments) -> Flow:
    return Flow(0, [dict.fromkeys(MOVEMENTS, 0) for _ in moments.months], [0] * len(moments.at), [0] * len(moments.at))


def movements(change: sa.CTE, moments: Moments) -> sa.Select[str, int, str, int, int]:
    """Rows as for `flows`, of `spans.changes`."""
    its = moved_supporters(change, moments).c
    return sa.select(
        its.currency, its.position, its.word, sa.func.sum(its.moved).label("minor"), sa.func.count().label("supporters")
    ).group_by(its.currency, its.position, its.word)


def moved_supporters(change: sa.CTE, moments: Moments) -> sa.Subquery:
    """Whose worth moved at which position, of `spans.changes`, at 0 all that were worth something before.

    Columns `supporter`, `currency`, `position`, `word`; `start`, `moved` and `end` in minor units.
    """
    moved = (
        sa.select(
            change.c.supporter,
            change.c.currency,
            change.c.position,
            sa.func.sum(change.c.value).label("moved"),
        )
        .where(change.c.value != 0)
        .group_by(change.c.supporter, change.c.currency, change.c.position)
        .subquery("moved")
    )
    theirs: dict[str, Any] = {"partition_by": (moved.c.supporter, moved.c.currency), "order_by": moved.c.position}
    run = sa.select(
        *moved.c,
        sa.func.sum(moved.c.moved).over(**theirs).label("end"),
        sa.func.min(moved.c.position).over(**theirs).label("first"),
    ).subquery("run")
    start, is_first = run.c.end - run.c.moved, run.c["first"] == run.c.position
    named = sa.select(
        run.c.supporter,
        run.c.currency,
        run.c.position,
        movement_word(start, run.c.end, is_first).label("word"),
        start.label("start"),
        run.c.moved,
        run.c.end,
    )
    return named.where(run.c.moved != 0, run.c.position < len(moments.at)).subquery("named")


def _charts(moments: Moments, currency: str, flow: Flow) -> tuple[Chart, Chart]:
    labels = tuple(month.first_day for month in moments.months)
    months = list(flow.months())
    moved = tuple(
        (title, tuple(Money(each[word], currency).major for _, each, _ in months))
        for word, title in zip(MOVEMENTS, _TITLES, strict=True)
    )
    ends = ("At the month's end", tuple(Money(end, currency).major for _, _, end in months))
    return (
        Chart(
            f"movements-{currency}",
            f"What moved monthly recurring revenue, {currency}",
            "For each month what new, returning and growing support added, and what smaller and ended support took.",
            "stacked",
            labels,
            moved,
            currency,
        ),
        Chart(
            f"mrr-{currency}",
            f"Monthly recurring revenue, {currency}",
            "What memberships were worth a month at each month's end.",
            "line",
            labels,
            (ends,),
            currency,
        ),
    )
