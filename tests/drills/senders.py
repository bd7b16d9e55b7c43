"""Stripe's side of a drill: signed events from several connections, each sent again until it is answered 2xx."""

from __future__ import annotations

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import orjson
import requests

from tests.webhooks.events import header

if TYPE_CHECKING:
    import random
    from concurrent.futures import Future

    from tests.drills.sent import Event

AT_ONCE = 6
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 0.4
# With one event, while the web process is killed again and again.
PATIENCE = 300


class Senders:
    """`acknowledged` are the ids that were answered 2xx; `statuses` what was answered how often (0: nothing)."""

    def __init__(self, url: str, events: list[Event], dice: random.Random, shares: int) -> None:
        self._url = f"{url}/webhooks/stripe"
        again = dice.sample(events, len(events) // 5)
        self._schedule = [(str(event["id"]), orjson.dumps(event)) for event in [*events, *again]]
        dice.shuffle(self._schedule)
        self._share = -(-len(self._schedule) // max(1, shares))
        self._allowed = self._share
        self._changed = threading.Condition()
        self._is_stopped = False
        self.acknowledged: set[str] = set()
        self.statuses: Counter[int] = Counter()

    def start(self) -> Future[None]:
        """Begin; the result is there once everything was acknowledged."""
        pool = ThreadPoolExecutor(1)
        whole = pool.submit(self._send_all)
        pool.shutdown(wait=False)
        return whole

    def allow_more(self) -> None:
        """Send another share: something has just become ready, and will be killed in a moment."""
        with self._changed:
            self._allowed += self._share
            self._changed.notify_all()

    def allow_all(self) -> None:
        """Send what is left."""
        with self._changed:
            self._allowed = len(self._schedule)
            self._changed.notify_all()

    def stop(self) -> None:
        """Nothing more is sent: the drill has ended, or failed."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()

    def _send_all(self) -> None:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(self._send, range(len(self._schedule))))

    def _send(self, number: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._is_stopped or number < self._allowed)
        event_id, body = self._schedule[number]
        give_up = time.monotonic() + PATIENCE
        pause = FIRST_PAUSE
        while not self._is_stopped and not self._is_taken(event_id, body):
            assert time.monotonic() < give_up, f"{event_id} was never acknowledged: {self.statuses}"
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _is_taken(self, event_id: str, body: bytes) -> bool:
        headers = {"Stripe-Signature": header(body), "Content-Type": "application/json"}
        try:
            status = requests.post(self._url, body, headers=headers, timeout=10).status_code
        except requests.RequestException:
            status = 0
        with self._changed:
            self.statuses[status] += 1
            if 200 <= status < 300:
                self.acknowledged.add(event_id)
        return 200 <= status < 300
