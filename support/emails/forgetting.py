"""What of mails goes with the person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.emails.models import Mail
from support.sql import folded

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.holdings import Person

_EMPTY: dict[str, str | None] = {"recipient": "", "reply_to": None, "subject": "", "text": "", "html": "", "reason": ""}


def forget_mails(session: Session, person: Person, now: datetime) -> int:
    """Mails to the person, and those that the newsroom got from the person: what waits is not sent.

    Rows remain, emptied: their causes keep the same mail from being written again.
    """
    if person.email is None:
        return 0
    address = folded(session, sa.literal(person.email))
    is_theirs = sa.or_(folded(session, Mail.recipient) == address, folded(session, Mail.reply_to) == address)
    waiting = sa.update(Mail).where(is_theirs, Mail.state == "waiting")
    session.execute(waiting.values(state="expired", settled_at=now))
    emptied = sa.update(Mail).where(is_theirs).values(**_EMPTY)
    return len(session.execute(emptied.returning(Mail.id)).all())
