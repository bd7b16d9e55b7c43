"""Decisions about refunds that staff ask for."""

from __future__ import annotations

from datetime import datetime, timedelta

from support.money import Money

# Stripe remembers what it answered under a key for 24 hours at least.
_KEY_LIFE = timedelta(hours=23)


def needs_second_person(paid: Money, left: Money, amount: Money, above: int) -> bool:
    """Whether so much goes back only if a colleague agrees; `above` is in major units of any currency.

    What has gone back of the same payment counts: otherwise many small refunds would need nobody.
    """
    gone_minor = paid.amount_minor - left.amount_minor
    return Money(gone_minor + amount.amount_minor, paid.currency).major > above


def may_use_key_again(attempted_at: datetime | None, now: datetime) -> bool:
    """Whether the same request under the same key can only give the same refund.

    Otherwise Stripe must be looked at before it is asked.
    """
    return attempted_at is not None and now - attempted_at < _KEY_LIFE
