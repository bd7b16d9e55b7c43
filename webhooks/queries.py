"""Read how the inbox stands: by its indexes alone, however many events were handled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support import clock
from webhooks.models import StripeEvent

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_LATELY = 200


@dataclass(frozen=True)
class InboxHealth:
    """`oldest_waiting`: seconds since an event was due, or first failed, that is not handled yet; 0 if there is none.

    `silent`: seconds since the newest event came, `usual_gap`: between one and the next lately; None before the first.
    """

    waiting: int
    parked: int
    oldest_waiting: float
    silent: float | None
    usual_gap: float | None


def inbox_health(session: Session) -> InboxHealth:
    """How the inbox stands now."""
    since = sa.func.min(sa.func.coalesce(StripeEvent.first_failed_at, StripeEvent.due_at))
    is_waiting = StripeEvent.state == "waiting"
    waiting = session.scalars(sa.select(sa.func.count()).where(is_waiting)).one()
    oldest: float | None = session.scalar(sa.select(since).where(is_waiting))
    newest_first = sa.select(StripeEvent.received_at).order_by(StripeEvent.received_at.desc()).limit(_LATELY)
    lately = session.scalars(newest_first).all()
    return InboxHealth(
        waiting=waiting,
        parked=session.scalars(sa.select(sa.func.count()).where(StripeEvent.state == "parked")).one(),
        oldest_waiting=max(0.0, clock.wall_seconds() - oldest) if oldest is not None else 0.0,
        silent=(clock.now() - lately[0]).total_seconds() if lately else None,
        usual_gap=(lately[0] - lately[-1]).total_seconds() / len(lately) if lately else None,
    )
