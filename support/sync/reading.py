"""A read of Stripe, and the guard that keeps a slow one from overwriting a fast one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.errors import SupportError
from support.sync.operations import is_newest, object_key

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session


class StaleRead(SupportError):
    """Somebody applied a newer state while this one was being read."""


@dataclass(frozen=True)
class Reading:
    """When something was read: its number of the sync counter, and our clock."""

    number: int
    now: datetime

    def is_newest(self, session: Session, kind: str, stripe_id: str) -> bool:
        """Whether nothing newer of this object was applied; if so it counts as applied now."""
        return is_newest(session, object_key(kind, stripe_id), self.number)

    def require_newest(self, session: Session, kind: str, stripe_id: str) -> None:
        """Raise StaleRead where `is_newest` says no."""
        if not self.is_newest(session, kind, stripe_id):
            raise StaleRead
