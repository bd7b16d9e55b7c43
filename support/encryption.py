"""What the database keeps and must not show: encrypted with keys derived from SECRET_KEY, one per purpose."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

if TYPE_CHECKING:
    from config.settings import Settings


def cipher(settings: Settings, purpose: str) -> MultiFernet:
    """Encrypts with SECRET_KEY, decrypts with any of SECRET_KEY_FALLBACKS, too; else it raises InvalidToken."""
    secrets = (settings.secret_key, *settings.secret_key_fallbacks)
    return MultiFernet([_fernet(secret, purpose) for secret in secrets])


def _fernet(secret: str, purpose: str) -> Fernet:
    derived = HKDF(hashes.SHA256(), length=32, salt=None, info=purpose.encode()).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
