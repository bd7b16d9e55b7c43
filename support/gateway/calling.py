"""How Stripe is asked: with patience, within a rate, every failure as one of our errors."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import stripe

from support.errors import ObjectMissing, StripeRefused, StripeUnavailable, SupportError
from support.gateway.shapes import Shape

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
_PAUSE_SECONDS = 0.5

# The SDK would write an id of this machine to the home directory and send it along with timings.
stripe.enable_telemetry = False

# What we ask in and are answered in, whatever the account's own version is.
API_VERSION: str = stripe.api_version


@dataclass(frozen=True)
class Patience:
    """Seconds that a call may take: to connect, to read, and with every retry in all."""

    connect: float
    read: float
    total: float


WEB = Patience(connect=2, read=4, total=9)
WORKER = Patience(connect=5, read=20, total=45)


class Deadline:
    """The moment after which no new try begins; several calls for one reader share one."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._ends_at = time.monotonic() + patience.total

    def allows_another_try(self) -> bool:
        """Whether a whole try, however slow, would still end in time."""
        return time.monotonic() + _PAUSE_SECONDS + self._patience.connect + self._patience.read <= self._ends_at


class TokenBucket:
    """Lets `rate` calls a second through, in any thread; a caller in excess waits for its turn."""

    def __init__(self, rate: float) -> None:
        self._interval = 1 / rate
        self._lock = threading.Lock()
        self._next_at = 0.0

    def wait(self) -> None:
        """Return when it is this caller's turn. Unused turns of the last second are kept."""
        with self._lock:
            now = time.monotonic()
            turn = max(self._next_at, now - 1)
            self._next_at = turn + self._interval
        if turn > now:
            time.sleep(turn - now)


class Caller:
    """Stripe's API for one key, with one patience and, for reads, one rate."""

    def __init__(self, api_key: str, api_base: str, patience: Patience, reads_per_second: float | None) -> None:
        self._client = stripe.StripeClient(
            api_key,
            base_addresses={"api": api_base},
            http_client=stripe.RequestsClient(timeout=(patience.connect, patience.read)),
            max_network_retries=0,  # we retry ourselves, within the patience
        )
        self.v1 = self._client.v1
        self._patience = patience
        self._bucket = TokenBucket(reads_per_second) if reads_per_second else None

    def deadline(self) -> Deadline:
        """The time that one reader's request may spend here in all."""
        return Deadline(self._patience)

    def get(self, path: str, **params: Any) -> Any:
        """The Shape of what Stripe has at this path; tried again while Stripe fails and there is time."""
        return Shape(self.ask(path, **params).data)

    def ask(self, path: str, **params: Any) -> Any:
        """The whole answer, its `headers` and `data`; otherwise as `get`."""
        if self._bucket is not None:
            self._bucket.wait()
        return self._call(lambda: self._client.raw_request("get", path, **params), self.deadline(), is_write=False)

    def write(self, request: Callable[[], T], deadline: Deadline | None = None) -> T:
        """What `request` answers. It must carry an idempotency key; Stripe's own failure under it is not repeated."""
        return self._call(request, deadline or self.deadline(), is_write=True)

    def _call(self, request: Callable[[], T], deadline: Deadline, *, is_write: bool) -> T:
        while True:
            try:
                return request()
            except stripe.StripeError as error:
                ours = _our_error(error)
                is_passing = isinstance(ours, StripeUnavailable) and not (is_write and ours.is_definite)
                if not is_passing or not deadline.allows_another_try():
                    raise ours from error
            time.sleep(_PAUSE_SECONDS)


def _our_error(error: stripe.StripeError) -> SupportError:
    status = error.http_status
    if isinstance(error, stripe.APIConnectionError) or status is None or status in {409, 429}:
        return StripeUnavailable(type(error).__name__)
    if status >= 500 or isinstance(error, stripe.IdempotencyError):
        # The key is of no use any more: it stands for a failure, or, written otherwise, for an earlier try.
        return StripeUnavailable(f"HTTP {status}", is_definite=True)
    param = getattr(error, "param", None)
    if status == 404 or (error.code, param) == ("resource_missing", "starting_after"):  # the page's place: a 400
        return ObjectMissing(error.user_message or "")
    return StripeRefused(error.user_message or "", param=param, stripe_code=error.code)
