"""What is earned of payments for memberships, in plain Python from the sentences of docs/reports.md, day by day.

Nothing here knows how the service computes it.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.support.finance.membership_calendar import month_after
from tests.support.finance.memberships import ZONE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.support.finance.membership_calendar import Calendar
    from tests.support.finance.memberships import Made, Period


def half_up(value: Decimal) -> int:
    """The nearest whole number; a half goes up."""
    return int((value + Decimal("0.5")).to_integral_value(rounding="ROUND_FLOOR"))


def kept_by(period: Period, moment: datetime) -> int:
    """What was paid before a moment, less what had gone back by then."""
    if period.received_at is None:
        return 0
    paid = period.amount_minor if period.received_at < moment else 0
    refunded = sum(amount for when, amount, _ in period.refunds if when is not None and when < moment)
    withheld = sum(amount for when, amount, is_withheld in period.disputes if is_withheld and when < moment)
    return paid - refunded - withheld


def day_at(moment: datetime) -> date:
    """The first day of the newsroom's that has not passed at a moment of a report; today counts as passed."""
    local = moment.astimezone(ZONE)
    return local.date() + timedelta(days=local.time() != time())


def earned_by(period: Period, moment: datetime, day: date) -> int:
    """What of a payment was earned before a day, by what is known at a moment."""
    first, end = (at.astimezone(ZONE).date() for at in (period.starts_at, period.ends_at))
    days = max((end - first).days, 1)
    passed = min(max((day - first).days, 0), days)
    return half_up(Decimal(kept_by(period, moment) * passed) / days)


def deferred(made: Sequence[Made], calendar: Calendar) -> dict[tuple[date, str], tuple[int, int, int, int, int]]:
    """{(month, currency): opening, received, given back, earned, closing}, payment by payment."""
    paid_for = [(one, one.received_at) for each in made for one in each.periods if one.received_at is not None]
    currencies = {period.currency for period, _ in paid_for}
    found = {(month, currency): [0] * 5 for month in calendar.months for currency in currencies}
    days = [day_at(moment) for moment in calendar.moments]
    for period, received_at in paid_for:
        over_at = settled_at(period)
        for at, month in enumerate(calendar.months):
            start, end = calendar.moments[at : at + 2]
            if end <= received_at or over_at <= start:
                continue
            kept = [kept_by(period, moment) for moment in (start, end)]
            earned = [earned_by(period, *then) for then in ((start, days[at]), (end, days[at + 1]))]
            received = period.amount_minor if start <= received_at < end else 0
            figures = (kept[0] - earned[0], received, received - kept[1] + kept[0], earned[1] - earned[0])
            row = found[month, period.currency]
            for place, figure in enumerate((*figures, kept[1] - earned[1])):
                row[place] += figure
    return {key: (row[0], row[1], row[2], row[3], row[4]) for key, row in found.items()}


def settled_at(period: Period) -> datetime:
    """From here on all that is kept of its payment is earned, and nothing of it moves."""
    back = [when for when, _, _ in (*period.refunds, *period.disputes) if when is not None]
    return max([period.ends_at, period.received_at or period.ends_at, *back]) + timedelta(days=1)


def schedule(made: Sequence[Made], calendar: Calendar) -> dict[tuple[date, str], int]:
    """{(month to come, currency): what of the last moment's balance will be earned in it}"""
    found: dict[tuple[date, str], int] = defaultdict(int)
    last = calendar.moments[-1]
    for period in (period for one in made for period in one.periods if period.received_at is not None):
        day = day_at(last)
        while day < period.ends_at.astimezone(ZONE).date():
            following = month_after(day.replace(day=1))
            found[day.replace(day=1), period.currency] += earned_by(period, last, following) - earned_by(
                period, last, day
            )
            day = following
    return {key: amount for key, amount in found.items() if amount}
