"""Tell operators what needs them: by mail to ALARM_MAIL while it lasts, once an hour."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from flask import current_app

from support import clock
from support.db import current_database
from support.emails import messages
from support.emails.operations import queue
from webhooks.queries import inbox_health
from webhooks.rules import alarms

if TYPE_CHECKING:
    from webhooks.rules import Alarm

log = logging.getLogger(__name__)

CHORE = "alarms"
# The alarm comes within a minute of its reason, with what the worker does in between.
EVERY_SECONDS = 20.0


def look_for_alarms() -> None:
    """What the worker does all the time."""
    with current_database().reading() as session:
        found = alarms(inbox_health(session))
    for alarm in found:
        _tell(alarm)


def _tell(alarm: Alarm) -> None:
    """Once an hour, whoever of several workers looks first."""
    log.warning("alarm", extra={"alarm": alarm.name, "what": alarm.what})
    to = current_app.extensions["settings"].alarm_mail
    if not to:
        return
    cause = f"alarm {alarm.name} {clock.now():%Y-%m-%d %H}"
    message = messages.alarm(to, what=alarm.what, advice=alarm.advice)
    current_database().transact(lambda session: queue(session, message, clock.now(), cause=cause))
