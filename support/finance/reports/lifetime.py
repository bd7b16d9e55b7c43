"""Lifetime value: what supporters have given for their memberships so far, and what one may be expected to give."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from support import clock
from support.db import UtcDateTime
from support.finance.reports.earning import given_back, is_paid_by
from support.finance.reports.members import plan_names
from support.finance.reports.mrr import flows, movements
from support.finance.reports.parts import position_within
from support.finance.reports.presence import presence
from support.finance.reports.retention import share
from support.finance.reports.rollups.worth.queries import rollup_of
from support.finance.reports.shape import Column, Report, Row, Table
from support.finance.reports.spans import changes, moments_of, supporter_key
from support.memberships.models import Membership
from support.money import Money
from support.payments.models import Payment

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from sqlalchemy.orm import Session

    from support.finance.reports.filters import Filters
    from support.finance.reports.mrr import Flow
    from support.finance.reports.shape import Cell
    from support.finance.reports.spans import Moments

_CURRENCY = Column("currency", "Currency")
_FIGURES = (
    Column("supporters", "Supporters", "count"),
    Column("received", "Received so far", "money"),
    Column("mean", "Mean per supporter", "money"),
    Column("median", "Median per supporter", "money"),
    Column("months", "Months as a member, mean", "count"),
)
_ESTIMATE = (
    _CURRENCY,
    Column("value", "Average monthly value", "money"),
    Column("churn", "Monthly churn", "share"),
    Column("estimate", "Estimate: monthly value / churn", "money"),
)
_DEFINITION = (
    "What supporters whose first membership began in the period have paid for memberships, refunds and lost disputes "
    "taken off. The estimate is the usual one: what a supporter is worth a month, divided by the share who then cease."
)

_NO_MOMENT = sa.cast(sa.null(), UtcDateTime())


@dataclass
class _Lives:
    """Supporters of one currency: how many have given how much, and how many months they were members together."""

    counts: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    months: int = 0

    def figures(self, currency: str) -> tuple[Cell, ...]:
        """Cells as in `_FIGURES`."""
        supporters = sum(self.counts.values())
        received = sum(amount * count for amount, count in self.counts.items())
        return (
            supporters,
            Money(received, currency),
            Money(rounded(received, supporters), currency),
            Money(self._median(supporters), currency),
            rounded(self.months, supporters),
        )

    def _median(self, supporters: int) -> int:
        """The middle one, or the mean of the two in the middle."""
        return rounded(self._at((supporters - 1) // 2) + self._at(supporters // 2), 2)

    def _at(self, place: int) -> int:
        for amount in sorted(self.counts):
            place -= self.counts[amount]
            if place < 0:
                return amount
        raise IndexError(place)


def rounded(dividend: int, divisor: int) -> int:
    """The nearest whole number; a half goes up."""
    return (2 * dividend + divisor) // (2 * divisor)


def lifetime(session: Session, filters: Filters) -> Report:
    """By currency, by first month, by the plan of the first membership; and the usual estimate."""
    moments = moments_of(filters, clock.now())
    lived, moved = _lives_and_flows(session, filters, moments)
    names = plan_names(session)

    def table(
        key: str,
        title: str,
        column: Column | None,
        part: Callable[[int, int], Cell],
        opens: Callable[..., dict[str, str]],
    ) -> Table:
        groups: dict[tuple[str, Hashable], _Lives] = defaultdict(_Lives)
        together: dict[str, _Lives] = defaultdict(_Lives)
        for currency, cohort, plan_id, received, supporters, months in lived:
            for lives in (groups[currency, part(cohort, plan_id)], together[currency]):
                lives.counts[int(received)] += supporters
                lives.months += int(months)
        rows = tuple(
            Row(
                (currency, *((of,) if column else ()), *groups[currency, of].figures(currency)),
                opens(of, currency=currency, paid_for="first"),
            )
            for currency, of in sorted(groups, key=lambda group: [str(part) for part in group])
        )
        totals = tuple(
            Row((one, None, *together[one].figures(one)), filters.opens(currency=one, paid_for="first"))
            for one in sorted(together)
        )
        return Table(key, title, (_CURRENCY, *((column,) if column else ()), *_FIGURES), rows, totals if column else ())

    tables = (
        table("currencies", "By currency", None, lambda _cohort, _plan: None, lambda _of, **own: filters.opens(**own)),
        table(
            "months",
            "By first month",
            Column("month", "First membership in", "month"),
            lambda cohort, _plan: moments.months[cohort].first_day,
            lambda first_day, **own: filters.opens_month(filters.month_of(first_day), **own),
        ),
        table(
            "plans",
            "By plan of the first membership",
            Column("plan", "Plan"),
            lambda _cohort, plan: names[plan],
            lambda name, **own: filters.opens(membership_plan=name, **own),
        ),
        Table("estimate", "The usual estimate", _ESTIMATE, _estimates(moved, moments)),
    )
    return Report("lifetime", "Lifetime value", _DEFINITION, tables)


def _lives_and_flows(
    session: Session, filters: Filters, moments: Moments
) -> tuple[Sequence[Sequence[Any]], dict[str, Flow]]:
    """Rows of `_lives`, and what moved worth: from the rollup, where it holds, else both of one pass over spans."""
    change = changes(session, filters, moments)
    lives = _lives(session, change, filters, moments)
    if rollup := rollup_of(session, filters, moments.now):
        return session.execute(lives).all(), flows(rollup.movements(moments.at), moments)
    moved = movements(change, moments).subquery("movements").c
    both: sa.CompoundSelect[Any] = sa.union_all(
        lives.add_columns(sa.null().label("word")),
        sa.select(moved.currency, moved.position, sa.null(), moved.minor, moved.supporters, sa.null(), moved.word),
    )
    rows = session.execute(both).all()
    lived = [row[:-1] for row in rows if row.word is None]
    turned = ((row[0], row[1], row.word, row[3], row[4]) for row in rows if row.word is not None)
    return lived, flows(turned, moments)


def _lives(
    session: Session, change: sa.CTE, filters: Filters, moments: Moments
) -> sa.Select[str, int, int, int, int, int]:
    """Rows (currency, month of the first membership, its plan, received, supporters, months of all of them).

    What is known of a supporter is added up, never joined: a planner without fresh statistics compares all with all.
    """
    part = sa.union_all(_stays(change, moments), _first_plans(change), _received(filters, moments)).subquery("part")
    member = (
        sa.select(
            part.c.currency,
            sa.type_coerce(sa.func.min(part.c.first_at), UtcDateTime()).label("first_at"),
            sa.func.max(part.c.plan_id).label("plan_id"),
            sa.func.sum(part.c.amount).label("received"),
            sa.func.sum(part.c.months).label("months"),
        )
        .group_by(part.c.supporter, part.c.currency)
        .subquery("member")
    )
    cohort = position_within(session, member.c.first_at, moments.at).label("cohort")
    keys = (member.c.currency, cohort, member.c.plan_id, member.c.received)
    return (
        sa.select(*keys, sa.func.count(), sa.func.sum(member.c.months))
        .where(member.c.first_at.is_not(None), cohort.between(0, len(moments.months) - 1))
        .group_by(*keys)
    )


def _stays(change: sa.CTE, moments: Moments) -> sa.Select[*tuple[Any, ...]]:
    """When each supporter's first membership in each currency began, and for how many months there was one."""
    come = presence(change, "supporter", "currency").c
    months = come.came * (len(moments.at) - come.position)
    return sa.select(
        come.supporter,
        come.currency,
        come.first_at.label("first_at"),
        months.label("months"),
        sa.cast(sa.null(), sa.BigInteger()).label("plan_id"),
        sa.literal(0, sa.BigInteger()).label("amount"),
    )


