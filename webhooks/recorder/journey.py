"""One event from its arrival to what became of it, and what it is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support import audit
from support.clock import wall_seconds
from webhooks.handlers import HANDLERS
from webhooks.models import EventClaim, EventTry, StripeEvent
from webhooks.operations import about_event
from webhooks.recorder.bodies import readable
from webhooks.recorder.objects import ours

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session

    from webhooks.recorder.bodies import Readable
    from webhooks.recorder.objects import Ours

_TRIES = 200
_OTHERS = 50
_OUTCOMES = {
    "handled": "Handled",
    "ignored": "Ignored",
    "waiting": "Failed, to be tried again",
    "parked": "Failed and parked",
}


@dataclass(frozen=True)
class Step:
    """Something that happened to an event, or will; `seconds`: how long it took."""

    at: datetime
    what: str
    detail: str = ""
    seconds: float | None = None


@dataclass(frozen=True)
class Journey:
    """`others`: events of the same object, this one among them, in the order in which they came.

    `may_be_replayed`: something follows from its type, and it is not already about to be worked on.
    """

    event: StripeEvent
    kind: str
    stripe_id: str
    steps: Sequence[Step]
    others: Sequence[StripeEvent]
    ours: Sequence[Ours]
    body: Readable | None
    may_be_replayed: bool


def journey(session: Session, stripe_event_id: str, *, is_whole: bool) -> Journey | None:
    """Everything about one event; None if there is none. `is_whole`: its body with what it says about people."""
    event = session.get(StripeEvent, stripe_event_id)
    if event is None:
        return None
    kind, _, stripe_id = event.object_key.partition(" ")
    tries, body = _tries(session, stripe_event_id), event.body
    steps = [_arrival(event), *map(_tried, tries), *_replays(session, stripe_event_id), *_end(event, tries)]
    return Journey(
        event=event,
        kind=kind,
        stripe_id=stripe_id,
        steps=[*sorted(steps, key=lambda step: step.at), *_prospect(session, event)],
        others=_others(session, event.object_key) if stripe_id else [event],
        ours=ours(session, [event.object_key]).get(event.object_key, []),
        body=readable(body, is_whole=is_whole) if body is not None else None,
        may_be_replayed=event.type in HANDLERS and (event.state != "waiting" or event.tries > 0),
    )


def _tries(session: Session, stripe_event_id: str) -> list[EventTry]:
    newest = sa.select(EventTry).where(EventTry.stripe_event_id == stripe_event_id)
    return list(reversed(session.scalars(newest.order_by(EventTry.id.desc()).limit(_TRIES)).all()))


def _others(session: Session, object_key: str) -> list[StripeEvent]:
    newest = sa.select(StripeEvent).where(StripeEvent.object_key == object_key)
    newest = newest.order_by(StripeEvent.received_at.desc(), StripeEvent.stripe_event_id.desc()).limit(_OTHERS)
    return list(reversed(session.scalars(newest.options(sa.orm.defer(StripeEvent.body))).all()))


def _arrival(event: StripeEvent) -> Step:
    how = "Stripe could not deliver it; backfill fetched it" if event.is_backfilled else "Delivered by the webhook"
    return Step(event.received_at, "Received", how)


def _tried(one: EventTry) -> Step:
    return Step(one.started_at, _OUTCOMES[one.outcome], one.reason, (one.ended_at - one.started_at).total_seconds())


def _replays(session: Session, stripe_event_id: str) -> Iterator[Step]:
    for line in audit.lines_about(session, about_event(stripe_event_id), _TRIES):
        if line.action == "replayed event":
            yield Step(line.at, "Replayed", f"by {line.who}; {line.detail}")


def _end(event: StripeEvent, tries: Sequence[EventTry]) -> Iterator[Step]:
    """How it ended, where no try tells: none was needed, or they are not kept any more."""
    if event.state in {"handled", "ignored"} and not any(one.outcome == event.state for one in tries):
        yield Step(event.handled_at or event.received_at, _OUTCOMES[event.state], event.reason)


def _prospect(session: Session, event: StripeEvent) -> Iterator[Step]:
    """What comes next for one that waits."""
    if event.state != "waiting":
        return
    claim = session.get(EventClaim, event.object_key)
    if claim is not None and claim.leased_until > wall_seconds():
        yield Step(datetime.fromtimestamp(claim.leased_until, UTC), "In hand", "A worker is at it and has until then")
    else:
        yield Step(datetime.fromtimestamp(event.due_at, UTC), "Next try", "By the first worker that is free")
