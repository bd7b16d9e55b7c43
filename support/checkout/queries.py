"""Find checkouts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from support.accounts.models import StripeCustomer, Supporter
from support.checkout.models import Checkout
from support.together import find

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy.orm import Session


def lock_checkout(session: Session, public_id: str) -> Checkout | None:
    """The checkout that Stripe's metadata names; locked until the transaction ends."""
    return find(session, Checkout, "update", public_id=public_id)


def checkout_by_public_id(session: Session, public_id: str) -> Checkout | None:
    """A checkout with its campaign and plan."""
    whole = (joinedload(Checkout.campaign), joinedload(Checkout.plan))
    return session.scalar(sa.select(Checkout).where(Checkout.public_id == public_id).options(*whole))


def public_id_of_session(session: Session, stripe_session_id: str) -> str | None:
    """The public id of the checkout that this Stripe session belongs to."""
    return session.scalar(sa.select(Checkout.public_id).where(Checkout.stripe_session_id == stripe_session_id))


def lock_checkout_by_id(session: Session, checkout_id: int) -> Checkout:
    """A checkout that a row of ours refers to; locked until the transaction ends."""
    checkout = find(session, Checkout, "update", id=checkout_id)
    if checkout is None:
        raise LookupError(f"no checkout {checkout_id}")
    return checkout


def lock_checkout_of_session(session: Session, stripe_session_id: str) -> Checkout | None:
    """The checkout that this Stripe session is known to belong to; locked until the transaction ends."""
    return find(session, Checkout, "update", stripe_session_id=stripe_session_id)


def is_any_forgotten(session: Session, public_ids: Collection[str]) -> bool:
    """Whether whoever began one of these checkouts was erased."""
    forgotten = sa.select(Checkout.id).where(Checkout.public_id.in_(public_ids), Checkout.forgotten_at.is_not(None))
    return session.scalar(forgotten.limit(1)) is not None


def lock_supporters(session: Session, supporter_ids: Sequence[int]) -> list[Supporter]:
    """The supporters of these ids that exist, by id; locked in the order in which syncs lock.

    That is: their checkouts, their customers, themselves.
    """
    theirs = Checkout.supporter_id.in_(supporter_ids)
    session.execute(sa.select(Checkout.id).where(theirs).order_by(Checkout.id).with_for_update())
    customers = sa.select(StripeCustomer.stripe_customer_id).where(StripeCustomer.supporter_id.in_(supporter_ids))
    session.execute(customers.order_by(StripeCustomer.stripe_customer_id).with_for_update())
    them = sa.select(Supporter).where(Supporter.id.in_(supporter_ids)).order_by(Supporter.id)
    return list(session.scalars(them.with_for_update().execution_options(populate_existing=True)))
