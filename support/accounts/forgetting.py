"""What of accounts goes with time, and what with the person."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.accounts.links import forget_address
from support.accounts.models import ErasedCustomer, MailedLink, SignIn, Supporter, SupporterNote, email_key
from support.accounts.rules import IDLE_LIFE
from support.holdings import delete_some
from support.i18n import DEFAULT
from support.sql import insert

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.holdings import Person

# Long enough to look into why somebody could not sign in.
_LINKS_KEPT = timedelta(days=1)
_SIGN_INS_KEPT = timedelta(days=30)


def prune_links(session: Session, now: datetime) -> int:
    """Links and codes that sign nobody in any more."""
    return delete_some(session, MailedLink, MailedLink.expires_at <= now - _LINKS_KEPT)


def prune_sign_ins(session: Session, now: datetime) -> int:
    """Sign-ins that have ended, one way or another."""
    before = now - _SIGN_INS_KEPT
    is_over = sa.or_(SignIn.ended_at <= before, SignIn.expires_at <= before, SignIn.seen_at <= before - IDLE_LIFE)
    return delete_some(session, SignIn, is_over)


def forget_links(session: Session, person: Person, _now: datetime) -> int:
    """Whatever was mailed to sign the person in."""
    return 0 if person.email is None else forget_address(session, email_key(person.email))


def forget_sign_ins(session: Session, person: Person, _now: datetime) -> int:
    """Every browser in which the person is or was signed in."""
    theirs = sa.delete(SignIn).where(SignIn.supporter_id == person.supporter_id)
    return len(session.execute(theirs.returning(SignIn.id)).all())


def forget_notes(session: Session, person: Person, _now: datetime) -> int:
    """What staff wrote about the person."""
    theirs = sa.delete(SupporterNote).where(SupporterNote.supporter_id == person.supporter_id)
    return len(session.execute(theirs.returning(SupporterNote.id)).all())


def forget_address_of(session: Session, person: Person, now: datetime) -> int:
    """The address goes; a row to which the books refer remains, and a tombstone for every customer at Stripe."""
    raise_tombstones(session, person.stripe_customer_ids, now)
    theirs = sa.update(Supporter).where(Supporter.id == person.supporter_id)
    session.execute(theirs.values(email=None, email_key=None, email_proven_at=None, locale=DEFAULT, signed_out_at=now))
    return 0 if person.email is None else 1


def raise_tombstones(session: Session, stripe_customer_ids: Iterable[str], erased_at: datetime) -> None:
    """No sync brings anything personal of these customers back."""
    for stripe_customer_id in stripe_customer_ids:
        tombstone = insert(session, ErasedCustomer).values(stripe_customer_id=stripe_customer_id, erased_at=erased_at)
        session.execute(tombstone.on_conflict_do_nothing())
