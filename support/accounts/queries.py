"""Read supporters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.accounts.models import StripeCustomer, Supporter, email_key

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def supporter_id_of_address(session: Session, email: str) -> int | None:
    """The supporter with this address, however its letters are cased."""
    return session.scalar(sa.select(Supporter.id).where(Supporter.email_key == email_key(email)))


def is_customer(session: Session, stripe_customer_id: str) -> bool:
    """Whether this customer at Stripe is a supporter's."""
    return session.get(StripeCustomer, stripe_customer_id) is not None
