"""Find or make supporters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.accounts.links import end_links
from support.accounts.models import SignIn, StripeCustomer, Supporter, SupporterNote, email_key
from support.accounts.queries import has_tombstone, hold_customer
from support.holdings import move_rows
from support.together import add, find, flush

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.audit import Actor
    from support.holdings import Merger


def supporter_of_customer(
    session: Session, stripe_customer_id: str | None, email: str | None, locale: str, now: datetime
) -> Supporter:
    """The supporter behind a Stripe customer, locked: the one already linked, else the one of this address, else new.

    A payment may give to an address that nobody has proven; it never shows anything of that address. The address of an
    erased customer is not taken in again, whoever tells of it. Of two that were merged it is the one that is kept.
    """
    customer = None
    if stripe_customer_id:
        customer = hold_customer(session, stripe_customer_id)
        email = None if has_tombstone(session, stripe_customer_id) else email
    supporter = find(session, Supporter, "update", id=customer.supporter_id) if customer is not None else None
    supporter = supporter or _of_address(session, email)
    if supporter is not None and supporter.merged_into_id is not None:
        supporter = find(session, Supporter, "update", id=supporter.merged_into_id)
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


def write_note(session: Session, supporter_id: int, text: str, by: Actor, now: datetime) -> None:
    """A staff member's words about a supporter."""
    session.add(SupporterNote(supporter_id=supporter_id, staff_id=by.staff_id, who=by.email, text=text, written_at=now))


def move_account(session: Session, merger: Merger, now: datetime) -> int:
    """Customers go to the kept supporter, and browsers that were signed in as the other are signed out: 0 or more rows.

    Whatever one of the two had closed by signing out everywhere stays closed. The row remains: its address leads on.
    """
    kept, merged = (session.get_one(Supporter, one) for one in (merger.kept_id, merger.merged_id))
    merged.merged_into_id = kept.id
    session.execute(sa.update(Supporter).where(Supporter.merged_into_id == merged.id).values(merged_into_id=kept.id))
    kept.signed_out_at = max(filter(None, (kept.signed_out_at, merged.signed_out_at)), default=None)
    session.execute(
        sa.update(SignIn).where(SignIn.supporter_id == merged.id, SignIn.ended_at.is_(None)).values(ended_at=now)
    )
    if merged.email_key is not None:
        end_links(session, merged.email_key, now)
    return move_rows(StripeCustomer, StripeCustomer.supporter_id)(session, merger, now)


def mark_customer_deleted(session: Session, stripe_customer_id: str, now: datetime) -> None:
    """The customer is gone at Stripe; what was paid stays."""
    known = sa.update(StripeCustomer).where(StripeCustomer.stripe_customer_id == stripe_customer_id)
    session.execute(known.where(StripeCustomer.deleted_at.is_(None)).values(deleted_at=now))
