"""Forget a person, in the transaction of whoever asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.accounts.models import StripeCustomer
from support.checkout.queries import lock_supporters
from support.holdings import Person, holdings

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session


def lock_person(session: Session, supporter_id: int) -> Person:
    """The supporter as every package may know one, locked."""
    (supporter,) = lock_supporters(session, [supporter_id])
    theirs = sa.select(StripeCustomer.stripe_customer_id).where(StripeCustomer.supporter_id == supporter_id)
    customers = session.scalars(theirs.order_by(StripeCustomer.stripe_customer_id)).all()
    return Person(supporter_id, supporter.email, tuple(customers))


def forget(session: Session, person: Person, now: datetime) -> dict[str, int]:
    """How many of each holding went. What refers to others goes first: it may look up what they still hold."""
    return {one.name: one.forget(session, person, now) for one in reversed(holdings()) if one.forget is not None}
