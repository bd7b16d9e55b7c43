"""Mailed links and codes: how an address is proven.

A link is a page with a button: looking at it, as mail scanners do, uses nothing up. A code works only in the browser
that asked for it. Whether an address is known changes nothing but the mail.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from flask import current_app

from support.accounts import rules
from support.accounts.models import MailedLink, Supporter, email_key
from support.emails import messages
from support.emails.operations import queue
from support.limits import forget_tries, is_used_up, may_try
from support.tokens import hash_of, new_token

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from config.settings import Settings

log = logging.getLogger(__name__)
_SIGN_IN = "sign_in"
_EVERYWHERE = "wrong codes everywhere"
# Of two that were merged, the other's address leads to the kept one only if somebody had proven it: one that was
# mistyped at a checkout may be a stranger's.
_MAY_SIGN_IN = sa.or_(Supporter.merged_into_id.is_(None), Supporter.email_proven_at.is_not(None))


class LinkOnly(Exception):
    """Too many wrong codes: only the link signs in now."""


@dataclass(frozen=True)
class Asked:
    """Somebody wants to sign in with this address, in this browser (its random token), and then go back."""

    email: str
    browser: str
    return_to: str | None
    locale: str


@dataclass(frozen=True)
class Proven:
    """A supporter who has just used a link or code, and where this browser came from."""

    supporter_id: int
    return_to: str | None


def mail_link(session: Session, asked: Asked, now: datetime) -> None:
    """Mail a link and a code to the address; to an unknown one, what to do instead.

    Earlier links stay good: whoever asks again and again must not lock anybody out. Beyond the limits of an address
    nothing is mailed, and nobody can tell.
    """
    settings: Settings = current_app.extensions["settings"]
    key = email_key(asked.email)
    token, code = new_token(), "".join(secrets.choice(rules.CODE_ALPHABET) for _ in range(rules.CODE_LENGTH))
    expires_at = now + rules.LINK_LIFE
    session.add(
        MailedLink(
            purpose=_SIGN_IN,
            token_hash=_token_hash(_SIGN_IN, token),
            code_hash=_code_hash(asked.browser, code),
            browser_hash=hash_of(asked.browser),
            email=asked.email,
            email_key=key,
            return_to=asked.return_to,
            created_at=now,
            expires_at=expires_at,
        )
    )
    known = session.scalar(sa.select(Supporter.email).where(Supporter.email_key == key, _MAY_SIGN_IN))
    if known is not None:
        link = f"{settings.public_url}/account/link/{token}?locale={asked.locale}"
        minutes = int(rules.LINK_LIFE.total_seconds() // 60)
        shown = rules.code_as_shown(code)
        # To the spelling that the supporter gave.
        message = messages.sign_in(known, asked.locale, link=link, code=shown, minutes=minutes, expires_at=expires_at)
    else:
        help_link = f"{settings.public_url}/account/help?locale={asked.locale}"
        message = messages.unknown_address(asked.email, asked.locale, help_link=help_link, expires_at=expires_at)
    if _may_mail(session, key, now):
        queue(session, message, now)


def address_of_link(session: Session, token: str, now: datetime) -> str | None:
    """The address that this link signs in, while it is good. Uses nothing up."""
    return session.scalar(sa.select(MailedLink.email).where(_is_link(token), *_live(now)))


def address_asked_for(session: Session, browser: str, now: datetime) -> str | None:
    """The address for which this browser last asked for a link that is still good."""
    its = sa.select(MailedLink.email).where(MailedLink.browser_hash == hash_of(browser), *_live(now))
    return session.scalar(its.order_by(MailedLink.id.desc()).limit(1))


def use_link(session: Session, token: str, now: datetime) -> Proven | None:
    """Who the link proves, used up by asking, and all other links of that address with it."""
    return _use(session, _is_link(token), now)


def use_code(session: Session, browser: str, typed: str, now: datetime) -> Proven | None:
    """Who the code proves, in the browser that asked for it; None if it is wrong, used or too old.

    Every try counts before it is looked at, so that guesses in parallel count, too; a right one begins the count anew.
    Raises LinkOnly when the address has had its wrong codes of the day, or the whole site those of the hour.
    """
    if is_used_up(session, _EVERYWHERE, allowed=rules.WRONG_CODES_EVERYWHERE_PER_HOUR, now=now):
        raise LinkOnly
    its = MailedLink.browser_hash == hash_of(browser)
    keys = session.scalars(sa.select(MailedLink.email_key).where(its, *_live(now)).distinct()).all()
    counters = sorted(_wrong_codes(key) for key in keys)
    for counter in counters:
        if not may_try(session, counter, allowed=rules.WRONG_CODES_PER_ADDRESS_AND_DAY, window=rules.DAY, now=now):
            raise LinkOnly
    is_right = MailedLink.code_hash == _code_hash(browser, rules.code_as_typed(typed))
    proven = _use(session, sa.and_(its, is_right), now)
    if proven is None:
        _count_wrong_code(session, now)
    else:
        for counter in counters:
            forget_tries(session, counter)
    return proven


def _use(session: Session, is_it: sa.ColumnElement[bool], now: datetime) -> Proven | None:
    found = session.scalar(sa.select(MailedLink).where(is_it, *_live(now)))
    if found is None:
        return None
    # Whoever uses any link of this address waits here; then one UPDATE decides.
    its = sa.select(Supporter).where(Supporter.email_key == found.email_key, _MAY_SIGN_IN).with_for_update()
    supporter = session.scalar(its)
    if supporter is None:
        return None
    used = sa.update(MailedLink).where(MailedLink.id == found.id, *_live(now)).values(used_at=now)
    if session.execute(used.returning(MailedLink.id)).one_or_none() is None:
        return None
    end_links(session, found.email_key, now)
    supporter.email_proven_at = supporter.email_proven_at or now
    return Proven(supporter.merged_into_id or supporter.id, found.return_to)


def end_links(session: Session, key: str, now: datetime) -> None:
    """No link or code of this address (its email_key) is good any more."""
    theirs = sa.update(MailedLink).where(MailedLink.email_key == key, MailedLink.used_at.is_(None))
    session.execute(theirs.values(used_at=now))


def forget_address(session: Session, key: str) -> int:
    """Every link that was mailed to this address (its email_key), and every count of its tries; how many links."""
    for counter in (_wrong_codes(key), *_mails(key)):
        forget_tries(session, counter)
    theirs = sa.delete(MailedLink).where(MailedLink.email_key == key)
    return len(session.execute(theirs.returning(MailedLink.id)).all())


def _wrong_codes(key: str) -> str:
    return f"wrong codes {hash_of(key)}"


def _mails(key: str) -> tuple[str, str]:
    """The counters of an hour and of a day."""
    name = f"sign-in mails {hash_of(key)}"
    return f"{name} hour", f"{name} day"


def _count_wrong_code(session: Session, now: datetime) -> None:
    everywhere = rules.WRONG_CODES_EVERYWHERE_PER_HOUR
    if may_try(session, _EVERYWHERE, allowed=everywhere - 1, window=rules.HOUR, now=now):
        return
    log.error("somebody guesses sign-in codes: only links are taken for an hour")
    settings: Settings = current_app.extensions["settings"]
    if settings.alarm_mail:
        what = "Somebody is guessing sign-in codes"
        advice = (
            f"{everywhere} wrong codes came within an hour. Until the hour is over supporters can sign in only with "
            "the link in their mail. Nothing else is closed. Look at the requests to /account/code in your proxy's log."
        )
        queue(session, messages.alarm(settings.alarm_mail, what=what, advice=advice), now)


def _may_mail(session: Session, key: str, now: datetime) -> bool:
    hourly, daily = _mails(key)
    an_hour, a_day = rules.MAILS_PER_ADDRESS_AND_HOUR, rules.MAILS_PER_ADDRESS_AND_DAY
    return may_try(session, hourly, allowed=an_hour, window=rules.HOUR, now=now) and may_try(
        session, daily, allowed=a_day, window=rules.DAY, now=now
    )


def _live(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (MailedLink.purpose == _SIGN_IN, MailedLink.used_at.is_(None), MailedLink.expires_at > now)


def _is_link(token: str) -> sa.ColumnElement[bool]:
    return MailedLink.token_hash == _token_hash(_SIGN_IN, token)


def _token_hash(purpose: str, token: str) -> str:
    return hash_of(f"{purpose} {token}")


def _code_hash(browser: str, code: str) -> str:
    """A code is short: without our key its hash could be turned back."""
    settings: Settings = current_app.extensions["settings"]
    key = hashlib.sha256(b"sign-in codes " + settings.secret_key.encode()).digest()
    return hmac.new(key, f"{browser} {code}".encode(), "sha256").hexdigest()
