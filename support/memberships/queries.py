"""Read memberships."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from support.memberships.models import Membership
from support.together import find_value

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_OVER = ("canceled", "incomplete_expired")


def checkout_of_subscription(session: Session, stripe_subscription_id: str | None) -> int | None:
    """The checkout that led to this subscription's membership."""
    if stripe_subscription_id is None:
        return None
    checkout_id: int | None = find_value(
        session, Membership, "checkout_id", stripe_subscription_id=stripe_subscription_id
    )
    return checkout_id


def is_live() -> tuple[sa.ColumnElement[bool], ...]:
    """Conditions on Membership: something of it may still be charged."""
    return Membership.ended_at.is_(None), Membership.status.not_in(_OVER)


def live_memberships_of(session: Session, supporter_id: int) -> list[Membership]:
    """The supporter's memberships of which something may still be charged, with plan and periods."""
    whole = (joinedload(Membership.plan), selectinload(Membership.periods))
    live = sa.select(Membership).where(Membership.supporter_id == supporter_id, *is_live()).options(*whole)
    return list(session.scalars(live.order_by(Membership.id)))
