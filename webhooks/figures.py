"""The inbox in /metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.metrics import Gauge
from webhooks.queries import inbox_health

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session


def inbox_gauges(session: Session) -> Iterator[Gauge]:
    """How many events wait or are parked, and for how long."""
    health = inbox_health(session)
    counts = {"waiting": health.waiting, "parked": health.parked}
    yield Gauge("support_events", "Events from Stripe that are not handled.", counts, "state")
    oldest = {"": health.oldest_waiting}
    yield Gauge("support_events_oldest_waiting_seconds", "How long the oldest of them has been due.", oldest)
    if health.silent is not None:
        silent = {"": health.silent}
        yield Gauge("support_events_silent_seconds", "How long ago the newest event came.", silent)
