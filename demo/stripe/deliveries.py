"""Webhook deliveries: real POSTs from a queue that outlives the process, several in flight at once.

A delivery is signed at the moment it is sent, in wall time. Anything but a 2xx within ten seconds is tried again with
growing pauses: fifteen attempts, Stripe's three days scaled down to a few minutes. Redirects count as failures.

Evidence: Stripe docs, "Receive Stripe events in your webhook endpoint" (retries, redirects, order not guaranteed) and
"Verify webhook signatures manually" (t=, v1=).
"""

import http.client
import queue
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import orjson
from stripe import WebhookSignature

from demo.stripe.account import Account
from demo.stripe.faults import Faults, happens
from demo.stripe.hooks import Hook
from demo.stripe.payloads import payload
from demo.stripe.store import Json

WORKERS = 16
BATCH = 500
ATTEMPTS = 15
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
TIMEOUT = 10
IDLE = 0.25
ANOTHER_SECRET = "whsec_of_somebody_else"


@dataclass(frozen=True)
class Due:
    """One row of the queue."""

    id: int
    event: str
    hook: str
    attempt: int


def pause_after(attempt: int) -> float:
    """Seconds until the next attempt."""
    return float(min(FIRST_PAUSE * 2 ** (attempt - 1), LONGEST_PAUSE))


class Deliverer:
    def __init__(self, account: Account) -> None:
        self._account = account
        self._in_flight: set[int] = set()
        self._ready: queue.Queue[Due] = queue.Queue()

    def start(self, stop: threading.Event) -> None:
        threading.Thread(target=self._dispatch, args=(stop,), daemon=True).start()
        for _ in range(WORKERS):
            threading.Thread(target=self._work, daemon=True).start()

    def _dispatch(self, stop: threading.Event) -> None:
        changed = self._account.changed
        while not stop.is_set():
            changed.wait(IDLE)
            changed.clear()
            self._take_due()

    def _take_due(self) -> None:
        store = self._account.store
        with store.transaction():  # so that nothing is read as due while a worker settles it
            sql = "SELECT * FROM queue WHERE due <= ? ORDER BY due, id LIMIT ?"
            for row in store.rows(sql, time.time(), len(self._in_flight) + BATCH):
                if row["id"] not in self._in_flight:
                    self._in_flight.add(row["id"])
                    self._ready.put(Due(row["id"], row["event"], row["hook"], row["attempt"]))

    def _work(self) -> None:
        while True:
            self._deliver(self._ready.get())

    def _deliver(self, due: Due) -> None:
        hook = next((one for one in self._account.hooks if one.id == due.hook), None)
        if hook is None:  # it was deleted
            with self._account.transaction():
                self._settle(due, is_delivered=True)
            return
        with self._account.transaction():
            event = self._account.find("event", due.event)
            body = orjson.dumps(payload(self._account, event, hook), option=orjson.OPT_INDENT_2).decode()
        began = time.time()
        status, error = post(hook, body, self._account.faults)
        is_delivered = status is not None and 200 <= status < 300
        with self._account.transaction():
            if is_delivered:
                self._count(due, hook)
            self._log(due, event, hook, (status, error, began))
            self._settle(due, is_delivered=is_delivered)

    def _count(self, due: Due, hook: Hook) -> None:
        """One endpoint fewer waits for the event, unless this was a duplicate."""
        had = "SELECT 1 FROM deliveries WHERE event = ? AND url = ? AND status BETWEEN 200 AND 299"
        if not self._account.store.rows(had, due.event, hook.url):
            event = self._account.find("event", due.event)
            self._account.change(event, pending_webhooks=event["pending_webhooks"] - 1)

    def _settle(self, due: Due, *, is_delivered: bool) -> None:
        store = self._account.store
        self._in_flight.discard(due.id)
        if is_delivered or due.attempt == ATTEMPTS:
            store.rows("DELETE FROM queue WHERE id = ?", due.id)
        else:
            again = time.time() + pause_after(due.attempt)
            store.rows("UPDATE queue SET attempt = attempt + 1, due = ? WHERE id = ?", again, due.id)

    def _log(self, due: Due, event: Json, hook: Hook, outcome: tuple[int | None, str | None, float]) -> None:
        status, error, began = outcome
        self._account.store.rows(
            "INSERT INTO deliveries (event, type, object, url, attempt, status, error, at, seconds) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            due.event,
            event["type"],
            event["data"]["object"].get("id"),
            hook.url,
            due.attempt,
            status,
            error,
            round(began, 3),
            round(time.time() - began, 3),
        )


def post(hook: Hook, body: str, faults: Faults) -> tuple[int | None, str | None]:
    """Send one signed body: (HTTP status, None), or (None, what went wrong on the way)."""
    address = urlsplit(hook.url)
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = kind(address.hostname or "", address.port, timeout=TIMEOUT)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": _signature(hook, body, faults),
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }
    try:
        path = (address.path or "/") + (f"?{address.query}" if address.query else "")
        connection.request("POST", path, body.encode(), headers)
        response = connection.getresponse()
        response.read()
    except (OSError, http.client.HTTPException) as error:
        return None, str(error) or type(error).__name__
    else:
        return response.status, None
    finally:
        connection.close()


def _signature(hook: Hook, body: str, faults: Faults) -> str:
    """While a secret is rolled, the old one (first) and the new one sign."""
    secret = ANOTHER_SECRET if happens(faults.webhook_wrong_secret) else hook.secret
    header: str = WebhookSignature.generate_signature_header(body, secret)
    if not faults.webhook_rolled:
        return header
    moment, current = header.split(",")
    older = WebhookSignature.generate_signature_header(body, ANOTHER_SECRET, timestamp=int(moment.removeprefix("t=")))
    return f"{older},{current}"


def log(account: Account, limit: int = -1) -> list[Json]:
    """Attempts, newest first; `at` is wall time, `status` null when no answer came."""
    return [dict(row) for row in account.store.rows("SELECT * FROM deliveries ORDER BY id DESC LIMIT ?", limit)]


def waiting(account: Account) -> int:
    """How many deliveries are still queued."""
    return int(account.store.rows("SELECT count(*) AS n FROM queue")[0]["n"])
