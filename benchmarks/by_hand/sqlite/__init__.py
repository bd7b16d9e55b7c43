"""The queries in SQLite's SQL."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from benchmarks.by_hand.sqlite import memberships, money
from support.access.reading import grace
from support.clock import now

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from support.finance.reports.filters import Filters

_YEAR = timedelta(days=366)

QUERIES = money.QUERIES | memberships.QUERIES


def parameters(period: Filters) -> dict[str, Any]:
    """What the queries are asked with, for a period that is over: moments as SQLite keeps them, lists as JSON.

    `bounds`: where months begin; `moments`: those and the end, each with the number of the newsroom's day that begins
    then; `offsets`: since when its clocks are how many seconds ahead of UTC, the latest first.
    """
    bounds = [month.starts_at for month in period.months]
    moments = [(_text(at), _day(at, period.zone)) for at in (*bounds, period.ends_at)]
    return {
        "bounds": json.dumps([*map(_text, bounds)]),
        "moments": json.dumps(moments),
        "offsets": json.dumps([*_offsets(period)][::-1]),
        "first": _text(period.starts_at),
        "last": _text(period.ends_at),
        "over_on": period.ends_at.astimezone(period.zone).date().isoformat(),
        "grace": int(grace().total_seconds()),
        "now": _text(now()),
    }


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _day(moment: datetime, zone: ZoneInfo) -> int:
    return (moment.astimezone(zone).date() - date(1970, 1, 1)).days


def _offsets(period: Filters) -> Iterator[tuple[str, int]]:
    """For what began up to a year before the period, or ends up to a year after it; clocks change by the hour."""
    since, at = "", period.starts_at - _YEAR
    ahead = _ahead(at, period.zone)
    while at < period.ends_at + _YEAR:
        if _ahead(at, period.zone) != ahead:
            yield since, ahead
            since, ahead = _text(at), _ahead(at, period.zone)
        at += timedelta(hours=1)
    yield since, ahead


def _ahead(moment: datetime, zone: ZoneInfo) -> int:
    return int((moment.astimezone(zone).utcoffset() or timedelta()).total_seconds())
