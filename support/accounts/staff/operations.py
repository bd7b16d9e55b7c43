"""Change who is staff and with which role."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.accounts.models import email_key
from support.accounts.staff.invitations import end_invitations
from support.accounts.staff.models import RecoveryCode, StaffMember
from support.accounts.staff.second_step import new_recovery_codes
from support.accounts.staff.sign_ins import end_sign_ins
from support.accounts.staff.telling import tell_of_change
from support.audit import record
from support.errors import FieldError, InvalidInput

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

_ADMIN = "admin"


def add_member(session: Session, email: str, role: str, now: datetime) -> StaffMember:
    """A new member, who cannot sign in before an invitation is taken. Raises InvalidInput for a known address."""
    key = email_key(email)
    if session.scalar(sa.select(StaffMember.id).where(StaffMember.email_key == key)) is not None:
        raise InvalidInput([FieldError("email", "This address is in the list already.")])
    member = StaffMember(email=email, email_key=key, role=role, created_at=now)
    session.add(member)
    session.flush()
    return member


def change_role(session: Session, member: StaffMember, role: str, now: datetime) -> None:
    """The member is signed out everywhere: no page of the earlier role stays open. Raises InvalidInput."""
    if role == member.role:
        return
    _refuse_last_admin(session, member, "role")
    record(session, "changed role", f"staff {member.id}", f"{member.email}: {member.role} to {role}")
    member.role = role
    end_sign_ins(session, member.id, now)


def disable(session: Session, member: StaffMember, now: datetime) -> None:
    """Out at once, with nothing left that would let the member in again. Raises InvalidInput."""
    _refuse_last_admin(session, member, "member")
    member.disabled_at = member.disabled_at or now
    member.password_hash = member.totp_secret = None
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.staff_id == member.id))
    end_sign_ins(session, member.id, now)
    end_invitations(session, member.id, now)
    record(session, "disabled", f"staff {member.id}", member.email)


def change_password(session: Session, member: StaffMember, password_hash: str, now: datetime) -> None:
    """The member's own wish. Whoever is signed in as the member is out; links and phones that were begun are over."""
    member.password_hash = password_hash
    end_invitations(session, member.id, now)
    end_sign_ins(session, member.id, now)
    record(session, "changed password", f"staff {member.id}")
    tell_of_change(session, member, "Your password", now)


def change_recovery_codes(session: Session, member: StaffMember, now: datetime) -> list[str]:
    """The member's own wish: ten codes, to be shown once. The same ends as with another password."""
    end_invitations(session, member.id, now)
    end_sign_ins(session, member.id, now)
    record(session, "changed recovery codes", f"staff {member.id}")
    tell_of_change(session, member, "Your recovery codes", now)
    return new_recovery_codes(session, member.id)


def _refuse_last_admin(session: Session, member: StaffMember, field: str) -> None:
    """Two admins who take each other's role away wait here for each other."""
    able = (StaffMember.role == _ADMIN, StaffMember.disabled_at.is_(None), StaffMember.password_hash.is_not(None))
    admins = sa.select(StaffMember.id).where(*able).order_by(StaffMember.id).with_for_update()
    if list(session.scalars(admins)) == [member.id]:
        raise InvalidInput([FieldError(field, "Nobody else could manage staff. Make somebody else an admin first.")])
