"""Members: how many there are, how many came and went, by plan and interval too."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support import clock
from support.campaigns.models import INTERVALS, Campaign, Plan
from support.finance.reports.presence import presence
from support.finance.reports.shape import Chart, Column, Opening, Report, Row, Table
from support.finance.reports.spans import changes, moments_of
from support.finance.reports.totals import added_up, last

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sqlalchemy.orm import Session

    from support.finance.reports.filters import Filters
    from support.finance.reports.spans import Moments

_COUNTS = (
    Column("active", "Members at its end", "count"),
    Column("new", "New", "count"),
    Column("won_back", "Won back", "count"),
    Column("lapsed", "Lapsed", "count"),
)
# Who became a member, and who ceased to be one, by the columns' names.
COMINGS = ("new", "won_back", "lapsed")
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
                yield there, moved["new"], moved["won_back"], -moved["lapsed"]


def members(session: Session, filters: Filters) -> Report:
    """By month; the same by plan and by interval."""
    moments = moments_of(filters, clock.now())
    groups = _groups(session, filters, moments)
    everybody = groups.get(_EVERYBODY, _nobody(moments))
    names = plan_names(session)
    intervals = {interval: groups[at] for interval, at in _OF_INTERVAL.items() if at in groups}
    plans = {names[at]: group for at, group in groups.items() if at > 0}
    by_month = _rows(filters, moments, {(): everybody})
    moved = added_up(
        (_MONTH, *_COUNTS),
        by_month,
        {"active": last},
        lambda _currency: filters.opens(paid_for="end"),
        lambda _currency: _who_moved(filters.opens),
    )
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
    its = came(sa.union_all(*kinds).subquery("parts"), moments, "part", "supporter").c
    sums = sa.select(its.part, its.position, its.word, sa.func.sum(its.came)).group_by(its.part, its.position, its.word)
    found: dict[int, _Group] = {}
    for part, at, way, count in session.execute(sums):
        found.setdefault(part, _nobody(moments)).came[at][way] += int(count)
    return found


def came(changes: sa.FromClause, moments: Moments, *who: str) -> sa.Subquery:
    """Who of those that the columns `who` tell apart became a member or ceased to be one, at which position.

    Columns `who`; `position`, at 0 all who were members before; `word`, one of COMINGS; `came`: 1 or -1.
    """
    come = presence(changes, *who).c
    word = sa.case((come.came < 0, "lapsed"), (come.is_first, "new"), else_="won_back").label("word")
    moved = sa.select(*(come[name] for name in who), come.position, word, come.came)
    return moved.where(come.came != 0, come.position < len(moments.at)).subquery("moved_members")


def _nobody(moments: Moments) -> _Group:
    return _Group([dict.fromkeys(COMINGS, 0) for _ in moments.at])


def plan_names(session: Session) -> dict[int, str]:
    """{id: campaign/plan}, as filters name them."""
    both = sa.select(Plan.id, Campaign.slug, Plan.slug).join(Campaign, Campaign.id == Plan.campaign_id)
    return {plan_id: f"{campaign}/{plan}" for plan_id, campaign, plan in session.execute(both)}


def _rows(
    filters: Filters, moments: Moments, groups: Mapping[tuple[str, ...], _Group], *told_apart: str
) -> tuple[Row, ...]:
    """A row for each group and month; `told_apart`: the filters of listings that the keys stand for."""
    return tuple(
        Row(
            (moments.months[at].first_day, *key, *counts),
            opens(paid_for="end"),
            others=_who_moved(opens),
        )
        for key, group in groups.items()
        for at, counts in enumerate(group.months())
        for opens in (partial(filters.opens_month, at, **dict(zip(told_apart, key, strict=True))),)
    )


def _who_moved(opens: Callable[..., Mapping[str, str]]) -> dict[str, Opening]:
    """Under each number of those who came or went: who they are."""
    return {word: Opening(opens(movement=word), "comings") for word in COMINGS}


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
