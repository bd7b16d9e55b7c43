"""The figures of memberships, computed in plain Python from the sentences of docs/reports.md, moment by moment.

Nothing here knows how the service computes them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from tests.support.finance.membership_calendar import midnight, month_after, month_of
from tests.support.finance.membership_earnings import half_up, kept_by
from tests.support.finance.memberships import PLANS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.support.finance.membership_calendar import Calendar
    from tests.support.finance.memberships import Made

GRACE = timedelta(days=14)


@dataclass(frozen=True)
class Span:
    """A stretch of one membership with one amount, from `starts_at` up to, not including, `ends_at`."""

    supporter: object
    plan: str
    currency: str
    monthly: int
    starts_at: datetime
    ends_at: datetime

    def contains(self, moment: datetime) -> bool:
        return self.starts_at <= moment < self.ends_at


def spans_of(made: Made, now: datetime) -> list[Span]:
    """Where its paid periods reach, as the docs say."""
    over_at = made.ended_at or made.ends_at
    periods = [one for one in made.periods if one.starts_at <= now and (over_at is None or one.starts_at < over_at)]
    found = []
    for at, period in enumerate(periods):
        if at + 1 < len(periods):
            follows_at = periods[at + 1].starts_at
            until = follows_at if follows_at - period.ends_at <= GRACE else period.ends_at
        elif over_at is not None:
            until = min(over_at, period.ends_at + GRACE)
        elif made.status in {"active", "past_due"}:
            until = period.ends_at + GRACE
        else:
            until = period.ends_at
        if over_at is not None:
            until = min(until, over_at)
        months = max(1, half_up(Decimal((period.ends_at - period.starts_at).total_seconds()) / Decimal(2629800)))
        monthly = half_up(Decimal(period.amount_minor) / months)
        if period.starts_at < until:
            found.append(Span(made.supporter, made.plan, period.currency, monthly, period.starts_at, until))
    return found


@dataclass(frozen=True)
class Movement:
    """What a month of one supporter's was worth in a currency at a month's start, and is at its end."""

    month: date
    supporter: object
    currency: str
    word: str
    start: int
    end: int


def movements(spans: Sequence[Span], calendar: Calendar) -> list[Movement]:
    """Everybody's, in the order of the months."""
    first: dict[tuple[object, str], datetime] = {}
    for span in spans:
        key = (span.supporter, span.currency)
        if span.monthly:
            first[key] = min(first.get(key, span.starts_at), span.starts_at)
    worth = [_worth(spans, moment) for moment in calendar.moments]
    found = []
    for at, month in enumerate(calendar.months):
        for key in worth[at].keys() | worth[at + 1].keys():
            start, end = worth[at].get(key, 0), worth[at + 1].get(key, 0)
            if start != end:
                word = _movement(start, end, was_before=first[key] < calendar.moments[at])
                found.append(Movement(month, *key, word, start, end))
    return found


def mrr(spans: Sequence[Span], calendar: Calendar) -> dict[tuple[date, str], dict[str, int]]:
    """{(month, currency): start, movements and end}; months of a currency without anything are left out."""
    worth = [_worth(spans, moment) for moment in calendar.moments]
    currencies = {currency for each in worth for _, currency in each}
    found = {}
    for at, month in enumerate(calendar.months):
        for currency in currencies:
            row = dict.fromkeys("start new reactivation expansion contraction churn end".split(), 0)
            row["start"], row["end"] = (
                sum(value for (_, its), value in each.items() if its == currency) for each in worth[at : at + 2]
            )
            found[month, currency] = row
    for moved in movements(spans, calendar):
        found[moved.month, moved.currency][moved.word] += moved.end - moved.start
    return found


def _movement(start: int, end: int, *, was_before: bool) -> str:
    if start == 0:
        return "reactivation" if was_before else "new"
    if end == 0:
        return "churn"
    return "expansion" if end > start else "contraction"


def _worth(spans: Iterable[Span], moment: datetime) -> dict[tuple[object, str], int]:
    found: dict[tuple[object, str], int] = defaultdict(int)
    for span in spans:
        if span.contains(moment):
            found[span.supporter, span.currency] += span.monthly
    return {key: value for key, value in found.items() if value}


def comings(spans: Sequence[Span], calendar: Calendar) -> list[tuple[date, object, str]]:
    """(month, supporter, word) of everybody who came or went, in the order of the months."""
    first = first_spans(spans)
    there = [present(spans, moment) for moment in calendar.moments]
    found: list[tuple[date, object, str]] = []
    for at, month in enumerate(calendar.months):
        come = there[at + 1] - there[at]
        found += [(month, one, "new" if first[one] >= calendar.moments[at] else "won_back") for one in come]
        found += [(month, one, "lapsed") for one in there[at] - there[at + 1]]
    return found


