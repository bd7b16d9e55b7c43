"""The outbox in /metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support import clock
from support.emails.models import Mail
from support.metrics import Gauge

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.orm import Session


def mail_gauges(session: Session) -> Iterator[Gauge]:
    """How many mails wait, and for how long."""
    is_waiting = Mail.state == "waiting"
    count = session.scalars(sa.select(sa.func.count()).where(is_waiting)).one()
    oldest: datetime | None = session.scalar(sa.select(sa.func.min(Mail.created_at)).where(is_waiting))
    yield Gauge("support_mails_waiting", "Mails that the mail server has not taken yet.", {"": count})
    age = (clock.now() - oldest).total_seconds() if oldest is not None else 0.0
    yield Gauge("support_mails_oldest_waiting_seconds", "How long the oldest of them has waited.", {"": age})
