"""The only clock of money, access and mail.

With CLOCK_FILE (demos and drills only) it runs as many seconds ahead as the file says. Webhook signatures, a
pass's `exp` and leases keep wall time: `wall_seconds()`.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from flask import current_app, has_app_context

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from flask import Flask

    from config.settings import Settings


def init_app(app: Flask, clock_file: Path | None) -> None:
    """Let `now()` follow `clock_file`, which holds a number of seconds; an absent file means 0."""
    app.extensions["clock_file"] = clock_file


def now() -> datetime:
    """This moment, UTC, whole microseconds."""
    return datetime.now(UTC) + _ahead()


def local_day(moment: datetime) -> date:
    """The day of NEWSROOM_TIME_ZONE that this moment is in."""
    settings: Settings = current_app.extensions["settings"]
    return moment.astimezone(settings.time_zone).date()


def wall_seconds() -> float:
    """Real seconds since 1970, whatever CLOCK_FILE says."""
    return time.time()


def _ahead() -> timedelta:
    clock_file: Path | None = current_app.extensions["clock_file"] if has_app_context() else None
    if clock_file is None:
        return timedelta()
    try:
        return timedelta(seconds=float(clock_file.read_text() or 0))
    except FileNotFoundError:
        return timedelta()
