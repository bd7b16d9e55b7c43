"""The queries in PostgreSQL's SQL."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from benchmarks.by_hand.postgresql import memberships, money
from support.access.reading import grace
from support.clock import now

if TYPE_CHECKING:
    from support.finance.reports.filters import Filters

QUERIES = money.QUERIES | memberships.QUERIES


def parameters(period: Filters) -> dict[str, Any]:
    """What the queries are asked with, for a period that is over.

    `bounds`: where months begin; `moments`: just behind those and the end, so that `width_bucket` counts those before.
    """
    bounds = [month.starts_at for month in period.months]
    moments = [at + timedelta(microseconds=1) for at in (*bounds, period.ends_at)]
    return {
        "bounds": bounds,
        "moments": moments,
        "first": period.starts_at,
        "last": period.ends_at,
        "grace": grace(),
        "now": now(),
        "zone": period.zone.key,
    }
