"""Who is signed in: a row per browser, found by the random token in its cookie. Nothing about anybody is in the cookie.

Flask-Login would keep the person in Flask's own cookie, which no server can end; what is left of it without that is
the one function `current_supporter`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from flask import g, request

from support import clock
from support.accounts import rules
from support.accounts.companions import companions
from support.accounts.links import end_links
from support.accounts.models import SignIn, Supporter
from support.db import current_database
from support.http import cookie_name, delete_cookie, set_cookie
from support.tokens import hash_of, new_token

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Response
    from sqlalchemy.orm import Session

_COOKIE = "account"
_MAX_TOKEN = 100


@dataclass(frozen=True)
class SignedIn:
    """The supporter of this browser, as the pages need one."""

    sign_in_id: int
    supporter_id: int
    email: str
    locale: str
    form_key: str


def current_supporter() -> SignedIn | None:
    """Who is signed in in this browser, or None; looked up once per request."""
    if "signed_in" not in g:
        g.signed_in = _find()
    found: SignedIn | None = g.signed_in
    return found


def the_supporter() -> SignedIn:
    """Who is signed in, behind the guard that has made sure."""
    found = current_supporter()
    if found is None:
        raise RuntimeError("a view asks for the supporter without naming that guard")
    return found


def begin_sign_in(session: Session, response: Response, supporter_id: int, now: datetime) -> None:
    """Sign this browser in, under a new token whatever it held before, with all that begins with it."""
    _end_row(session, _token(), now)
    token = new_token()
    life = rules.SIGN_IN_LIFE
    session.add(
        SignIn(supporter_id=supporter_id, token_hash=hash_of(token), created_at=now, seen_at=now, expires_at=now + life)
    )
    set_cookie(response, _COOKIE, token, int(life.total_seconds()))
    for companion in companions():
        companion.begin(session, response, supporter_id)


def end_sign_in(session: Session, response: Response, now: datetime) -> None:
    """Sign this browser out."""
    _end_row(session, _token(), now)
    delete_cookie(response, _COOKIE)
    for companion in companions():
        companion.end(session, response)


def end_everywhere(session: Session, response: Response, supporter_id: int, now: datetime) -> None:
    """Sign the supporter out in every browser; what was mailed so far signs nobody in."""
    supporter = session.get_one(Supporter, supporter_id, with_for_update=True)
    supporter.signed_out_at = now
    theirs = sa.update(SignIn).where(SignIn.supporter_id == supporter_id, SignIn.ended_at.is_(None))
    session.execute(theirs.values(ended_at=now))
    if supporter.email_key is not None:
        end_links(session, supporter.email_key, now)
    for companion in companions():
        companion.end_everywhere(session, supporter_id)
    end_sign_in(session, response, now)


def _find() -> SignedIn | None:
    token = _token()
    if token is None:
        return None
    now = clock.now()
    live = (
        SignIn.token_hash == hash_of(token),
        SignIn.ended_at.is_(None),
        SignIn.expires_at > now,
        SignIn.seen_at > now - rules.IDLE_LIFE,
    )
    whose = sa.select(SignIn.id, SignIn.seen_at, Supporter.id, Supporter.email, Supporter.locale)
    with current_database().reading() as session:
        row = session.execute(whose.join(Supporter, Supporter.id == SignIn.supporter_id).where(*live)).one_or_none()
    if row is None:
        return None
    sign_in_id, seen_at, supporter_id, email, locale = row
    if now - seen_at >= rules.SEEN_GRAIN:
        with current_database().transaction() as session:
            session.execute(sa.update(SignIn).where(SignIn.id == sign_in_id).values(seen_at=now))
    return SignedIn(sign_in_id, supporter_id, email or "", locale, hash_of(f"forms of {token}"))


def _end_row(session: Session, token: str | None, now: datetime) -> None:
    if token is not None:
        row = sa.update(SignIn).where(SignIn.token_hash == hash_of(token), SignIn.ended_at.is_(None))
        session.execute(row.values(ended_at=now))


def _token() -> str | None:
    token = request.cookies.get(cookie_name(_COOKIE), "")
    return token if 0 < len(token) <= _MAX_TOKEN else None
