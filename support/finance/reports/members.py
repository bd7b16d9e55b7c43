"""Members: how many there are, how many came and went, by plan and interval too."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support import clock
from support.campaigns.models import INTERVALS, Campaign, Plan
from support.finance.reports.presence import presence
from support.finance.reports.shape import Chart, Column, Report, Row, Table
from support.finance.reports.spans import changes, moments_of
from support.finance.reports.totals import added_up, last

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy.orm import Session

    from support.finance.reports.filters import Filters
    from support.finance.reports.spans import Moments

_COUNTS = (
    Column("active", "Members at its end", "count"),
    Column("new", "New", "count"),
    Column("won_back", "Won back", "count"),
    Column("lapsed", "Lapsed", "count"),
)
_MONTH = Column("month", "Month", "month")
_DEFINITION = (
    "Supporters with a membership that is paid for, at each month's end: new ones, those won back, and those who were "
    "members at the month's beginning and are none at its end."
)
# Groups are told apart by a number: a plan's id, these, or 0 for everybody.
_EVERYBODY = 0
_OF_INTERVAL = {interval: -1 - at for at, interval in enumerate(INTERVALS)}


@dataclass
class _Group:
    """How many came at each position, in how many ways."""

    came: list[dict[str, int]]

    def months(self) -> Iterator[tuple[int, int, int, int]]:
        """Of every month: at its end, new, won back, lapsed."""
        there = 0
        for at, moved in enumerate(self.came):
            there += sum(moved.values())
            if at > 0:
                yield there, moved["new"], moved["won back"], -moved["lapsed"]


def members(session: Session, filters: Filters) -> Report:
    """By month; the same by plan and by interval."""
    moments = moments_of(filters, clock.now())
    groups = _groups(session, filters, moments)
    everybody = groups.get(_EVERYBODY, _nobody(moments))
    names = plan_names(session)
    intervals = {interval: groups[at] for interval, at in _OF_INTERVAL.items() if at in groups}
    plans = {names[at]: group for at, group in groups.items() if at > 0}
    by_month = _rows(filters, moments, {(): everybody})
    moved = added_up((_MONTH, *_COUNTS), by_month, {"active": last}, lambda _currency: filters.opens(paid_for="end"))
    tables = (
        Table("members", "Members by month", (_MONTH, *_COUNTS), by_month, moved),
        Table(
            "plans",
            "Members by month and plan",
            (_MONTH, Column("plan", "Plan"), *_COUNTS),
            _rows(filters, moments, {(name,): plans[name] for name in sorted(plans)}, "membership_plan"),
        ),
        Table(
            "intervals",
            "Members by month and interval",
            (_MONTH, Column("interval", "Interval"), *_COUNTS),
            _rows(filters, moments, {(interval,): group for interval, group in intervals.items()}, "interval"),
        ),
    )
    return Report("members", "Members", _DEFINITION, tables, (_chart(moments, everybody),))


def _groups(session: Session, filters: Filters, moments: Moments) -> dict[int, _Group]:
    change = changes(session, filters, moments, is_valued=False)
    interval = sa.case(_OF_INTERVAL, value=Plan.interval)
    kinds = (
        sa.select(sa.literal_column(str(_EVERYBODY), sa.Integer()).label("part"), change),
        sa.select(change.c.plan_id, change),
        sa.select(interval, change).join(Plan, Plan.id == change.c.plan_id),
    )
    come = presence(sa.union_all(*kinds).subquery("parts"), "part", "supporter")
    word = sa.case((come.c.came < 0, "lapsed"), (come.c.is_first, "new"), else_="won back").label("word")
    sums = (
        sa.select(come.c.part, come.c.position, word, sa.func.sum(come.c.came))
        .where(come.c.came != 0, come.c.position < len(moments.at))
        .group_by(come.c.part, come.c.position, word)
    )
    found: dict[int, _Group] = {}
    for part, at, way, count in session.execute(sums):
        found.setdefault(part, _nobody(moments)).came[at][way] += int(count)
    return found


def _nobody(moments: Moments) -> _Group:
    return _Group([dict.fromkeys(("new", "won back", "lapsed"), 0) for _ in moments.at])


def plan_names(session: Session) -> dict[int, str]:
    """{id: campaign/plan}, as filters name them."""
    both = sa.select(Plan.id, Campaign.slug, Plan.slug).join(Campaign, Campaign.id == Plan.campaign_id)
    return {plan_id: f"{campaign}/{plan}" for plan_id, campaign, plan in session.execute(both)}


def _rows(
    filters: Filters, moments: Moments, groups: Mapping[tuple[str, ...], _Group], *told_apart: str
) -> tuple[Row, ...]:
    """A row for each group and month; `told_apart`: the filters of the listing of payments that the keys stand for."""
    return tuple(
        Row(
            (moments.months[at].first_day, *key, *counts),
            filters.opens_month(at, paid_for="end", **dict(zip(told_apart, key, strict=True))),
        )
        for key, group in groups.items()
        for at, counts in enumerate(group.months())
    )


def _chart(moments: Moments, everybody: _Group) -> Chart:
    """Those who stayed, and on top of them who came; below who went."""
    months = list(everybody.months())
    stayed = tuple(Decimal(there - new - back) for there, new, back, _ in months)
    return Chart(
        "members",
        "Members by month",
        "At each month's end: members who were there before, with new ones and those won back on top; lapsed below.",
        "stacked",
        tuple(month.first_day for month in moments.months),
        (
            ("Stayed", stayed),
            ("New", tuple(Decimal(new) for _, new, _, _ in months)),
            ("Won back", tuple(Decimal(back) for _, _, back, _ in months)),
            ("Lapsed", tuple(Decimal(-lapsed) for *_, lapsed in months)),
        ),
    )
