"""The newsroom's server talks to the service: keys, codes and renewals. It waits for a second at most."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import requests

# To connect and to read: a page must not wait for a service that is down.
_PATIENCE = (0.3, 0.7)
_REST_SECONDS = 3.0


class ServiceDown(Exception):
    """The service does not answer now; the gate stays closed."""


@dataclass(frozen=True)
class Issued:
    """A pass and what renews it."""

    pass_: str
    renewal: str


class SupportService:
    """The service at `url`. After a failure it is left alone for three seconds."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._resting_until = 0.0

    def keys(self) -> list[dict[str, Any]]:
        """The public keys that verify passes. Raises ServiceDown."""
        answer = self._ask("GET", "/.well-known/jwks.json")
        return list(answer["keys"]) if answer is not None else []

    def exchange(self, code: str, verifier: str) -> Issued | None:
        """The pass for a code from `/pass`; None if it is not valid any more. Raises ServiceDown."""
        return self._issued({"code": code, "code_verifier": verifier})

    def renew(self, renewal: str) -> Issued | None:
        """The next pass; None if nothing opens any more. Raises ServiceDown."""
        return self._issued({"renewal": renewal})

    def _issued(self, body: dict[str, str]) -> Issued | None:
        answer = self._ask("POST", "/api/v1/passes", body)
        return None if answer is None else Issued(answer["pass"], answer["renewal"])

    def _ask(self, method: str, path: str, body: dict[str, str] | None = None) -> dict[str, Any] | None:
        """What it answers; None if it says that what we sent is not valid."""
        if time.monotonic() < self._resting_until:
            raise ServiceDown
        try:
            answer = requests.request(method, self.url + path, json=body, timeout=_PATIENCE, allow_redirects=False)
            if answer.status_code in {401, 422}:
                return None
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
        except requests.RequestException as error:
            self._resting_until = time.monotonic() + _REST_SECONDS
            raise ServiceDown from error
        return found
