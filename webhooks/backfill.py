"""Fetch the events that Stripe could not deliver: it keeps them for 30 days."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import orjson
from flask import current_app

from support import chores
from support.db import current_database
from support.errors import MalformedRequest
from support.gateway import worker_gateway
from support.gateway.paging import page_after_page, page_behind
from webhooks.envelopes import open_envelope, row_of
from webhooks.handlers import HANDLERS
from webhooks.inbox import keep

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.db import Database
    from support.gateway.client import EventPage, Gateway
    from webhooks.envelopes import Row

log = logging.getLogger(__name__)

CHORE = "backfill"
EVERY_SECONDS = 3600.0


@dataclass(frozen=True)
class BackfillReport:
    """`looked_at` undelivered events of types that we handle, of which `new` were not in the inbox."""

    looked_at: int
    new: int


def backfill(
    database: Database, gateway: Gateway, *, is_live: bool, progress: Callable[[int], None] = lambda _: None
) -> BackfillReport:
    """Put every undelivered event into the inbox; the worker does the rest. The caller has taken the chore.

    It goes on where a killed run stopped. Raises StripeUnavailable: what was fetched so far is kept.
    """
    with database.reading() as session:
        after = chores.cursor_of(session, CHORE)
    looked_at = new = 0
    for page in page_after_page(partial(page_behind, gateway.undelivered_events), after, _place_after):
        rows = _rows(page, is_live=is_live)
        with database.transaction() as session:
            new += keep(session, rows)
            chores.keep_cursor(session, CHORE, page.last_id)
        looked_at += len(rows)
        progress(len(page.bodies))
    return BackfillReport(looked_at, new)


def backfill_chore() -> None:
    """What the worker does at start and every hour."""
    report = backfill(current_database(), worker_gateway(), is_live=current_app.extensions["settings"].is_live)
    if report.new:
        log.warning("events had not been delivered", extra={"new": report.new})


def _place_after(page: EventPage) -> str | None:
    return page.last_id if page.has_more else None


def _rows(page: EventPage, *, is_live: bool) -> list[Row]:
    """The page's events that something follows from."""
    rows = []
    for body in page.bodies:
        try:
            envelope = open_envelope(orjson.loads(body))
        except MalformedRequest:
            continue  # a type without an object to read
        if envelope.type in HANDLERS:
            rows.append(row_of(envelope, body, is_live=is_live))
    return rows
