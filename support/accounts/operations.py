"""Find or make supporters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.accounts.models import StripeCustomer, Supporter, email_key
from support.accounts.queries import is_erased

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session


def supporter_of_customer(
    session: Session, stripe_customer_id: str | None, email: str | None, locale: str, now: datetime
) -> Supporter:
    """The supporter behind a Stripe customer, locked: the one already linked, else the one of this address, else new.

    A payment may give to an address that nobody has proven; it never shows anything of that address. The address of an
    erased customer is not taken in again, whoever tells of it.
    """
    if is_erased(session, stripe_customer_id):
        email = None
    supporter = _linked(session, stripe_customer_id) or _of_address(session, email)
    if supporter is None:
        supporter = Supporter(email=email, email_key=email_key(email) if email else None, locale=locale, created_at=now)
        session.add(supporter)
        session.flush()
    if stripe_customer_id and session.get(StripeCustomer, stripe_customer_id) is None:
        session.add(StripeCustomer(stripe_customer_id=stripe_customer_id, supporter_id=supporter.id))
        session.flush()
    return supporter


def _linked(session: Session, stripe_customer_id: str | None) -> Supporter | None:
    return session.scalar(
        sa.select(Supporter)
        .join(StripeCustomer, StripeCustomer.supporter_id == Supporter.id)
        .where(StripeCustomer.stripe_customer_id == stripe_customer_id)
        .with_for_update(of=Supporter)
    )


def _of_address(session: Session, email: str | None) -> Supporter | None:
    if not email:
        return None
    return session.scalar(sa.select(Supporter).where(Supporter.email_key == email_key(email)).with_for_update())


def mark_customer_deleted(session: Session, stripe_customer_id: str, now: datetime) -> None:
    """The customer is gone at Stripe; what was paid stays."""
    known = sa.update(StripeCustomer).where(StripeCustomer.stripe_customer_id == stripe_customer_id)
    session.execute(known.where(StripeCustomer.deleted_at.is_(None)).values(deleted_at=now))
