"""Read memberships."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.memberships.models import Membership

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def checkout_of_subscription(session: Session, stripe_subscription_id: str | None) -> int | None:
    """The checkout that led to this subscription's membership."""
    if stripe_subscription_id is None:
        return None
    known = sa.select(Membership.checkout_id).where(Membership.stripe_subscription_id == stripe_subscription_id)
    return session.scalar(known)
