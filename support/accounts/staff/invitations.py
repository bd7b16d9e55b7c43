"""Invitations: a mailed link, once, with which a member chooses a password and takes a secret onto a phone.

A member who is signed in takes a new phone the same way, without a link (`begin_phone`).

Nothing of the member's changes before a code proves that the phone has the secret: an invitation that somebody else
begins, or nobody ends, leaves everything as it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from flask import current_app

from support.accounts.staff import rules
from support.accounts.staff.models import StaffInvitation, StaffMember
from support.accounts.staff.second_step import decrypted, encrypted, new_recovery_codes, new_secret, step_of
from support.accounts.staff.sign_ins import end_sign_ins
from support.accounts.staff.telling import tell_of_change
from support.audit import Actor, record
from support.emails import messages
from support.emails.operations import queue
from support.tokens import hash_of, new_token

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from config.settings import Settings


@dataclass(frozen=True)
class Setup:
    """An invitation that this browser has taken; `secret` is for the phone, in base32."""

    invitation_id: int
    email: str
    secret: str


@dataclass(frozen=True)
class Joined:
    """A member who has just ended an invitation, and the recovery codes, to be shown once."""

    staff_id: int
    recovery_codes: list[str]


def invite(session: Session, member: StaffMember, locale: str, now: datetime) -> str:
    """Mail the member a link, in that language, and return it. Earlier ones end; a disabled member may join again."""
    settings: Settings = current_app.extensions["settings"]
    member.disabled_at = None
    session.flush()
    end_invitations(session, member.id, now)
    token, expires_at = new_token(), now + rules.INVITATION_LIFE
    row = StaffInvitation(staff_id=member.id, token_hash=_token_hash(token), created_at=now, expires_at=expires_at)
    session.add(row)
    link = f"{settings.staff_url}/staff/invitation/{token}"
    hours = int(rules.INVITATION_LIFE.total_seconds() // 3600)
    message = messages.staff_invitation(member.email, locale, link=link, hours=hours, expires_at=expires_at)
    queue(session, message, now)
    record(session, "invited", f"staff {member.id}", f"{member.email}, {member.role}")
    return link


def address_of_invitation(session: Session, token: str, now: datetime) -> str | None:
    """Whom this link invites, while it is good. Uses nothing up."""
    whose = sa.select(StaffMember.email).join(StaffInvitation, StaffInvitation.staff_id == StaffMember.id)
    return session.scalar(whose.where(StaffInvitation.token_hash == _token_hash(token), *_is_unused(now)))


def take(session: Session, token: str, browser: str, password_hash: str, now: datetime) -> bool:
    """Use the invitation up for this browser (its random token) and the chosen password; one UPDATE decides."""
    its = sa.update(StaffInvitation).where(StaffInvitation.token_hash == _token_hash(token), *_is_unused(now))
    secret = encrypted(new_secret())
    taken = its.values(used_at=now, browser_hash=hash_of(browser), password_hash=password_hash, totp_secret=secret)
    return session.execute(taken.returning(StaffInvitation.id)).one_or_none() is not None


def begin_phone(session: Session, staff_id: int, browser: str, now: datetime) -> None:
    """Let a member who has just given both proofs take a new secret, in this browser; the password stays."""
    end_invitations(session, staff_id, now)
    row = StaffInvitation(staff_id=staff_id, token_hash=_token_hash(new_token()), created_at=now, expires_at=now)
    row.used_at, row.browser_hash, row.totp_secret = now, hash_of(browser), encrypted(new_secret())
    session.add(row)


def setup_of(session: Session, browser: str, now: datetime) -> Setup | None:
    """What this browser has begun and may still end."""
    found = session.execute(
        sa.select(StaffInvitation.id, StaffMember.email, StaffInvitation.totp_secret)
        .join(StaffMember, StaffMember.id == StaffInvitation.staff_id)
        .where(StaffInvitation.browser_hash == hash_of(browser), *_is_begun(now))
    ).one_or_none()
    return None if found is None or found[2] is None else Setup(found[0], found[1], decrypted(found[2]))


def join(session: Session, setup: Setup, typed: str, now: datetime) -> Joined | None:
    """Make secret and chosen password the member's if the code is right; whoever was signed in as the member is out."""
    step = step_of(setup.secret, typed)
    if step is None:
        return None
    its = sa.update(StaffInvitation).where(StaffInvitation.id == setup.invitation_id, *_is_begun(now))
    invitation = session.scalar(its.values(joined_at=now, browser_hash=None).returning(StaffInvitation))
    if invitation is None:
        return None
    member = session.get_one(StaffMember, invitation.staff_id, with_for_update=True)
    keeps_password = invitation.password_hash is None
    action, changed = ("changed phone", "Your phone") if keeps_password else ("joined", "Your password and phone")
    is_new = member.password_hash is None
    member.password_hash = invitation.password_hash or member.password_hash
    member.totp_secret, member.totp_step = invitation.totp_secret, max(step, member.totp_step or 0)
    invitation.password_hash = invitation.totp_secret = None
    end_sign_ins(session, member.id, now)
    end_invitations(session, member.id, now)
    record(session, action, f"staff {member.id}", by=Actor(member.id, member.email))
    if not is_new:
        tell_of_change(session, member, changed, now)
    return Joined(member.id, new_recovery_codes(session, member.id))


def end_invitations(session: Session, staff_id: int, now: datetime) -> None:
    """No link that was mailed to the member is good any more, and nothing that was begun with one."""
    theirs = sa.update(StaffInvitation).where(StaffInvitation.staff_id == staff_id)
    session.execute(theirs.where(StaffInvitation.used_at.is_(None)).values(used_at=now))
    session.execute(theirs.values(browser_hash=None, password_hash=None, totp_secret=None))


def _is_unused(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (StaffInvitation.used_at.is_(None), StaffInvitation.expires_at > now)


def _is_begun(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    begun = StaffInvitation.used_at > now - rules.SETUP_LIFE
    return (StaffInvitation.browser_hash.is_not(None), StaffInvitation.joined_at.is_(None), begun)


def _token_hash(token: str) -> str:
    """Bound to its purpose, so that no link for anything else passes for it."""
    return hash_of(f"staff invitation {token}")
