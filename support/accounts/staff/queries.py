"""Read who is staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.accounts.models import email_key
from support.accounts.staff.models import StaffMember

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
