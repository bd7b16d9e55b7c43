"""Passes: signed, short-lived proof of an entitlement, verified by us, by the news site's server and at the edge.

A pass is a JWT (RFC 7519) signed with ES256. Claims: `iss` PUBLIC_URL, `aud` one news origin, `sub` opaque,
`reason`, `plan`, `until`, `opens`, `iat`, `exp` = min(now + 10 minutes, until). Its times are wall time.
"""

from __future__ import annotations

import base64
import hmac
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from flask import current_app
from joserfc import jwt
from joserfc.errors import JoseError

from support import clock
from support.access.keys import ALGORITHM, current_keys
from support.access.rules import Entitlement

if TYPE_CHECKING:
    from config.settings import Settings

LIFE_SECONDS = 600
TYPE = "JWT"
_MAX_LENGTH = 4000
_KEPT = 10_000


@dataclass(frozen=True)
class Pass:
    """A pass that is genuine and alive: for articles on `origin`."""

    origin: str
    entitlement: Entitlement
    expires_at: int


class BadPass(ValueError):
    """No pass of ours, or one that has ended."""


class _Verified:
    """Passes that were found genuine, by their text, with the keys known then: the newest ten thousand."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._passes: OrderedDict[str, tuple[str, Pass]] = OrderedDict()

    def get(self, token: str) -> tuple[str, Pass] | None:
        return self._passes.get(token)

    def put(self, token: str, kid: str, found: Pass) -> None:
        with self._lock:
            self._passes[token] = (kid, found)
            if len(self._passes) > _KEPT:
                self._passes.popitem(last=False)


def issue_pass(entitlement: Entitlement, origin: str, subject: str) -> str:
    """A pass for articles on `origin`. `subject` says whose it is; the pass shows a hash, another on every origin."""
    settings: Settings = current_app.extensions["settings"]
    issued_at = int(clock.wall_seconds())
    left = int((entitlement.until - clock.now()).total_seconds())
    claims: dict[str, Any] = {
        "iss": settings.public_url,
        "aud": origin,
        "sub": _opaque(settings, subject, origin),
        "reason": entitlement.reason,
        "plan": entitlement.plan,
        "until": rfc3339(entitlement.until),
        "opens": entitlement.opens,
        "iat": issued_at,
        "exp": issued_at + max(0, min(LIFE_SECONDS, left)),
    }
    key = current_keys().signing
    return jwt.encode({"alg": ALGORITHM, "typ": TYPE, "kid": key.kid}, claims, key, algorithms=[ALGORITHM])


def verify_pass(token: str) -> Pass:
    """What a pass proves. Raises BadPass for anything that is not one of ours and alive."""
    verified: _Verified = current_app.extensions["verified_passes"]
    keys = current_keys().verifying
    kept = verified.get(token)
    if kept is None or kept[0] not in keys:
        kept = _genuine(token)
        verified.put(token, *kept)
    if clock.wall_seconds() >= kept[1].expires_at:
        raise BadPass("ended")
    return kept[1]


def new_memory() -> _Verified:
    """An empty memory of verified passes, one per app."""
    return _Verified()


def rfc3339(moment: datetime) -> str:
    """A moment as our API writes it: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _opaque(settings: Settings, subject: str, origin: str) -> str:
    digest = hmac.digest(settings.secret_key.encode(), f"{subject} {origin}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


def _genuine(token: str) -> tuple[str, Pass]:
    settings: Settings = current_app.extensions["settings"]
    if len(token) > _MAX_LENGTH:
        raise BadPass("too long")
    try:
        # The key is looked up among ours by kid; nothing in the token says which algorithm or where a key is.
        decoded = jwt.decode(token, _own_key, algorithms=[ALGORITHM])
        claims = decoded.claims
        until = datetime.fromisoformat(claims["until"])
        is_ours = (
            claims["iss"] == settings.public_url
            and claims["aud"] in settings.news_origins
            and decoded.header.get("typ") == TYPE
            and isinstance(claims["sub"], str)
            and _is_time(claims["iat"])
            and claims["iat"] <= clock.wall_seconds() + 60
            and _is_time(claims["exp"])
            and until.tzinfo is not None
        )
        entitlement = Entitlement(claims["reason"], claims["plan"], until, claims["opens"])
        found = str(decoded.header["kid"]), Pass(claims["aud"], entitlement, claims["exp"])
    except (JoseError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadPass("not genuine") from error
    if not is_ours:
        raise BadPass("not for this service")
    return found


def _is_time(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _own_key(token: Any) -> Any:
    kid = token.headers().get("kid")
    key = current_keys().verifying.get(kid) if isinstance(kid, str) else None
    if key is None:
        raise BadPass("unknown key")
    return key
