"""Keys that sign passes: ES256, made once, kept in the database, encrypted with a key derived from SECRET_KEY."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from cryptography.fernet import InvalidToken
from flask import current_app
from joserfc.jwk import ECKey

from config.settings import SettingsError
from support.access.models import SigningKey
from support.encryption import cipher

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from config.settings import Settings
    from support.memory import Remembered

ALGORITHM = "ES256"
_PURPOSE = "keys that sign passes"
# A retired key verifies until every pass it signed has ended and every cached JWKS has been renewed.
RETIRED_LIFE = timedelta(minutes=30)


@dataclass(frozen=True)
class KeyRing:
    """The key that signs, and every key that verifies, by kid."""

    signing: ECKey
    verifying: Mapping[str, ECKey]

    def jwks(self) -> dict[str, Any]:
        """The public keys as a JSON Web Key Set (RFC 7517)."""
        return {"keys": [key.as_dict(private=False) for key in self.verifying.values()]}


def current_keys() -> KeyRing:
    """The key ring from memory, at most two seconds old."""
    remembered: Remembered[KeyRing] = current_app.extensions["signing_keys"]
    return remembered.get()


def add_signing_key(session: Session, settings: Settings, now: datetime) -> str:
    """Make a new key that signs from now on, retire the others, and return its kid."""
    key = ECKey.generate_key("P-256", {"alg": ALGORITHM, "use": "sig"}, private=True)
    key.ensure_kid()
    kid = str(key.kid)
    session.execute(sa.update(SigningKey).where(SigningKey.retired_at.is_(None)).values(retired_at=now))
    encrypted = cipher(settings, _PURPOSE).encrypt(key.as_pem(private=True))
    session.add(SigningKey(kid=kid, encrypted=encrypted, created_at=now))
    return kid


def load_keys(session: Session, settings: Settings, now: datetime) -> KeyRing:
    """The keys that sign and verify now. Raises SettingsError if SECRET_KEY is not the one that encrypted them."""
    alive = sa.or_(SigningKey.retired_at.is_(None), SigningKey.retired_at > now - RETIRED_LIFE)
    rows = session.scalars(sa.select(SigningKey).where(alive).order_by(SigningKey.created_at.desc())).all()
    keys = {row.kid: _decrypted(row, settings) for row in rows}
    signing = next(row.kid for row in rows if row.retired_at is None)
    return KeyRing(keys[signing], keys)


def _decrypted(row: SigningKey, settings: Settings) -> ECKey:
    try:
        pem = cipher(settings, _PURPOSE).decrypt(row.encrypted)
    except InvalidToken:
        raise SettingsError(
            "SECRET_KEY: does not open the keys in the database; put the earlier one into SECRET_KEY_FALLBACKS"
        ) from None
    return ECKey.import_key(pem, {"alg": ALGORITHM, "use": "sig", "kid": row.kid})
