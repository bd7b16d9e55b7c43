"""Billing periods, in UTC.

Evidence: Stripe docs, "Set the billing cycle date": an anchor on the 31st bills on the last day of shorter months, and
on the 31st again after them.
"""

import calendar
from datetime import UTC, datetime, timedelta
from typing import Any

DAYS = {"day": 1, "week": 7}
MONTHS = {"month": 1, "year": 12}


def end_of_period(anchor: int, interval: str, interval_count: int, number: int = 1) -> int:
    """When the `number`th period since `anchor` ends (Unix seconds); counted from the anchor, so no day is lost."""
    start = datetime.fromtimestamp(anchor, UTC)
    if interval in DAYS:
        return int((start + timedelta(days=DAYS[interval] * interval_count * number)).timestamp())
    month = start.month - 1 + MONTHS[interval] * interval_count * number
    year, month = start.year + month // 12, month % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return int(start.replace(year=year, month=month, day=day).timestamp())


def next_end(anchor: int, recurring: dict[str, Any], after: int) -> int:
    """The first end of a period since `anchor` that lies after a moment."""
    number = 1
    while (end := end_of_period(anchor, recurring["interval"], recurring["interval_count"], number)) <= after:
        number += 1
    return end
