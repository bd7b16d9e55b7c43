"""Answers kept under an idempotency key.

Kept: the answer of an endpoint that began its work (200, and 500 from inside it). Not kept: 401, 404, parameters that
fail their check, conflicts, 429, and failures in front of the endpoint (502, 503, 504). Keys are forgotten after a day.

Evidence: Stripe API reference, "Idempotent requests"; "Advanced error handling" (replayed 500s, Idempotent-Replayed).
"""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from demo.stripe.account import Account
from demo.stripe.errors import StripeError
from demo.stripe.store import Json

KEPT_SECONDS = 24 * 3600
LONGEST = 255


@dataclass(frozen=True)
class Kept:
    status: int
    body: Json
    request_id: str


class InFlight:
    """Keys whose first request has not been answered yet."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def claimed(self, key: str | None) -> Iterator[None]:
        """Raise StripeError 409 when another request holds the key."""
        if key is None:
            yield
            return
        if len(key) > LONGEST:
            raise StripeError.invalid(f"Idempotency keys are at most {LONGEST} characters long.")
        with self._lock:
            if key in self._keys:
                message = f"There is currently another in-progress request using this Idempotent Key: {key}"
                raise StripeError(409, "invalid_request_error", message, code="idempotency_key_in_use")
            self._keys.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._keys.discard(key)


def fingerprint(method: str, path: str, text: str) -> str:
    return hashlib.sha256(f"{method} {path}\n{text}".encode()).hexdigest()


def recall(account: Account, key: str, print_: str) -> Kept | None:
    """The kept answer; StripeError when the key was first used for something else."""
    account.store.rows("DELETE FROM idempotency WHERE created < ?", account.now() - KEPT_SECONDS)
    for row in account.store.rows("SELECT * FROM idempotency WHERE key = ?", key):
        if row["fingerprint"] != print_:
            message = (
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                f"Try using a key other than '{key}' if you meant to execute a different request."
            )
            raise StripeError(400, "idempotency_error", message)
        return Kept(row["status"], json.loads(row["body"]), row["request_id"])
    return None


def keep(account: Account, key: str, print_: str, kept: Kept) -> None:
    """Keep an answer, in place of an earlier one."""
    values = (key, print_, kept.request_id, kept.status, json.dumps(kept.body), account.now())
    account.store.rows("INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?, ?, ?)", *values)
