"""Read supporters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.accounts.models import ErasedCustomer, StripeCustomer, Supporter, SupporterNote, email_key
from support.together import find

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.orm import Session


def supporter_id_of_address(session: Session, email: str) -> int | None:
    """The supporter with this address, however its letters are cased; of two that were merged, the one that is kept."""
    kept = sa.func.coalesce(Supporter.merged_into_id, Supporter.id)
    return session.scalar(sa.select(kept).where(Supporter.email_key == email_key(email)))


def merged_into(session: Session, supporter_id: int) -> list[int]:
    """The rows that were found to be the same person as this supporter."""
    theirs = sa.select(Supporter.id).where(Supporter.merged_into_id == supporter_id)
    return list(session.scalars(theirs.order_by(Supporter.id)))


def notes_on(session: Session, supporter_id: int) -> list[SupporterNote]:
    """What staff wrote about the supporter, the newest first."""
    theirs = sa.select(SupporterNote).where(SupporterNote.supporter_id == supporter_id)
    return list(session.scalars(theirs.order_by(SupporterNote.id.desc())))


def is_customer(session: Session, stripe_customer_id: str) -> bool:
    """Whether this customer at Stripe is a supporter's."""
    return find(session, StripeCustomer, stripe_customer_id=stripe_customer_id) is not None


def is_erased(session: Session, stripe_customer_id: str | None) -> bool:
    """Whether this customer's supporter was erased; nobody can be meanwhile, until the transaction ends."""
    if stripe_customer_id is None:
        return False
    hold_customer(session, stripe_customer_id)
    return has_tombstone(session, stripe_customer_id)


def hold_customer(session: Session, stripe_customer_id: str) -> StripeCustomer | None:
    """This customer, if it is a supporter's, who cannot be erased meanwhile."""
    return find(session, StripeCustomer, "share", stripe_customer_id=stripe_customer_id)


def has_tombstone(session: Session, stripe_customer_id: str) -> bool:
    """Whether this customer's supporter was erased."""
    return find(session, ErasedCustomer, stripe_customer_id=stripe_customer_id) is not None


def is_any_erased(session: Session, stripe_customer_ids: Collection[str]) -> bool:
    """Whether one of these customers has a tombstone."""
    is_one = ErasedCustomer.stripe_customer_id.in_(stripe_customer_ids)
    return session.scalar(sa.select(ErasedCustomer.stripe_customer_id).where(is_one).limit(1)) is not None
