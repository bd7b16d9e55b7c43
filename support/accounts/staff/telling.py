"""Members hear of every change of what they sign in with: whoever made it may not have been the member."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.emails import messages
from support.emails.operations import queue

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.accounts.staff.models import StaffMember


def tell_of_change(session: Session, member: StaffMember, what: str, now: datetime) -> None:
    """Mail the member that `what`, such as "Your password", changed."""
    queue(session, messages.staff_proofs_changed(member.email, what=what, changed_at=now), now)