def _first_plans(change: sa.CTE) -> sa.Select[*tuple[Any, ...]]:
    """The plan of each supporter's first membership in each currency."""
    theirs: dict[str, Any] = {
        "partition_by": (change.c.supporter, change.c.currency),
        "order_by": (change.c.starts_at, change.c.plan_id),
    }
    place = sa.func.row_number().over(**theirs).label("place")
    begun = sa.select(change.c.supporter, change.c.currency, change.c.plan_id, place).where(change.c.members > 0)
    its = begun.subquery("begun").c
    return sa.select(its.supporter, its.currency, _NO_MOMENT, sa.literal(0), its.plan_id, sa.literal(0)).where(
        its.place == 1
    )


def _received(filters: Filters, moments: Moments) -> sa.Select[*tuple[Any, ...]]:
    """What each supporter has paid for memberships in each currency before the last moment, less what went back."""
    until = sa.literal(moments.at[-1] if moments.at else moments.now, UtcDateTime())
    back = given_back().subquery("back")
    paid = sa.select(Payment.membership_id, Payment.currency).where(*is_paid_by(filters))
    moved = sa.union_all(
        paid.add_columns(Payment.amount_minor.label("amount")).where(Payment.received_at < until),
        paid.add_columns(-back.c.amount_minor).join(back, back.c.payment_id == Payment.id).where(back.c.at < until),
    ).subquery("moved")
    its = (
        sa.select(moved.c.membership_id, moved.c.currency, sa.func.sum(moved.c.amount).label("amount"))
        .group_by(moved.c.membership_id, moved.c.currency)
        .subquery("received")
        .c
    )
    return sa.select(supporter_key(), its.currency, _NO_MOMENT, sa.literal(0), sa.null(), its.amount).join(
        Membership, Membership.id == its.membership_id
    )


def _estimates(moved: dict[str, Flow], moments: Moments) -> tuple[Row, ...]:
    """From the months that are over: None where nobody ceased, or nobody was there."""
    over = sum(month.ends_at <= moments.now for month in moments.months)
    rows = []
    for currency, flow in moved.items():
        worth = sum(start for start, _, _ in list(flow.months())[:over])
        there, ceased = sum(flow.supporters[:over]), sum(flow.ceased[:over])
        rows.append(
            Row(
                (
                    currency,
                    Money(rounded(worth, there), currency) if there else None,
                    share(ceased, there) if there else None,
                    Money(rounded(worth, ceased), currency) if ceased else None,
                )
            )
        )
    return tuple(rows)
