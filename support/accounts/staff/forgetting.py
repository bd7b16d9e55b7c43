"""What of staff goes with time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.accounts.staff.models import StaffInvitation, StaffSignIn
from support.holdings import delete_some

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

# Long enough to look into where somebody signed in, and to know a member's own networks.
_SIGN_INS_KEPT = timedelta(days=30)
_INVITATIONS_KEPT = timedelta(days=30)


def prune_staff_sign_ins(session: Session, now: datetime) -> int:
    """Sign-ins that have ended, one way or another."""
    before = now - _SIGN_INS_KEPT
    return delete_some(session, StaffSignIn, sa.or_(StaffSignIn.ended_at <= before, StaffSignIn.expires_at <= before))


def prune_invitations(session: Session, now: datetime) -> int:
    """Links that invite nobody any more."""
    return delete_some(session, StaffInvitation, StaffInvitation.expires_at <= now - _INVITATIONS_KEPT)
