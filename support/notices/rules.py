"""What is news to a supporter: pure decisions, the clock passed in."""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta
from typing import Literal

# Who hears of it later has seen it elsewhere; and whoever imports an old account, or was down for a week, must not mail
# thousands about what is long over.
NEWS_FOR = timedelta(days=3)
# Enough to find the mail again after a holiday, and to change one's mind.
RENEWAL_TOLD_BEFORE = timedelta(days=14)

Trouble = Literal["payment_failed", "given_up", "action_required"]
TROUBLES: tuple[Trouble, ...] = ("payment_failed", "given_up", "action_required")


def is_news(happened_at: datetime, now: datetime) -> bool:
    """Whether a supporter is still told of what happened then."""
    return now - happened_at <= NEWS_FOR


def trouble(intent_status: str | None, attempts: int, next_attempt_at: datetime | None) -> Trouble | None:
    """What keeps an open invoice from being paid, by Stripe's words for it: `given_up`, it will not be tried again.

    None while nothing was tried, or a bank debit is on its way.
    """
    if intent_status == "requires_action":
        return "action_required"
    if intent_status != "requires_payment_method" or attempts == 0:
        return None
    return "given_up" if next_attempt_at is None else "payment_failed"


def end_of_month(day: date) -> date:
    """The last day of this day's month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
