"""Read the outbox."""

from __future__ import annotations

import sqlalchemy as sa

from support.emails.models import Mail


def is_in_outbox(cause: sa.ColumnElement[str] | str) -> sa.ColumnElement[bool]:
    """A condition: a mail of this cause waits, was sent, or will never be."""
    return sa.select(Mail.id).where(Mail.cause == cause).exists()
