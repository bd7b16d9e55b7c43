"""A few threads that each work on one thing at a time."""

from __future__ import annotations

import contextvars
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Generic, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)
T = TypeVar("T")


class Hands(Generic[T]):
    """`count` threads that do `work(thing)`; leaving the context waits for what they hold."""

    def __init__(self, count: int, work: Callable[[T], None]) -> None:
        self._count = count
        self._work = work
        self._free = threading.Semaphore(count)
        self._busy = 0
        self._changing = threading.Condition()

    def __enter__(self) -> Self:
        self._pool = ThreadPoolExecutor(self._count, "worker")
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def wait_for_a_free_one(self) -> None:
        """Return when `give` would not wait: nothing should be fetched that nobody can take."""
        self._free.acquire()
        self._free.release()

    def give(self, thing: T) -> None:
        """Have it worked on, in the caller's app context."""
        self._free.acquire()
        with self._changing:
            self._busy += 1
        self._pool.submit(contextvars.copy_context().run, self._do, thing)

    def wait_until_one_is_done(self) -> bool:
        """Whether any was at work; if so, return when it has finished."""
        with self._changing:
            if not self._busy:
                return False
            self._changing.wait()
            return True

    def _do(self, thing: T) -> None:
        try:
            self._work(thing)
        except Exception:  # its lease ends, and somebody tries again
            log.exception("something could not be worked on")
        finally:
            with self._changing:
                self._busy -= 1
                self._changing.notify_all()
            self._free.release()
