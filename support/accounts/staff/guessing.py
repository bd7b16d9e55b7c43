"""How often passwords and codes of staff may be guessed. Every try counts before anybody looks at it.

Whoever guesses at an account from one network, or from many, uses up what these may try, not what the member may: a
network where the member was signed in lately is counted by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.accounts.models import email_key
from support.accounts.staff import rules
from support.accounts.staff.models import StaffMember, StaffSignIn
from support.limits import client_network, count_try, forget_tries, may_try
from support.tokens import hash_of

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.accounts.staff.sign_ins import Half, Member


def count_password(session: Session, email: str, now: datetime) -> None:
    """Count a password for this address, known or not. Raises TooManyRequests, and then it must not be looked at."""
    network, key = client_network(), email_key(email)
    everything, here = f"staff passwords {network}", _here(email)
    count_try(session, everything, allowed=rules.PASSWORDS_PER_NETWORK, window=rules.HOUR, now=now)
    count_try(session, here, allowed=rules.PASSWORDS_PER_ACCOUNT_AND_NETWORK, window=rules.QUARTER, now=now)
    if not _is_known_network(session, key, network, now):
        name = f"staff passwords {hash_of(key)}"
        count_try(session, name, allowed=rules.PASSWORDS_PER_ACCOUNT, window=rules.HOUR, now=now)


def forget_passwords(session: Session, email: str) -> None:
    """The right one was typed here."""
    forget_tries(session, _here(email))


def may_try_code(session: Session, who: Half | Member, now: datetime) -> bool:
    """Count a code; whether it may be looked at. One too many ends the sign-in, half or whole."""
    its = sa.update(StaffSignIn).where(StaffSignIn.id == who.sign_in_id, StaffSignIn.ended_at.is_(None))
    tries = session.scalar(its.values(code_tries=StaffSignIn.code_tries + 1).returning(StaffSignIn.code_tries))
    is_within = tries is not None and tries <= rules.CODE_TRIES
    name = _codes(who.staff_id)
    if is_within and may_try(session, name, allowed=rules.CODES_PER_ACCOUNT, window=rules.DAY, now=now):
        return True
    session.execute(its.values(ended_at=now))
    return False


def forget_codes(session: Session, staff_id: int) -> None:
    """A right one was typed."""
    forget_tries(session, _codes(staff_id))


def _is_known_network(session: Session, key: str, network: str, now: datetime) -> bool:
    theirs = sa.select(StaffSignIn.id).join(StaffMember, StaffMember.id == StaffSignIn.staff_id)
    whole = theirs.where(StaffMember.email_key == key, StaffSignIn.totp_at.is_not(None))
    lately = StaffSignIn.created_at > now - rules.NETWORK_KNOWN
    return session.scalar(whole.where(lately, StaffSignIn.network == network).limit(1)) is not None


def _here(email: str) -> str:
    return f"staff passwords {hash_of(email_key(email))} {client_network()}"


def _codes(staff_id: int) -> str:
    return f"staff codes {staff_id}"