def members(spans: Sequence[Span], calendar: Calendar) -> dict[date, tuple[int, int, int, int]]:
    """{month: active at its end, new, won back, lapsed}, supporters each."""
    moved = Counter((month, word) for month, _, word in comings(spans, calendar))
    found = {}
    for month, moment in zip(calendar.months, calendar.moments[1:], strict=True):
        new, back, lapsed = (moved[month, word] for word in ("new", "won_back", "lapsed"))
        found[month] = (len(present(spans, moment)), new, back, lapsed)
    return found


def present(spans: Iterable[Span], moment: datetime) -> set[object]:
    """Supporters with a span at this moment."""
    return {span.supporter for span in spans if span.contains(moment)}


def first_spans(spans: Iterable[Span]) -> dict[object, datetime]:
    """When each supporter's first span began."""
    first: dict[object, datetime] = {}
    for span in spans:
        first[span.supporter] = min(first.get(span.supporter, span.starts_at), span.starts_at)
    return first


def retention(spans: Sequence[Span], calendar: Calendar) -> dict[date, tuple[int, list[int]]]:
    """{month of the first membership: how many, and how many of them were members at the end of each month since}."""
    first = first_spans(spans)
    there = [present(spans, moment) for moment in calendar.moments]
    found = {}
    for at, month in enumerate(calendar.months):
        cohort = {one for one, moment in first.items() if month_of(moment) == month}
        if cohort:
            found[month] = (len(cohort), [len(cohort & later) for later in there[at + 1 :]])
    return found


@dataclass(frozen=True)
class Worth:
    """What one supporter has given in one currency by the last moment, since when, and under which plan."""

    month: date
    plan: str
    received: int
    months: int


def lives(made: Sequence[Made], spans: Sequence[Span], calendar: Calendar) -> dict[tuple[object, str], Worth]:
    """{(supporter, currency): …} of those whose first span of that currency began in the calendar's months."""
    firsts: dict[tuple[object, str], Span] = {}
    for span in spans:
        key = (span.supporter, span.currency)
        # Of two that begin together, the plan that was loaded first.
        if key not in firsts or (span.starts_at, PLANS[span.plan]) < (firsts[key].starts_at, PLANS[firsts[key].plan]):
            firsts[key] = span
    last = calendar.moments[-1]
    received: dict[tuple[object, str], int] = defaultdict(int)
    for one in made:
        for period in one.periods:
            received[one.supporter, period.currency] += kept_by(period, last)
    there = [{(span.supporter, span.currency) for span in spans if span.contains(m)} for m in calendar.moments]
    return {
        key: Worth(month_of(span.starts_at), span.plan, received[key], sum(key in each for each in there))
        for key, span in firsts.items()
        if calendar.moments[0] <= span.starts_at < last
    }


def median(values: Sequence[int]) -> int:
    """The middle one, or the mean of the two in the middle."""
    ordered = sorted(values)
    return half_up(Decimal(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2)


def share(part: int, whole: int) -> Decimal:
    """As reports show it, to a hundredth of a percent."""
    return (Decimal(part) / whole).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def life(group: Sequence[Worth]) -> tuple[int, int, int, int, int]:
    """Of some lives: how many, received, mean, median, mean months."""
    count, received = len(group), [one.received for one in group]
    mean = half_up(Decimal(sum(received)) / count)
    return count, sum(received), mean, median(received), half_up(Decimal(sum(one.months for one in group)) / count)


def estimates(
    spans: Sequence[Span], calendar: Calendar, now: datetime
) -> dict[str, tuple[int | None, Decimal | None, int | None]]:
    """{currency: average monthly value, monthly churn, value / churn}, over the months that are over."""
    worth = [_worth(spans, moment) for moment in calendar.moments]
    over = [at for at, month in enumerate(calendar.months) if midnight(month_after(month)) <= now]
    found: dict[str, tuple[int | None, Decimal | None, int | None]] = {}
    for currency in {currency for each in worth for _, currency in each}:
        value = there = ceased = 0
        for at in over:
            start = {key: amount for key, amount in worth[at].items() if key[1] == currency}
            value += sum(start.values())
            there += len(start)
            ceased += sum(key not in worth[at + 1] for key in start)
        found[currency] = (
            half_up(Decimal(value) / there) if there else None,
            share(ceased, there) if there else None,
            half_up(Decimal(value) / ceased) if ceased else None,
        )
    return found
