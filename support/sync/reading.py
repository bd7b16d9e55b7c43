"""A read of Stripe, and the guard that keeps a slow one from overwriting a fast one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from support.errors import SupportError
from support.sync.operations import fingerprint, is_newest, object_key

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.sync.operations import PageNumbers


class StaleRead(SupportError):
    """Somebody applied a newer state while this one was being read."""


@dataclass(frozen=True)
class Reading:
    """When something was read: its number of the sync counter, and our clock.

    `may_adopt`: a checkout that our tables have lost, or never had, is made from what Stripe says; otherwise what needs
    it waits, for it may be just about to be committed. `is_told`: supporters are mailed about what it shows to be new.
    `page`: what was read is applied together with others that were read under the same number.
    """

    number: int
    now: datetime
    may_adopt: bool = False
    is_told: bool = True
    page: PageNumbers | None = None

    def is_newest(self, session: Session, kind: str, seen: Any) -> bool:
        """Whether nothing newer of this object was applied; if so it counts as applied now."""
        key = object_key(kind, seen.id)
        if self.page is not None:
            return self.page.is_newest(key, fingerprint(seen))
        return is_newest(session, key, self.number, fingerprint(seen))

    def require_newest(self, session: Session, kind: str, seen: Any) -> None:
        """Raise StaleRead where `is_newest` says no."""
        if not self.is_newest(session, kind, seen):
            raise StaleRead
