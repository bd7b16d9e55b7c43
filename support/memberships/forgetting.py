"""What of memberships goes with the person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.memberships.models import Membership

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.holdings import Person

_NO_CARD: dict[str, None] = {
    "stripe_payment_method_id": None,
    "card_expires_on": None,
    "card_last4": None,
    "action_url": None,
}


def forget_cards(session: Session, person: Person, _now: datetime) -> int:
    """What they were paid with, and Stripe's page that shows the payer; status, amount and periods remain."""
    theirs = sa.update(Membership).where(Membership.supporter_id == person.supporter_id).values(**_NO_CARD)
    return len(session.execute(theirs.returning(Membership.id)).all())
