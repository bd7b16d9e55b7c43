"""Find or make supporters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.accounts.models import StripeCustomer, Supporter, email_key
from support.accounts.queries import has_tombstone, hold_customer
from support.together import add, find, flush

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
    customer = None
    if stripe_customer_id:
        customer = hold_customer(session, stripe_customer_id)
        email = None if has_tombstone(session, stripe_customer_id) else email
    supporter = find(session, Supporter, "update", id=customer.supporter_id) if customer is not None else None
    supporter = supporter or _of_address(session, email)
    if supporter is None:
        supporter = Supporter(email=email, email_key=email_key(email) if email else None, locale=locale, created_at=now)
        add(session, supporter)
        flush(session)
    if stripe_customer_id and customer is None:
        add(session, StripeCustomer(stripe_customer_id=stripe_customer_id, supporter_id=supporter.id))
        flush(session)
    return supporter


def _of_address(session: Session, email: str | None) -> Supporter | None:
    if not email:
        return None
    return find(session, Supporter, "update", email_key=email_key(email))


def mark_customer_deleted(session: Session, stripe_customer_id: str, now: datetime) -> None:
    """The customer is gone at Stripe; what was paid stays."""
    known = sa.update(StripeCustomer).where(StripeCustomer.stripe_customer_id == stripe_customer_id)
    session.execute(known.where(StripeCustomer.deleted_at.is_(None)).values(deleted_at=now))
