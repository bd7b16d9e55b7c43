"""Bounded memory of what changes rarely: read from the database at most every two seconds."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Generic, TypeVar

from sqlalchemy.exc import SQLAlchemyError

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)
T = TypeVar("T")
SECONDS = 2.0


class Remembered(Generic[T]):
    """A value that `load` reads; at most SECONDS old while the database answers, the last known one while it does not.

    The first call reads, and raises whatever `load` raises.
    """

    def __init__(self, load: Callable[[], T]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._known: tuple[T] | None = None
        self._read_at = 0.0

    def get(self) -> T:
        """The value. One thread reads it again; the others meanwhile take the last known one."""
        known = self._known
        if known is not None and time.monotonic() - self._read_at < SECONDS:
            return known[0]
        if known is None:
            self._lock.acquire()
        elif not self._lock.acquire(blocking=False):
            return known[0]
        try:
            if self._known is not None and time.monotonic() - self._read_at < SECONDS:
                return self._known[0]
            self._known = (self._load(),)
        except SQLAlchemyError:
            if self._known is None:
                raise
            log.warning("the database does not answer; the last known value stays")
        finally:
            self._lock.release()
        self._read_at = time.monotonic()
        return self._known[0]

    def forget(self) -> None:
        """Read again at the next call."""
        self._known = None
