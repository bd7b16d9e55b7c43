"""Forget a person, in the transaction of whoever asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.accounts.models import StripeCustomer, Supporter
from support.checkout.models import Checkout
from support.holdings import Person, holdings

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session


def lock_person(session: Session, supporter_id: int) -> Person:
    """The supporter as every package may know one. Locks in the order in which syncs do."""
    session.execute(
        sa.select(Checkout.id).where(Checkout.supporter_id == supporter_id).order_by(Checkout.id).with_for_update()
    )
    theirs = sa.select(StripeCustomer.stripe_customer_id).where(StripeCustomer.supporter_id == supporter_id)
    customers = session.scalars(theirs.order_by(StripeCustomer.stripe_customer_id).with_for_update()).all()
    supporter = session.get_one(Supporter, supporter_id, with_for_update=True)
    return Person(supporter_id, supporter.email, tuple(customers))


def forget(session: Session, person: Person, now: datetime) -> dict[str, int]:
    """How many of each holding went. What refers to others goes first: it may look up what they still hold."""
    return {one.name: one.forget(session, person, now) for one in reversed(holdings()) if one.forget is not None}
