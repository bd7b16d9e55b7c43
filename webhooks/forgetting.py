"""What of events goes with time: a raw body, which names people; id, type, object and hash remain."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.holdings import BATCH
from webhooks.models import StripeEvent

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

_BODIES_KEPT = timedelta(days=90)


def prune_bodies(session: Session, now: datetime) -> int:
    """Bodies of events that were settled 90 days ago; what waits or is parked may still be looked into."""
    before = now - _BODIES_KEPT
    is_settled = StripeEvent.state.in_(("handled", "ignored"))
    is_over = sa.or_(StripeEvent.handled_at <= before, StripeEvent.handled_at.is_(None))
    some = (
        sa.select(StripeEvent.stripe_event_id)
        .where(StripeEvent.body.is_not(None), StripeEvent.received_at <= before, is_settled, is_over)
        .order_by(StripeEvent.received_at)
        .limit(BATCH)
    )
    emptied = sa.update(StripeEvent).where(StripeEvent.stripe_event_id.in_(some)).values(body=None)
    return len(session.execute(emptied.returning(StripeEvent.stripe_event_id)).all())
