"""Change what opens articles: reading sessions, codes and renewals for passes, rules, API keys."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.access.models import (
    ApiKey,
    GateRule,
    GateVersion,
    Grant,
    PassCode,
    PassRenewal,
    ReadingSession,
    ReadingSessionCheckout,
    ReadingSessionSupporter,
)
from support.access.queries import (
    checkouts_of_reading_session,
    live_grants,
    live_reading_session,
    reading_sessions_of,
    supporter_of_reading_session,
)
from support.sql import insert
from support.tokens import hash_of, new_token

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.access.forms import GateFile

READING_SESSION_LIFE = timedelta(days=90)
CODE_LIFE = timedelta(seconds=60)
RENEWAL_LIFE = timedelta(days=30)


@dataclass(frozen=True)
class RedeemedCode:
    """What a code or renewal was for: a reading session, reading this article."""

    reading_session_id: int
    article: str


def begin_reading_session(session: Session, checkout_ids: Sequence[int], token: str | None, now: datetime) -> str:
    """A reading session that stands for these checkouts: the one of `token` if it lives, else a new one.

    Returns its token.
    """
    reading = live_reading_session(session, token, now) if token else None
    if reading is None:
        token = new_token()
        reading = ReadingSession(token_hash=hash_of(token), created_at=now, expires_at=now + READING_SESSION_LIFE)
        session.add(reading)
        session.flush()
    for checkout_id in checkout_ids:
        covered = insert(session, ReadingSessionCheckout).values(reading_session_id=reading.id, checkout_id=checkout_id)
        session.execute(covered.on_conflict_do_nothing())
    return str(token)


def read_as_supporter(session: Session, supporter_id: int, token: str | None, now: datetime) -> str:
    """A new reading session that stands for the supporter; returns its token.

    What this browser (`token`) could read before stays open to it, unless that was another supporter's.
    """
    earlier = live_reading_session(session, token, now) if token else None
    is_theirs = earlier is not None and supporter_of_reading_session(session, earlier.id) in {None, supporter_id}
    kept = checkouts_of_reading_session(session, earlier.id) if earlier is not None and is_theirs else []
    made = begin_reading_session(session, kept, None, now)
    reading = session.execute(
        sa.select(ReadingSession.id).where(ReadingSession.token_hash == hash_of(made))
    ).scalar_one()
    session.add(ReadingSessionSupporter(reading_session_id=reading, supporter_id=supporter_id))
    return made


def end_reading_session(session: Session, token: str, now: datetime) -> None:
    """Close what this browser could read; the renewals that it gave away open nothing any more."""
    its = sa.update(ReadingSession).where(ReadingSession.token_hash == hash_of(token))
    session.execute(its.values(revoked_at=now))


def end_reading_sessions_of(session: Session, supporter_id: int, now: datetime) -> None:
    """Close, in every browser, what stands for the supporter or for a checkout of the supporter's."""
    theirs = sa.update(ReadingSession).where(reading_sessions_of(supporter_id), ReadingSession.revoked_at.is_(None))
    session.execute(theirs.values(revoked_at=now))


def make_pass_code(session: Session, reading_session_id: int, article: str, challenge: str, now: datetime) -> str:
    """A code that carries a pass for `article` to its site: 60 seconds, once."""
    code = new_token()
    session.add(
        PassCode(
            code_hash=hash_of(code),
            reading_session_id=reading_session_id,
            article=article,
            code_challenge=challenge,
            expires_at=now + CODE_LIFE,
        )
    )
    return code


def redeem_code(session: Session, code: str, verifier: str, now: datetime) -> RedeemedCode | None:
    """What this code is for, used up by asking; None if it is unknown, used, over, or the verifier is another."""
    used = (
        sa.update(PassCode)
        .where(PassCode.code_hash == hash_of(code), PassCode.used_at.is_(None), PassCode.expires_at > now)
        .values(used_at=now)
        .returning(PassCode.reading_session_id, PassCode.article, PassCode.code_challenge)
    )
    row = session.execute(used).one_or_none()
    if row is None or not hmac.compare_digest(row.code_challenge, s256(verifier)):
        return None
    return RedeemedCode(row.reading_session_id, row.article)


def make_renewal(session: Session, redeemed: RedeemedCode, now: datetime) -> str:
    """A token that gets the next pass for the same article's site: 30 days, once."""
    token = new_token()
    session.add(
        PassRenewal(
            token_hash=hash_of(token),
            reading_session_id=redeemed.reading_session_id,
            article=redeemed.article,
            expires_at=now + RENEWAL_LIFE,
        )
    )
    return token


def redeem_renewal(session: Session, token: str, now: datetime) -> RedeemedCode | None:
    """What this renewal is for, used up by asking; None if it is unknown, used or over."""
    used = (
        sa.update(PassRenewal)
        .where(PassRenewal.token_hash == hash_of(token), PassRenewal.used_at.is_(None), PassRenewal.expires_at > now)
        .values(used_at=now)
        .returning(PassRenewal.reading_session_id, PassRenewal.article)
    )
    row = session.execute(used).one_or_none()
    return RedeemedCode(row.reading_session_id, row.article) if row is not None else None


def s256(verifier: str) -> str:
    """The S256 code challenge of a verifier (RFC 7636)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def revoke_grant(session: Session, grant_id: int, now: datetime) -> bool:
    """End a grant now; whether it was live."""
    ended = sa.update(Grant).where(Grant.id == grant_id, *live_grants(now)).values(revoked_at=now)
    return session.execute(ended.returning(Grant.id)).one_or_none() is not None


def load_gate(session: Session, content: GateFile, now: datetime) -> int:
    """Put the file's rules in force and return their version."""
    version = GateVersion(loaded_at=now, default_policy=content.default)
    version.rules = [
        GateRule(position=position, path=rule.path, policy=rule.policy, plans=rule.plans)
        for position, rule in enumerate(content.rule)
    ]
    session.add(version)
    session.flush()
    return version.id


def add_api_key(session: Session, name: str, now: datetime) -> str:
    """A new API key; what is returned is shown once and kept nowhere."""
    prefix = f"nsk_{secrets.token_hex(4)}"
    key = f"{prefix}_{secrets.token_hex(24)}"
    session.add(ApiKey(name=name, prefix=prefix, key_hash=hash_of(key), created_at=now))
    return key


def revoke_api_key(session: Session, prefix: str, now: datetime) -> bool:
    """End the key with this prefix at once; whether there was a live one."""
    ended = sa.update(ApiKey).where(ApiKey.prefix == prefix, ApiKey.revoked_at.is_(None)).values(revoked_at=now)
    return session.execute(ended.returning(ApiKey.id)).one_or_none() is not None
