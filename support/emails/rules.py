"""Decisions about mails."""

from __future__ import annotations

from datetime import date, timedelta

_FIRST_PAUSE = timedelta(seconds=10)
_LONGEST_PAUSE = timedelta(hours=1)
# A mailbox that is full or asks to come later gets this long.
GIVE_UP_AFTER = timedelta(days=3)


def pause_after(tries: int) -> timedelta:
    """How long a mail rests after its `tries`-th failure: ten seconds, doubled each time, an hour at most."""
    doubled: int = 1 << min(tries - 1, 20)
    return min(_FIRST_PAUSE * doubled, _LONGEST_PAUSE)


def receipt_number(payment_id: int, received_on: date) -> str:
    """The number on a payment's receipt, by mail and in the account: `2026-000042`."""
    return f"{received_on:%Y}-{payment_id:06d}"
