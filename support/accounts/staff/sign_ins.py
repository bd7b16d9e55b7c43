"""Which staff member this browser is signed in as: a row on the server, found by the random token in its cookie.

Flask-Login asks us through its `request_loader`, once per request and only where a page asks for `current_user`. Its
own ways to remember somebody, in Flask's cookie session and in one more cookie, stay off: no server could end them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from flask import request
from flask_login import LoginManager, UserMixin, current_user

from support import clock
from support.accounts.staff import rules
from support.accounts.staff.models import StaffMember, StaffSignIn
from support.audit import Actor
from support.db import current_database
from support.http import cookie_name, delete_cookie, set_cookie
from support.limits import client_network
from support.tokens import hash_of, new_token

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask, Request, Response
    from sqlalchemy.orm import Session

_COOKIE = "staff"
_MAX_TOKEN = 100


@dataclass(frozen=True)
class Member(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """The staff member of this browser, with both proofs given, as the pages need one."""

    sign_in_id: int
    staff_id: int
    email: str
    role: str
    form_key: str

    def get_id(self) -> str:
        """See UserMixin."""
        return str(self.staff_id)


@dataclass(frozen=True)
class Half:
    """A browser in which the right password was typed. It is signed in as nobody."""

    sign_in_id: int
    staff_id: int
    password_at: datetime


def init_app(app: Flask) -> None:
    """Let Flask-Login find staff by our cookie.

    Not by its own init_app: the hooks of that run for readers as well, and would tell caches that every page varies.
    """
    manager = LoginManager()
    manager.session_protection = None
    manager.request_loader(_load)
    app.login_manager = manager  # type: ignore[attr-defined]
    app.config["REMEMBER_COOKIE_NAME"] = ""


def current_member() -> Member | None:
    """Who is signed in in this browser with both proofs, or None."""
    return current_user._get_current_object() if current_user.is_authenticated else None  # noqa: SLF001  # the proxy's own way


def the_member() -> Member:
    """Who is signed in, behind the guard that has made sure."""
    found = current_member()
    if found is None:
        raise RuntimeError("a view asks for the staff member without naming that guard")
    return found


def current_actor() -> Actor | None:
    """The same, for the audit."""
    member = current_member()
    return None if member is None else Actor(member.staff_id, member.email)


def begin_half(session: Session, response: Response, staff_id: int, now: datetime) -> None:
    """The password was right: this browser may try codes, under a new token whatever it held before."""
    _begin(session, response, StaffSignIn(staff_id=staff_id, password_at=now, expires_at=now + rules.CODE_LIFE), now)


def begin_sign_in(session: Session, response: Response, staff_id: int, password_at: datetime, now: datetime) -> None:
    """Both proofs are given: signed in, under a new token; what was half is over."""
    life = now + rules.SIGN_IN_LIFE
    row = StaffSignIn(staff_id=staff_id, password_at=password_at, totp_at=now, expires_at=life)
    _begin(session, response, row, now)


def half_of(session: Session, now: datetime) -> Half | None:
    """The half sign-in of this browser that may still try codes."""
    row = session.scalar(sa.select(StaffSignIn).where(*_is_here(), *_is_live(now), StaffSignIn.totp_at.is_(None)))
    return None if row is None else Half(row.id, row.staff_id, row.password_at)


def end_sign_in(session: Session, response: Response, now: datetime) -> None:
    """Sign this browser out."""
    session.execute(sa.update(StaffSignIn).where(*_is_here(), StaffSignIn.ended_at.is_(None)).values(ended_at=now))
    delete_cookie(response, _COOKIE)


def end_sign_ins(session: Session, staff_id: int, now: datetime, *, sign_in_id: int | None = None) -> int:
    """End one of the member's sign-ins, or all; how many there were to end."""
    theirs = sa.update(StaffSignIn).where(StaffSignIn.staff_id == staff_id, StaffSignIn.ended_at.is_(None))
    if sign_in_id is not None:
        theirs = theirs.where(StaffSignIn.id == sign_in_id)
    return len(session.execute(theirs.values(ended_at=now).returning(StaffSignIn.id)).all())


def live_sign_ins(session: Session, staff_id: int, now: datetime) -> list[StaffSignIn]:
    """Where the member is signed in, last seen first."""
    theirs = sa.select(StaffSignIn).where(StaffSignIn.staff_id == staff_id, StaffSignIn.totp_at.is_not(None))
    return list(session.scalars(theirs.where(*_is_live(now)).order_by(StaffSignIn.seen_at.desc())))


def _begin(session: Session, response: Response, row: StaffSignIn, now: datetime) -> None:
    session.execute(sa.update(StaffSignIn).where(*_is_here(), StaffSignIn.ended_at.is_(None)).values(ended_at=now))
    token = new_token()
    row.token_hash = hash_of(token)
    row.created_at = row.seen_at = now
    row.network = client_network()
    row.browser = request.headers.get("User-Agent", "")[:200]
    session.add(row)
    set_cookie(response, _COOKIE, token, int((row.expires_at - now).total_seconds()))


def _load(_request: Request) -> Member | None:
    if not _token():
        return None
    now = clock.now()
    whose = sa.select(StaffSignIn.id, StaffSignIn.seen_at, StaffMember.id, StaffMember.email, StaffMember.role)
    whose = whose.join(StaffMember, StaffMember.id == StaffSignIn.staff_id)
    is_whole = (StaffSignIn.totp_at.is_not(None), StaffMember.disabled_at.is_(None))
    with current_database().reading() as session:
        row = session.execute(whose.where(*_is_here(), *_is_live(now), *is_whole)).one_or_none()
    if row is None:
        return None
    sign_in_id, seen_at, staff_id, email, role = row
    if now - seen_at >= rules.SEEN_GRAIN:
        with current_database().transaction() as session:
            session.execute(sa.update(StaffSignIn).where(StaffSignIn.id == sign_in_id).values(seen_at=now))
    return Member(sign_in_id, staff_id, email, role, hash_of(f"staff forms of {_token()}"))


def _is_here() -> tuple[sa.ColumnElement[bool], ...]:
    return (StaffSignIn.token_hash == hash_of(_token()),)


def _is_live(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    is_recent = StaffSignIn.seen_at > now - rules.IDLE_LIFE
    return (StaffSignIn.ended_at.is_(None), StaffSignIn.expires_at > now, is_recent)


def _token() -> str:
    token = request.cookies.get(cookie_name(_COOKIE), "")
    return token if len(token) <= _MAX_TOKEN else ""
