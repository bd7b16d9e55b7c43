"""Fetch the events that Stripe could not deliver: it keeps them for 30 days."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson
import sqlalchemy as sa

from support.errors import MalformedRequest, StripeRefused, StripeUnavailable
from webhooks import chores
from webhooks.envelopes import open_envelope, row_of
from webhooks.handlers import HANDLERS
from webhooks.inbox import keep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.db import Database
    from support.gateway.client import Gateway

log = logging.getLogger(__name__)

CHORE = "backfill"
EVERY_SECONDS = 3600.0
_LOOK_SECONDS = 60.0


@dataclass(frozen=True)
class BackfillReport:
    """`looked_at` undelivered events of types that we handle, of which `new` were not in the inbox."""

    looked_at: int
    new: int


def backfill(
    database: Database,
    gateway: Gateway,
    *,
    is_live: bool,
    every: float = 0,
    progress: Callable[[int], None] = lambda _: None,
) -> BackfillReport | None:
    """Put every undelivered event into the inbox; the worker does the rest. None if it is not due or another is at it.

    It goes on where a killed run stopped. Raises StripeUnavailable: what was fetched so far is kept.
    """
    with database.transaction() as session:
        if not chores.begin(session, CHORE, every=every):
            return None
        after = chores.cursor_of(session, CHORE)
    looked_at = new = 0
    while True:
        page = gateway.undelivered_events(after)
        rows = []
        for body in page.bodies:
            try:
                envelope = open_envelope(orjson.loads(body))
            except MalformedRequest:
                continue  # a type without an object to read
            if envelope.type in HANDLERS:
                rows.append(row_of(envelope, body, is_live=is_live))
        with database.transaction() as session:
            new += keep(session, rows)
            after = page.last_id
            if page.has_more:
                chores.keep_going(session, CHORE, after)
            else:
                chores.finish(session, CHORE)
        looked_at += len(rows)
        progress(len(page.bodies))
        if not page.has_more:
            return BackfillReport(looked_at, new)


@contextmanager
def backfilling(database: Database, gateway: Gateway, is_live: bool) -> Iterator[None]:
    """Backfill at once and every hour meanwhile, in a thread of this process; of several workers one does it."""
    is_stopped = threading.Event()

    def run() -> None:
        while not is_stopped.is_set():
            try:
                report = backfill(database, gateway, is_live=is_live, every=EVERY_SECONDS)
                if report is not None and report.new:
                    log.warning("events had not been delivered", extra={"new": report.new})
            except (StripeUnavailable, StripeRefused, sa.exc.SQLAlchemyError) as error:
                log.warning("no backfill now", extra={"reason": type(error).__name__})
            is_stopped.wait(_LOOK_SECONDS)

    thread = threading.Thread(target=run, name="backfill", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_stopped.set()
        thread.join(timeout=5)
