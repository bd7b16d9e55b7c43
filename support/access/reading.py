"""Who is reading: a pass, else the reading session, else the checkouts that this browser began.

A reading session that began with a sign-in stands for the supporter as well; signing out ends it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from flask import current_app, request

from support import clock
from support.access.models import ReadingSession
from support.access.operations import (
    READING_SESSION_LIFE,
    begin_reading_session,
    end_reading_session,
    end_reading_sessions_of,
    read_as_supporter,
)
from support.access.queries import (
    checkouts_begun,
    checkouts_of_reading_session,
    entitlements_of_checkouts,
    entitlements_of_supporter,
    live_reading_session,
    supporter_of_reading_session,
)
from support.checkout.cookies import forget_checkouts, remembered_checkouts
from support.db import current_database
from support.http import cookie_name, delete_cookie, set_cookie

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Response
    from sqlalchemy.orm import Session

    from config.settings import Settings
    from support.access.rules import Entitlement

_COOKIE = "reading"
_MAX_TOKEN = 100


@dataclass(frozen=True)
class Reader:
    """A browser that may read something. `subject` is opaque and different for every reading session."""

    subject: str
    entitlements: list[Entitlement]


def reader_by_cookie(session: Session) -> Reader:
    """Whoever the first-party cookies prove; an empty Reader without any. Nothing is written."""
    token = _token()
    reading = live_reading_session(session, token, clock.now()) if token else None
    checkout_ids = checkouts_of_reading_session(session, reading.id) if reading is not None else []
    if begun := remembered_checkouts():
        checkout_ids += checkouts_begun(session, begun)
    found = entitlements(session, checkout_ids)
    if reading is not None:
        found += _of_its_supporter(session, reading.id)
        return Reader(f"reading-{reading.id}", found)
    return Reader(f"checkout-{checkout_ids[0]}" if checkout_ids else "", found)


def reader_of_session(session: Session, reading_session_id: int) -> Reader:
    """Whoever a reading session stands for: nobody once it has ended or was revoked."""
    subject = f"reading-{reading_session_id}"
    if not session.get_one(ReadingSession, reading_session_id).is_live(clock.now()):
        return Reader(subject, [])
    found = entitlements(session, checkouts_of_reading_session(session, reading_session_id))
    return Reader(subject, found + _of_its_supporter(session, reading_session_id))


def _of_its_supporter(session: Session, reading_session_id: int) -> list[Entitlement]:
    supporter_id = supporter_of_reading_session(session, reading_session_id)
    return [] if supporter_id is None else entitlements_of_supporter(session, supporter_id, grace(), clock.now())


def entitlements(session: Session, checkout_ids: Sequence[int]) -> list[Entitlement]:
    """What these checkouts open now."""
    return entitlements_of_checkouts(session, checkout_ids, grace(), clock.now())


def grace() -> timedelta:
    """How long a membership opens articles after its last paid period."""
    settings: Settings = current_app.extensions["settings"]
    return timedelta(days=settings.grace_days)


def begin_reading(response: Response) -> int | None:
    """The id of this browser's reading session, or None. Paid checkouts that it remembers are exchanged for one."""
    token, begun, now = _token(), remembered_checkouts(), clock.now()
    if not begun and token is None:
        return None
    with current_database().transaction() as session:
        paid = [one for one in checkouts_begun(session, begun) if entitlements(session, [one])]
        if paid:
            token = begin_reading_session(session, paid, token, now)
        reading = live_reading_session(session, token, now) if token else None
    if paid:
        set_cookie(response, _COOKIE, str(token), int(READING_SESSION_LIFE.total_seconds()))
    if begun and len(paid) == len(begun):
        forget_checkouts(response)
    return reading.id if reading is not None else None


class ReadingWithSignIn:
    """A sign-in opens what the supporter has paid for, and signing out closes it."""

    def begin(self, session: Session, response: Response, supporter_id: int) -> None:
        """See accounts.companions."""
        token = read_as_supporter(session, supporter_id, _token(), clock.now())
        set_cookie(response, _COOKIE, token, int(READING_SESSION_LIFE.total_seconds()))

    def end(self, session: Session, response: Response) -> None:
        """See accounts.companions. The checkouts that this browser began are forgotten, too."""
        if token := _token():
            end_reading_session(session, token, clock.now())
        delete_cookie(response, _COOKIE)
        forget_checkouts(response)

    def end_everywhere(self, session: Session, supporter_id: int) -> None:
        """See accounts.companions."""
        end_reading_sessions_of(session, supporter_id, clock.now())


def _token() -> str | None:
    token = request.cookies.get(cookie_name(_COOKIE), "")
    return token if 0 < len(token) <= _MAX_TOKEN else None
