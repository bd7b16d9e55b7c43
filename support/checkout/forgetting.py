"""What of checkouts goes with time, and what with the person."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from support.checkout.models import Checkout
from support.holdings import BATCH
from support.sql import folded

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.holdings import Person

_REQUESTS_KEPT = timedelta(days=90)
# What Stripe was asked is needed only for a retry; it names the reader's address and where the reader came from.
_FORGOTTEN: dict[str, Any] = {"request_params": {}, "return_to": None, "attempt_key": None, "stripe_url": None}


def prune_requests(session: Session, now: datetime) -> int:
    """What was asked of Stripe, long after its page has closed."""
    is_kept = sa.cast(Checkout.request_params, sa.Text) != "{}"
    some = sa.select(Checkout.id).where(Checkout.expires_at <= now - _REQUESTS_KEPT, is_kept).limit(BATCH)
    emptied = sa.update(Checkout).where(Checkout.id.in_(some)).values(**_FORGOTTEN)
    return len(session.execute(emptied.returning(Checkout.id)).all())


def forget_requests(session: Session, person: Person, now: datetime) -> int:
    """What the person asked for; amount, plan, campaign and article remain."""
    is_theirs = Checkout.supporter_id == person.supporter_id
    if person.email is not None:
        asked_as = folded(session, Checkout.request_params["customer_email"].as_string())
        is_theirs = sa.or_(is_theirs, asked_as == folded(session, sa.literal(person.email)))
    emptied = sa.update(Checkout).where(is_theirs).values(**_FORGOTTEN, forgotten_at=now)
    return len(session.execute(emptied.returning(Checkout.id)).all())
