"""What becomes of claimed events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support import audit
from support.clock import now, wall_seconds
from support.sync.operations import object_key
from webhooks.claims import release
from webhooks.forgetting import empty_if_erased
from webhooks.handlers import HANDLERS
from webhooks.models import EventClaim, EventTry, StripeEvent
from webhooks.retries import Again, after_other_failure, after_passing_failure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from webhooks.claims import Claim

_MAX_REASON = 500


def finish(session: Session, claim: Claim, state: str, reason: str = "") -> None:
    """Mark the claim's events and give it back. Raises LostClaim if it is ours no more."""
    release(session, claim)
    session.execute(
        sa.update(StripeEvent)
        .where(StripeEvent.stripe_event_id.in_(claim.event_ids), StripeEvent.state == "waiting")
        .values(state=state, reason=reason[:_MAX_REASON], handled_at=now())
    )
    _add_tries(session, claim, dict.fromkeys(claim.event_ids, state), reason)
    empty_if_erased(session, claim.event_ids)


def fail(session: Session, claim: Claim, reason: str, *, is_passing: bool) -> None:
    """Record a failed try of the claim's events: each waits again, or is parked. Raises LostClaim."""
    release(session, claim)
    at = wall_seconds()
    claimed = sa.select(StripeEvent).where(StripeEvent.stripe_event_id.in_(claim.event_ids))
    outcomes = {}
    for event in session.scalars(claimed):
        event.tries += 1
        event.first_failed_at = event.first_failed_at or at
        event.reason = reason[:_MAX_REASON]
        failing_for = at - event.first_failed_at
        verdict = after_passing_failure(event.tries, failing_for) if is_passing else after_other_failure(event.tries)
        if isinstance(verdict, Again):
            event.due_at = at + verdict.seconds
        else:
            event.state = "parked"
        outcomes[event.stripe_event_id] = event.state
    session.flush()
    _add_tries(session, claim, outcomes, reason)
    empty_if_erased(session, claim.event_ids)


def replay(session: Session, stripe_event_id: str) -> bool:
    """Let an event wait again as if it had just come; whether there is such an event and something follows from it.

    The audit says who wanted it.
    """
    event = session.get(StripeEvent, stripe_event_id, with_for_update=True)
    handler = HANDLERS.get(event.type) if event is not None else None
    if event is None or handler is None:
        return False
    # It may have been kept by a version that had no use for its type, under Stripe's name for the object.
    event.object_key = object_key(handler.kind, event.object_key.partition(" ")[2])
    audit.record(session, "replayed event", about_event(stripe_event_id), f"it was {event.state}")
    event.state = "waiting"
    event.reason = ""
    event.tries = 0
    event.first_failed_at = None
    event.handled_at = None
    event.due_at = wall_seconds()
    session.execute(
        sa.delete(EventClaim).where(
            EventClaim.object_key == event.object_key, EventClaim.leased_until <= wall_seconds()
        )
    )
    return True


def about_event(stripe_event_id: str) -> str:
    """What lines of the audit about this event are about."""
    return f"event {stripe_event_id}"


def _add_tries(session: Session, claim: Claim, outcomes: Mapping[str, str], reason: str) -> None:
    """A line per event, by its id, in the transaction of what became of it."""
    shared = {"started_at": claim.taken_at, "ended_at": now(), "reason": reason[:_MAX_REASON]}
    lines = [{"stripe_event_id": name, "outcome": outcome, **shared} for name, outcome in outcomes.items()]
    session.execute(sa.insert(EventTry), lines)
