"""Decisions about refunds that staff ask for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.money import Money

# Stripe remembers what it answered under a key for 24 hours at least.
_KEY_LIFE = timedelta(hours=23)


def needs_second_person(amount: Money, above: int) -> bool:
    """Whether so much goes back only if a colleague agrees; `above` is in major units of any currency."""
    return amount.major > above


def may_use_key_again(attempted_at: datetime | None, now: datetime) -> bool:
    """Whether the same request under the same key can only give the same refund.

    Otherwise Stripe must be looked at before it is asked.
    """
    return attempted_at is not None and now - attempted_at < _KEY_LIFE
