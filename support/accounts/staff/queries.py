"""Read who is staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.accounts.models import email_key
from support.accounts.staff.models import RecoveryCode, StaffMember

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def members(session: Session) -> list[StaffMember]:
    """Everybody, those who were disabled last."""
    return list(
        session.scalars(sa.select(StaffMember).order_by(StaffMember.disabled_at.is_not(None), StaffMember.email))
    )


def member_of_address(session: Session, email: str) -> StaffMember | None:
    """The member with this address, disabled or not."""
    return session.scalar(sa.select(StaffMember).where(StaffMember.email_key == email_key(email)))


def recovery_codes_left(session: Session, staff_id: int) -> int:
    """How many of the member's recovery codes are unused."""
    theirs = sa.select(sa.func.count()).where(RecoveryCode.staff_id == staff_id, RecoveryCode.used_at.is_(None))
    return session.scalar(theirs) or 0
