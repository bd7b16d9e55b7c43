"""What of accounts goes with time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.accounts.models import MailedLink, SignIn
from support.accounts.rules import IDLE_LIFE
from support.holdings import delete_some

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

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
