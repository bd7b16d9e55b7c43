"""What the doctor looks at by itself: settings, database, disk, Stripe, mail, the worker's chores."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from flask import current_app

from support import clock
from support.access.keys import load_keys
from support.campaigns.queries import all_campaigns
from support.chores import late_chores
from support.db import current_database, has_pending_migrations, newest_revision
from support.emails.delivery import Postman, TryLater
from support.gateway import current_gateway
from support.upkeep.diagnosis import Finding
from support.upkeep.erase_log import EraseLog
from support.upkeep.refusals import BadEraseLog

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.settings import Settings

_GIGABYTE = 1024**3
_SKEW_SECONDS = 60
_WANTED = {
    "mail_from": "the address that mails come from",
    "newsroom_contact": "where readers' answers and calls for help go",
    "newsroom_terms_url": "a link under every page",
    "newsroom_privacy_url": "a link under every page",
    "newsroom_legal": "a line on receipts",
    "alarm_mail": "who is told when something needs a person",
}


def check_settings() -> Iterator[Finding]:
    """What has a default that no newsroom wants to keep."""
    settings = _settings()
    for name, meaning in _WANTED.items():
        if not getattr(settings, name):
            yield Finding("warn", name.upper(), f"is not set: {meaning}")
    if settings.is_secure:
        yield Finding("ok", "PUBLIC_URL", "is https")
    else:
        yield Finding("warn", "PUBLIC_URL", "is http: only for a machine that talks to itself")


def check_database() -> Iterator[Finding]:
    """It answers, and is where the code is."""
    database = current_database()
    if has_pending_migrations(database):
        yield Finding("FAIL", "database", f"is not at migration {newest_revision()}: run `flask db upgrade`")
    else:
        yield Finding("ok", "database", f"answers, at migration {newest_revision()}")
    if database.is_sqlite:  # an affected version would have ended the program at its start
        driver = database.engine.dialect.loaded_dbapi
        yield Finding("ok", "SQLite", f"{getattr(driver, 'sqlite_version', 'this version')} loses no committed rows")


def check_disk() -> Iterator[Finding]:
    """Room for SQLite: a backup needs as much again as the file has."""
    database = current_database()
    if not database.is_sqlite:
        return
    file = Path(str(database.url.database))
    free, size = shutil.disk_usage(file.parent).free, file.stat().st_size if file.exists() else 0
    is_enough = free >= max(_GIGABYTE, 2 * size)
    yield Finding("ok" if is_enough else "warn", "disk", f"{free / _GIGABYTE:.1f} GB are free beside the database")


def check_erase_log() -> Iterator[Finding]:
    """It can be written and read."""
    log = EraseLog(_settings())
    try:
        log.require_writable()
        count = len(log.read().erased)
    except BadEraseLog as error:
        yield Finding("FAIL", "ERASE_LOG", error.detail.removeprefix("ERASE_LOG: "))
    else:
        yield Finding("ok", "ERASE_LOG", f"can be written; {count} people were erased")


def check_stripe() -> Iterator[Finding]:
    """The key works, is of the mode that it says, and both clocks agree."""
    seen, settings = current_gateway().greet(), _settings()
    if seen.is_live != settings.is_live:
        yield Finding("FAIL", "STRIPE_API_KEY", "is not of the mode that its prefix says")
    else:
        mode = "live" if seen.is_live else "test"
        yield Finding("ok", "STRIPE_API_KEY", f"works, in {mode} mode, API version {seen.api_version}")
    if seen.at is not None:
        skew = clock.wall_seconds() - seen.at.timestamp()
        is_near = abs(skew) <= _SKEW_SECONDS
        words = f"{skew:+.0f} s from Stripe's" + ("" if is_near else ": events are refused from 300 s on; set it right")
        yield Finding("ok" if is_near else "FAIL", "clock", words)


def check_mail() -> Iterator[Finding]:
    """Its server lets us in. Nothing is sent."""
    server = _settings().mail_server
    if server is None:
        yield Finding("warn", "MAIL_URL", "is not set: mails wait in the outbox")
        return
    postman = Postman(server)
    try:
        postman.greet()
    except TryLater as error:
        yield Finding("FAIL", "MAIL_URL", f"its server does not take us in: {error}")
    else:
        yield Finding("ok", "MAIL_URL", "its server lets us in")
    finally:
        postman.close()


def check_chores() -> Iterator[Finding]:
    """The worker does what it does by itself."""
    with current_database().reading() as session:
        late = late_chores(session)
    if late:
        yield Finding("warn", "chores", f"not done for too long: {', '.join(late)}. Is the worker running?")
    else:
        yield Finding("ok", "chores", "done in time")


def check_campaigns() -> Iterator[Finding]:
    """Somebody is asked for something."""
    now = clock.now()
    with current_database().reading() as session:
        running = [one for one in all_campaigns(session) if one.is_running(now) and one.plans]
    if running:
        yield Finding("ok", "campaign", f"{running[0].slug} runs, with {len(running[0].plans)} plans")
    else:
        yield Finding("warn", "campaign", "none with plans runs: nobody is asked. Look at `flask campaigns load`")


def check_keys() -> Iterator[Finding]:
    """SECRET_KEY opens the keys that sign passes."""
    with current_database().reading() as session:
        load_keys(session, _settings(), clock.now())
    yield Finding("ok", "signing keys", "open")


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
