"""Leases: what somebody works on is theirs for a while, in wall time, and is renewed for as long as they live."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

log = logging.getLogger(__name__)

LEASE_SECONDS = 15.0
_RENEW_SECONDS = 5.0


@contextmanager
def renewed(renew: Callable[[], None], what: str) -> Iterator[None]:
    """Call `renew`, which commits by itself, every five seconds until the work on `what` is done."""
    is_done = threading.Event()

    def run() -> None:
        while not is_done.wait(_RENEW_SECONDS):
            try:
                renew()
            except sa.exc.SQLAlchemyError:
                log.warning("a lease could not be renewed", extra={"lease": what})

    thread = threading.Thread(target=run, name=f"lease of {what}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_done.set()
        thread.join()
