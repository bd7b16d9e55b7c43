"""Passes as an attacker would make them: any header, any claims, any signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from support.access.keys import current_keys
from tests.services import NEWS

if TYPE_CHECKING:
    from tests.services import Service


def b64(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def encoded(value: object) -> str:
    """A part of a JWT."""
    return b64(json.dumps(value).encode())


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    """A token's header, claims and signature."""
    header, claims, signature = token.split(".")
    return _read(header), _read(claims), signature


def _read(part: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def header_of(service: Service) -> dict[str, Any]:
    """The header of a genuine pass."""
    return {"alg": "ES256", "typ": "JWT", "kid": kid(service)}


def claims_of(service: Service) -> dict[str, Any]:
    """The claims of a genuine pass of a member, for articles on NEWS."""
    now = int(time.time())
    return {
        "iss": service.settings.public_url,
        "aud": NEWS,
        "sub": "somebody",
        "reason": "member",
        "plan": "monthly",
        "until": "2099-01-01T00:00:00Z",
        "opens": "members",
        "iat": now,
        "exp": now + 600,
    }


def kid(service: Service) -> str:
    """The name of the key that signs."""
    with service.app.app_context():
        return str(current_keys().signing.kid)


def private_key(service: Service) -> ec.EllipticCurvePrivateKey:
    """The key that signs, so that a test changes one thing of a pass at a time."""
    with service.app.app_context():
        found = load_pem_private_key(current_keys().signing.as_pem(private=True), None)
    assert isinstance(found, ec.EllipticCurvePrivateKey)
    return found


def es256(key: ec.EllipticCurvePrivateKey, header: object, claims: object) -> str:
    """A token, signed as RFC 7518 says."""
    text = f"{encoded(header)}.{encoded(claims)}"
    r, s = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{text}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def hs256(secret: bytes, header: object, claims: object) -> str:
    """A token, signed with a shared secret."""
    text = f"{encoded(header)}.{encoded(claims)}"
    return f"{text}.{b64(hmac.digest(secret, text.encode(), hashlib.sha256))}"
