"""Change the outbox."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.clock import wall_seconds
from support.emails.models import Mail
from support.emails.rules import GIVE_UP_AFTER, pause_after
from support.sql import insert

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.emails.messages import Message

# Longer than the slowest conversation with a mail server that delivery allows.
LEASE_SECONDS = 120.0
_TEXT = {"text": "", "html": ""}


def queue(session: Session, message: Message, now: datetime, *, cause: str | None = None) -> None:
    """Send `message` once this transaction has committed.

    `cause`, such as `receipt payment 12`, makes it one mail however often the same thing is looked at.
    """
    row = insert(session, Mail).values(
        name=message.name,
        cause=cause,
        message_id=f"<{secrets.token_hex(16)}@{message.sent_by}>",
        recipient=message.to,
        reply_to=message.reply_to,
        locale=message.locale,
        subject=message.subject,
        text=message.text,
        html=message.html,
        due_at=now,
        expires_at=message.expires_at,
        created_at=now,
    )
    session.execute(row.on_conflict_do_nothing(index_elements=["cause"]))


def take_due(session: Session, now: datetime) -> Mail | None:
    """The mail that is due longest, leased to whoever asks; None if none is, or somebody was faster."""
    is_free = (Mail.state == "waiting", Mail.due_at <= now, Mail.leased_until <= wall_seconds())
    due = session.scalar(sa.select(Mail.id).where(*is_free).order_by(Mail.due_at, Mail.id).limit(1))
    if due is None:
        return None
    leased = sa.update(Mail).where(Mail.id == due, *is_free).values(leased_until=wall_seconds() + LEASE_SECONDS)
    return session.scalar(leased.returning(Mail))


def expire(session: Session, now: datetime) -> None:
    """Mails that nobody could use any more are not sent."""
    late = sa.update(Mail).where(Mail.state == "waiting", Mail.expires_at <= now)
    session.execute(late.values(state="expired", settled_at=now, **_TEXT))


def mark_sent(session: Session, mail_id: int, now: datetime) -> None:
    """The mail server has taken it."""
    _settle(session, mail_id, "sent", "", now)


def mark_refused(session: Session, mail_id: int, reason: str, now: datetime) -> None:
    """It will never be taken; `reason` is for staff."""
    _settle(session, mail_id, "refused", reason, now)


def put_off(session: Session, mail: Mail, reason: str, now: datetime, *, is_recipients: bool) -> None:
    """Try again later; what the recipient's own mailbox does not take for three days, never."""
    if is_recipients and now - mail.created_at >= GIVE_UP_AFTER:
        _settle(session, mail.id, "refused", reason, now)
        return
    tries = mail.tries + 1
    rests = sa.update(Mail).where(Mail.id == mail.id, Mail.state == "waiting")
    session.execute(rests.values(tries=tries, reason=reason, due_at=now + pause_after(tries), leased_until=0.0))


def _settle(session: Session, mail_id: int, state: str, reason: str, now: datetime) -> None:
    settled = sa.update(Mail).where(Mail.id == mail_id, Mail.state == "waiting")
    session.execute(settled.values(state=state, reason=reason, settled_at=now, **_TEXT))
