"""The outbox: every mail is a row first, written in the transaction that caused it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from support.db import Base, one_of

# refused: the recipient's server will never take it · expired: nobody could use it any more
STATES = ("waiting", "sent", "refused", "expired")


class Mail(Base):
    """One mail to one person.

    `cause` names what it is about where it must be sent only once, however often that is looked at. A mail that came
    too late for `expires_at` is not sent. `due_at` is the next try; `leased_until` is when somebody who is sending it
    now must be done, in wall seconds since 1970. Once a mail is settled its text is gone: the recipient has it.
    """

    __tablename__ = "mails"
    __table_args__ = (
        one_of("state", STATES),
        sa.Index(
            "ix_mails_due",
            "due_at",
            postgresql_where=sa.text("state = 'waiting'"),
            sqlite_where=sa.text("state = 'waiting'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40))
    cause: Mapped[str | None] = mapped_column(sa.String(200), unique=True)
    message_id: Mapped[str] = mapped_column(sa.String(200), unique=True)
    recipient: Mapped[str] = mapped_column(sa.String(320), index=True)
    reply_to: Mapped[str | None] = mapped_column(sa.String(320))
    locale: Mapped[str] = mapped_column(sa.String(20))
    subject: Mapped[str] = mapped_column(sa.Text)
    text: Mapped[str] = mapped_column(sa.Text)
    html: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.String(10), default="waiting")
    tries: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    due_at: Mapped[datetime]
    leased_until: Mapped[float] = mapped_column(default=0.0)
    expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
