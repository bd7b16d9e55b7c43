"""Donations: how many, how large."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.campaigns.models import Campaign, Plan
from support.checkout.models import Checkout
from support.finance.reports.filters import payments_of
from support.finance.reports.parts import computed_once, position_within
from support.finance.reports.shape import Column, Report, Row, Table
from support.finance.reports.sums import KINDS
from support.money import Money
from support.payments.models import Payment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from support.finance.reports.filters import Filters
    from support.finance.reports.sums import Rows

_SPREAD = (
    Column("count", "Donations", "count"),
    Column("total", "Total", "money"),
    Column("mean", "Mean", "money"),
    Column("median", "Median", "money"),
    Column("largest", "Largest", "money"),
)
_BANDS = (
    Column("currency", "Currency"),
    Column("from", "From", "money"),
    Column("below", "Below", "money"),
    *_SPREAD,
)
_MONTHS = (Column("month", "Month", "month"), Column("plan", "Plan"), Column("currency", "Currency"), *_SPREAD)
# Where bands of amounts begin, in minor units: 5, 10, 25 … 1,000 euros or dollars; 500, 1,000 … 100,000 yen.
BANDS = (0, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000)


def donations(session: Session, filters: Filters) -> Report:
    """Payments without a membership, by how large they are and by month and plan."""
    bands, months, totals = [], [], []
    plans = _plan_names(session)
    for which, part, plan_id, currency, band, *spread in session.execute(_spreads(session, filters)):
        cells = _cells(spread, currency)
        if which == 0:
            totals.append(Row((currency, None, None, *cells), filters.opens(currency=currency, kind=KINDS[0])))
        elif which == 1:
            bands.append(_band(filters, currency, band, cells))
        else:
            months.append(_month(filters, part, plans[plan_id], currency, cells))
    by_month = tuple(Row((None, None, row.cells[0], *row.cells[3:]), row.opens) for row in totals)
    definition = (
        "Payments without a membership, in the month in which the charge succeeded; refunds do not shrink them."
    )
    return Report(
        "donations",
        "Donations",
        definition,
        (
            Table("bands", "Donations by amount", _BANDS, tuple(bands), tuple(totals), opened="count"),
            Table("months", "Donations by month and plan", _MONTHS, tuple(months), by_month),
        ),
    )


def _spreads(session: Session, filters: Filters) -> Rows:
    """(which, part, plan, currency, band, count, total, largest, median), `which` of three ways to group them.

    Payments are gone over once: everything else is computed from how often each amount was given.
    """
    span = filters.span
    # Donations are found by what they are; going from month to month would find renewals, too.
    month = position_within(session, Payment.received_at, span.starts).label("month")
    paid = (
        sa.select(
            month,
            Checkout.plan_id,
            Payment.currency,
            Payment.amount_minor,
            sa.func.count().label("n"),
        )
        .join_from(Payment, Checkout, Checkout.id == Payment.checkout_id)
        .where(Payment.membership_id.is_(None), span.has(Payment.received_at), *payments_of(filters))
        .group_by("month", Checkout.plan_id, Payment.currency, Payment.amount_minor)
    )
    given = computed_once(paid, "given")
    each = sa.select(given.c.currency, given.c.amount_minor, sa.func.sum(given.c.n).label("n"))
    amounts = computed_once(each.group_by(given.c.currency, given.c.amount_minor), "amounts")
    nothing = sa.literal(0, sa.Integer())
    starts = reversed(list(enumerate(BANDS)))
    band = sa.case(*((amounts.c.amount_minor >= start, at) for at, start in starts), else_=0)
    ways = (
        _spread(amounts, 0, nothing, nothing, nothing),
        _spread(amounts, 1, nothing, nothing, band),
        _spread(given, 2, given.c.month, given.c.plan_id, nothing),
    )
    found = sa.union_all(*ways).subquery()
    return sa.select(*found.c).order_by(*(found.c[name] for name in ("which", "part", "currency", "plan", "band")))


def _spread(
    counted: sa.CTE,
    which: int,
    part: sa.ColumnElement[int],
    plan: sa.ColumnElement[int],
    band: sa.ColumnElement[int],
) -> Rows:
    """Of how often (`n`) each amount was given, by part, plan, currency and band: no two rows have the same of all."""
    amounts = sa.select(
        part.label("part"),
        plan.label("plan"),
        counted.c.currency,
        band.label("band"),
        counted.c.amount_minor.label("amount"),
        counted.c.n,
    ).subquery()
    keys = (amounts.c.part, amounts.c.plan, amounts.c.currency, amounts.c.band)
    upto = sa.func.sum(amounts.c.n).over(partition_by=keys, order_by=amounts.c.amount)
    everyone = sa.func.sum(amounts.c.n).over(partition_by=keys)
    running = sa.select(*amounts.c, upto.label("upto"), everyone.label("everyone")).subquery()
    is_half = 2 * running.c.upto >= running.c.everyone
    names = ("part", "plan", "currency", "band")
    return sa.select(
        sa.literal(which, sa.Integer()).label("which"),
        *(running.c[name] for name in names),
        sa.func.sum(running.c.n).label("count"),
        sa.func.sum(running.c.n * running.c.amount).label("total"),
        sa.func.max(running.c.amount).label("largest"),
        sa.func.min(running.c.amount).filter(is_half).label("median"),
    ).group_by(*(running.c[name] for name in names))


def _plan_names(session: Session) -> dict[int, str]:
    named = sa.select(Plan.id, Campaign.slug, Plan.slug).join(Campaign, Campaign.id == Plan.campaign_id)
    return {plan_id: f"{campaign}/{plan}" for plan_id, campaign, plan in session.execute(named)}


def _cells(spread: list[int], currency: str) -> tuple[int | Money, ...]:
    count, total, largest, median = (int(figure) for figure in spread)
    mean = (2 * total + count) // (2 * count)
    return (count, *(Money(amount, currency) for amount in (total, mean, median, largest)))


def _band(filters: Filters, currency: str, band: int, cells: tuple[int | Money, ...]) -> Row:
    bounds = dict(_bounds(band))
    limits = (Money(bounds[name], currency) if name in bounds else None for name in ("at_least", "below"))
    texts = {name: str(amount) for name, amount in bounds.items()}
    return Row((currency, *limits, *cells), filters.opens(currency=currency, kind=KINDS[0], **texts))


def _bounds(band: int) -> Iterator[tuple[str, int]]:
    if band > 0:
        yield "at_least", BANDS[band]
    if band + 1 < len(BANDS):
        yield "below", BANDS[band + 1]


def _month(filters: Filters, part: int, plan: str, currency: str, cells: tuple[int | Money, ...]) -> Row:
    opens = filters.opens_month(part, currency=currency, kind=KINDS[0], plan=plan)
    return Row((filters.months[part].first_day, plan, currency, *cells), opens)
