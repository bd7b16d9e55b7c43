"""Who may read what: the gate's rules, entitlements, decisions, passes, reading sessions, API keys."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from flask import current_app

from support import clock
from support.access.commands import gate_commands, key_commands, pass_commands
from support.access.forgetting import (
    forget_grants,
    forget_reading_sessions,
    prune_codes,
    prune_reading_sessions,
    prune_renewals,
)
from support.access.forms import GateFile
from support.access.keys import KeyRing, add_signing_key, load_keys
from support.access.models import Grant, ReadingSessionSupporter, SigningKey
from support.access.operations import load_gate
from support.access.passes import new_memory
from support.access.queries import find_api_key, newest_gate
from support.access.reading import ReadingWithSignIn
from support.access.rules import Gate, Policy
from support.access.views import gate
from support.accounts.companions import register_companion
from support.content import read_content
from support.db import current_database, on_first_content
from support.guards import register_api_keys
from support.holdings import move_rows, register_holding
from support.memory import Remembered

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session

FIRST_CONTENT = Path(__file__).parents[2] / "config" / "gate.toml"
_CLOSED = Gate((), Policy("members"))


def init_app(app: Flask) -> None:
    """Open the gate's addresses; keep rules and keys in memory; make the first ones when there are none."""
    app.extensions["gate"] = Remembered(_load_gate)
    app.extensions["signing_keys"] = Remembered(_load_keys)
    app.extensions["verified_passes"] = new_memory()
    app.register_blueprint(gate)
    for group in (gate_commands, key_commands, pass_commands):
        app.cli.add_command(group)
    register_api_keys(app, _is_api_key)
    register_companion(app, ReadingWithSignIn())
    register_holding(app, "pass codes", prune=prune_codes)
    register_holding(app, "pass renewals", prune=prune_renewals)
    register_holding(app, "reading sessions", prune=prune_reading_sessions, forget=forget_reading_sessions)
    reading_as = move_rows(ReadingSessionSupporter, ReadingSessionSupporter.supporter_id)
    register_holding(app, "browsers that read", move=reading_as)
    register_holding(app, "grants", forget=forget_grants, move=move_rows(Grant, Grant.supporter_id))
    on_first_content(app, _load_first)


def _load_gate() -> Gate:
    with current_database().reading() as session:
        return newest_gate(session) or _CLOSED


def _load_keys() -> KeyRing:
    with current_database().reading() as session:
        return load_keys(session, current_app.extensions["settings"], clock.now())


def _is_api_key(key: str) -> bool:
    with current_database().reading() as session:
        return bool(key) and find_api_key(session, key) is not None


def _load_first(session: Session) -> None:
    if newest_gate(session) is None:
        load_gate(session, read_content(FIRST_CONTENT, GateFile), clock.now())
    if session.scalar(sa.select(SigningKey.kid).limit(1)) is None:
        add_signing_key(session, current_app.extensions["settings"], clock.now())
