"""Deferred revenue: what was paid for memberships and is not earned yet, and when it will be."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support import clock
from support.finance.reports.earning import day_of, given_back, is_paid_by, number_of, payments
from support.finance.reports.filters import next_month
from support.finance.reports.parts import Span
from support.finance.reports.shape import Chart, Column, Report, Row, Table
from support.finance.reports.spans import moments_of
from support.finance.reports.totals import added_up, first, last
from support.money import Money
from support.payments.models import Payment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from sqlalchemy.orm import Session

    from support.finance.reports.earning import Earning
    from support.finance.reports.filters import Filters
    from support.finance.reports.spans import Moments

_MONTH, _CURRENCY = Column("month", "Month", "month"), Column("currency", "Currency")
_COLUMNS = (
    _MONTH,
    _CURRENCY,
    Column("opening", "Deferred at its start", "money"),
    Column("received", "Received", "money"),
    Column("given_back", "Given back or withheld", "money"),
    Column("earned", "Earned", "money"),
    Column("closing", "Deferred at its end", "money"),
)
_SCHEDULE = (_MONTH, _CURRENCY, Column("earned", "Will be earned", "money"))
_DEFINITION = (
    "What was paid for a membership is earned evenly by day over the period that it paid; what is not earned yet is "
    "deferred. Refunds and lost disputes count from their own day on. Donations are earned at once and not in here."
)


@dataclass
class _Book:
    """One currency, in minor units: the balance at every moment, what came and went back by month, and what is to come.

    `schedule` is by the first day of the months to come.
    """

    balances: list[int]
    received: list[int]
    back: list[int]
    schedule: dict[date, int]

    def months(self) -> Iterator[tuple[int, int, int, int, int]]:
        """Of every month: opening, received, given back, earned, closing."""
        for at, closing in enumerate(self.balances[1:]):
            opening, received, back = self.balances[at], self.received[at], self.back[at]
            yield opening, received, back, opening + received - back - closing, closing


def deferred(session: Session, filters: Filters) -> Report:
    """By month and currency; and the schedule of what is left at the end."""
    moments = moments_of(filters, clock.now())
    books = _books(session, filters, moments)
    rows = tuple(
        Row(
            (moments.months[at].first_day, currency, *(Money(amount, currency) for amount in amounts)),
            filters.opens_month(at, currency=currency, kind="membership"),
        )
        for currency, book in books.items()
        for at, amounts in enumerate(book.months())
    )
    to_come = tuple(
        Row((month, currency, Money(amount, currency)), filters.opens(currency=currency, earned_in=f"{month:%Y-%m}"))
        for currency, book in books.items()
        for month, amount in sorted(book.schedule.items())
        if amount
    )
    totals = added_up(
        _COLUMNS,
        rows,
        {"opening": first, "closing": last},
        lambda currency: filters.opens(currency=currency, kind="membership"),
    )
    left = added_up(_SCHEDULE, to_come)
    tables = (
        Table("deferred", "Deferred revenue by month and currency", _COLUMNS, rows, totals, opened="received"),
        Table("schedule", "When the balance at the end will be earned", _SCHEDULE, to_come, left),
    )
    charts = tuple(chart for currency, book in books.items() for chart in _charts(moments, currency, book))
    return Report("deferred", "Deferred revenue", _DEFINITION, tables, charts)


def _books(session: Session, filters: Filters, moments: Moments) -> dict[str, _Book]:
    """Each currency's, in the order of their names."""

    def nothing() -> _Book:
        months = len(moments.months)
        return _Book([0] * len(moments.at), [0] * months, [0] * months, defaultdict(int))

    found: dict[str, _Book] = defaultdict(nothing)
    if not moments.at:
        return {}
    for month, currency, received, back in session.execute(_moved(session, filters, moments)):
        found[currency].received[month] += int(received)
        found[currency].back[month] += int(back)
    if paid := payments(session, filters, moments):
        to_come = _MonthsToCome(paid.days)
        for at, currency, amount in paid.balances():
            found[currency].balances[at] += amount
        for earning in paid.left_over():
            to_come.add(earning, found[earning.currency].schedule)
        for earning in paid.reduced():
            book = found[earning.currency]
            for at in range(earning.since, len(paid.days)):
                if earning.is_earned(paid.days[at]):
                    break
                book.balances[at] += earning.net(at) - earning.earned(at, paid.days[at])
            to_come.add(earning, book.schedule)
    return dict(sorted(found.items()))


class _MonthsToCome:
    """Puts what is deferred at the last moment into the months in which it will be earned."""

    def __init__(self, days: list[int]) -> None:
        self._last = len(days) - 1
        self._day = days[-1]
        self._month = day_of(self._day).replace(day=1)

    def add(self, earning: Earning, schedule: dict[date, int]) -> None:
        """What is left of these payments."""
        month, day = self._month, self._day
        while not earning.is_earned(day):
            following = next_month(month)
            amount = earning.earned(self._last, number_of(following)) - earning.earned(self._last, day)
            schedule[month] += earning.count * amount
            month, day = following, number_of(following)


def _moved(session: Session, filters: Filters, moments: Moments) -> sa.CompoundSelect[int, str, int, int]:
    """Rows (month, currency, received, given back) of payments of memberships."""
    span, its, back = Span(moments.at[:-1], moments.at[-1]), is_paid_by(filters), given_back().subquery("back")
    nothing = sa.literal_column("0", sa.Integer())
    month, is_within = span.part_of(session, Payment.received_at)
    came = sa.select(month, Payment.currency, sa.func.sum(Payment.amount_minor), nothing).where(is_within, *its)
    month, is_within = span.part_of(session, back.c.at)
    went = sa.select(month, Payment.currency, nothing, sa.func.sum(back.c.amount_minor)).where(is_within, *its)
    went = went.join_from(back, Payment, Payment.id == back.c.payment_id)
    return sa.union_all(*(moved.group_by(month.name, Payment.currency) for moved in (came, went)))


def _charts(moments: Moments, currency: str, book: _Book) -> tuple[Chart, Chart]:
    to_come = sorted(book.schedule.items())
    return (
        Chart(
            f"balance-{currency}",
            f"Deferred revenue, {currency}",
            "What was paid and not earned yet, at each month's end.",
            "line",
            tuple(month.first_day for month in moments.months),
            (("Deferred", tuple(Money(closing, currency).major for *_, closing in book.months())),),
            currency,
        ),
        Chart(
            f"schedule-{currency}",
            f"When it will be earned, {currency}",
            "What of the balance at the end is earned in each month to come.",
            "stacked",
            tuple(month for month, _ in to_come),
            (("Will be earned", tuple(Money(amount, currency).major for _, amount in to_come)),),
            currency,
        ),
    )
