"""What comes next for a membership."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

_LATE = ("past_due", "unpaid")
_NEVER_BEGAN = ("incomplete", "incomplete_expired")


@dataclass(frozen=True)
class Outlook:
    """What comes next, and when: `renews`, `ends`, `ended`, `late` (a renewal is not paid), `paused` or `starting`."""

    word: str
    at: datetime | None = None

    @property
    def may_be_canceled(self) -> bool:
        """Whether there is anything left to cancel."""
        return self.word in {"renews", "late", "paused"}

    @property
    def is_over(self) -> bool:
        """Whether nothing of it will ever be charged again."""
        return self.word == "ended"


def outlook(
    status: str, *, ends_at: datetime | None, ended_at: datetime | None, paid_until: datetime | None
) -> Outlook:
    """What comes next for a membership in this state of Stripe's."""
    if ended_at is not None or status in {"canceled", "incomplete_expired"}:
        return Outlook("ended", ended_at)
    if ends_at is not None:
        return Outlook("ends", ends_at)
    if status in _NEVER_BEGAN:
        return Outlook("starting")
    if status in _LATE:
        return Outlook("late", paid_until)
    if status == "paused":
        return Outlook("paused")
    return Outlook("renews", paid_until)
