"""The service's public keys, remembered for five minutes; while it is down the last known ones stay."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from demo.newsroom.service import ServiceDown

if TYPE_CHECKING:
    from demo.newsroom.service import SupportService

_LIFE_SECONDS = 300
# A pass with an unknown kid may be signed by a new key, or be a forgery that wants us to ask all day.
_AGAIN_SECONDS = 5


class Keys:
    """ES256 keys by kid, from the JWKS and nowhere else."""

    def __init__(self, service: SupportService) -> None:
        self._service = service
        self._lock = threading.Lock()
        self._known: dict[str, ECKey] = {}
        self._read_at = float("-inf")

    def find(self, kid: str) -> ECKey | None:
        """The key of this name, or None."""
        with self._lock:
            age = time.monotonic() - self._read_at
            if age > (_LIFE_SECONDS if kid in self._known else _AGAIN_SECONDS):
                self._read()
            return self._known.get(kid)

    def _read(self) -> None:
        try:
            found = self._service.keys()
        except ServiceDown:
            return
        self._read_at = time.monotonic()
        self._known = {}
        for one in found:
            if one.get("kty") == "EC" and one.get("crv") == "P-256" and isinstance(one.get("kid"), str):
                try:
                    self._known[one["kid"]] = ECKey.import_key(one)
                except (JoseError, ValueError):
                    continue
