"""What supporters are told about their money: which mail is due, queued in the transaction that caused it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from support.chores import our_seconds, register_chore
from support.clock import now
from support.db import current_database
from support.notices.operations import remind_of_cards, remind_of_renewals

if TYPE_CHECKING:
    from flask import Flask

_EVERY_SECONDS = 3600.0


def init_app(app: Flask) -> None:
    """Let the worker remind of what will be charged, and of cards that will not work then."""
    register_chore(app, "reminders", every=_EVERY_SECONDS, work=remind, clock=our_seconds)


def remind() -> None:
    """Batch by batch, each in a transaction of its own; what a killed run has queued is not found again."""
    for remind_next in (remind_of_renewals, remind_of_cards):
        after: int | None = 0
        while after is not None:
            after = current_database().transact(partial(remind_next, after=after, now=now()))
