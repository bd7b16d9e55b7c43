"""How the inbox does, and its events one by one: by indexes alone, however many there are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.db import UtcDateTime
from support.finance.listings.paging import SIZE, Order, page_of, read_place
from webhooks.models import EventTry, StripeEvent
from webhooks.queries import inbox_health
from webhooks.rules import alarms

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from webhooks.queries import InboxHealth
    from webhooks.recorder.forms import Wanted
    from webhooks.rules import Alarm

_PLACE = (StripeEvent.received_at, StripeEvent.stripe_event_id)
ORDER = Order(*_PLACE, is_number=False)
IGNORED_DAYS = 7
# How many events were handled last is enough to tell how fast.
_LATELY = 1000
_NEXT = 10


@dataclass(frozen=True)
class Reason:
    """Events that are in one state for the same reason; `since` is when the oldest of them came."""

    text: str
    count: int
    since: datetime


@dataclass(frozen=True)
class Health:
    """What the top of the page says. `median` and `p99`: seconds from received to handled, of the newest 1,000.

    `next_tries` are the events that are due first.
    """

    inbox: InboxHealth
    alarms: Sequence[Alarm]
    backing_off: int
    handled_in_an_hour: int
    handled_in_a_day: int
    median: float | None
    p99: float | None
    last_received_at: datetime | None
    parked: Sequence[Reason]
    ignored: Sequence[Reason]
    next_tries: Sequence[StripeEvent]


@dataclass(frozen=True)
class EventPage:
    """Events, the newest first; `next` is the place after them, None where there are no more."""

    events: Sequence[StripeEvent]
    next: str | None


def health(session: Session, now: datetime) -> Health:
    """How the inbox does."""
    inbox = inbox_health(session)
    waits = StripeEvent.state == "waiting"
    seconds = _seconds_lately(session)
    next_tries = sa.select(StripeEvent).where(waits).order_by(StripeEvent.due_at).limit(_NEXT)
    ignored_lately = StripeEvent.received_at > now - timedelta(days=IGNORED_DAYS)
    return Health(
        inbox=inbox,
        alarms=alarms(inbox),
        backing_off=session.scalars(sa.select(sa.func.count()).where(waits, StripeEvent.tries > 0)).one(),
        handled_in_an_hour=_handled_since(session, now - timedelta(hours=1)),
        handled_in_a_day=_handled_since(session, now - timedelta(days=1)),
        median=rank(seconds, 0.5),
        p99=rank(seconds, 0.99),
        last_received_at=session.scalar(sa.select(sa.func.max(StripeEvent.received_at))),
        parked=_reasons(session, StripeEvent.state == "parked"),
        ignored=_reasons(session, StripeEvent.state == "ignored", ignored_lately),
        next_tries=session.scalars(next_tries).all(),
    )


def event_page(session: Session, wanted: Wanted, after: str) -> EventPage:
    """A page of those events. Raises InvalidInput for an `after` that no page gave."""
    selected = sa.select(*_PLACE, StripeEvent).where(*_conditions(wanted))
    # A body may be long, and a list shows none.
    selected = selected.options(sa.orm.defer(StripeEvent.body))
    found, following = page_of(session, selected, ORDER, read_place(after, ORDER) if after else None, SIZE)
    return EventPage([row[2] for row in found], following)


def parked_for(session: Session, reason: str, limit: int) -> Sequence[str]:
    """Ids of events that are parked for this reason, those that came first."""
    its = sa.select(StripeEvent.stripe_event_id).where(StripeEvent.state == "parked", StripeEvent.reason == reason)
    return session.scalars(its.order_by(StripeEvent.received_at, StripeEvent.stripe_event_id).limit(limit)).all()


def rank(ordered: Sequence[float], share: float) -> float | None:
    """The least of these that is not below this share of them; None of none."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def _conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.state is not None:
        found.append(StripeEvent.state == wanted.state)
    if wanted.type is not None:
        found.append(StripeEvent.type == wanted.type)
    if wanted.object_keys is not None:
        found.append(StripeEvent.object_key.in_(wanted.object_keys))
    if wanted.event_id is not None:
        found.append(StripeEvent.stripe_event_id == wanted.event_id)
    if wanted.day is not None:
        first, end = (sa.literal(moment, UtcDateTime()) for moment in wanted.day)
        found += [StripeEvent.received_at >= first, StripeEvent.received_at < end]
    return found


def _reasons(session: Session, *which: sa.ColumnElement[bool]) -> list[Reason]:
    count, since = sa.func.count(), sa.func.min(StripeEvent.received_at)
    grouped = sa.select(StripeEvent.reason, count, since).where(*which).group_by(StripeEvent.reason)
    return [Reason(*row) for row in session.execute(grouped.order_by(count.desc(), StripeEvent.reason))]


def _handled_since(session: Session, moment: datetime) -> int:
    handled = sa.select(sa.func.count()).where(EventTry.ended_at > moment, EventTry.outcome == "handled")
    return session.scalars(handled).one()


def _seconds_lately(session: Session) -> list[float]:
    """Of the events that were handled last: how long each took, the fastest first."""
    lately = (
        sa.select(StripeEvent.received_at, EventTry.ended_at)
        .join(StripeEvent, StripeEvent.stripe_event_id == EventTry.stripe_event_id)
        .where(EventTry.outcome == "handled")
        .order_by(EventTry.ended_at.desc())
        .limit(_LATELY)
    )
    return sorted((ended_at - received_at).total_seconds() for received_at, ended_at in session.execute(lately))
