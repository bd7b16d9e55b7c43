"""The running things that tests talk to over HTTP: the service and the stand-in Stripe."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import requests
import stripe
from werkzeug.serving import WSGIRequestHandler, make_server

import webhooks
from config.settings import Settings
from demo.stripe.account import Account
from demo.stripe.background import tick
from demo.stripe.clock import Clock
from demo.stripe.server import serve
from demo.stripe.store import Store
from demo.stripe.web import create_app as create_stand_in
from support import create_app
from support.gateway import worker_gateway
from support.gateway.calling import Patience
from support.gateway.client import Gateway
from support.memory import Remembered
from tests.databases import ENVIRONMENT
from webhooks.worker import Worker

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from werkzeug.serving import BaseWSGIServer

    from demo.stripe.hooks import Hook
    from support.db import Database

SECRET = "whsec_tests"
# A machine that runs many tests at once may hold an answer back for longer than a reader should wait. Failures are
# tried again for as long as with `calling.WEB`: 2.5 seconds.
SLOW_MACHINE = Patience(connect=10, read=20, total=33)
NEWS = "http://localhost:8000"


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002  # werkzeug's name
        pass


@dataclass
class StandIn:
    """The stand-in Stripe without webhooks: tests fetch its events and deliver them when and how they like."""

    base: str
    _seen: set[str] = field(default_factory=set)
    _newest: int = 0

    def control(self, action: str, **body: Any) -> Any:
        """POST /_stand_in/<action>"""
        answer = requests.post(f"{self.base}/_stand_in/{action}", json=body, timeout=300)  # a large past takes its time
        return answer.json() if answer.ok else pytest_fail(f"{action}: {answer.status_code} {answer.text}")

    def pay(self, session_id: str, **how: Any) -> requests.Response:
        """Pay a session as a reader on the hosted page would."""
        body = {"checkout": session_id, **how}
        return requests.post(f"{self.base}/_stand_in/pay", json=body, timeout=30)

    def events(self) -> list[dict[str, Any]]:
        """The events that nobody here has asked for yet, oldest first."""
        found: list[dict[str, Any]] = []
        after: dict[str, str] = {}
        while True:
            query = {"limit": "100", "created[gte]": str(self._newest), **after}
            page = requests.get(f"{self.base}/v1/events", query, auth=("sk_test_tests", ""), timeout=30).json()
            found += page["data"]
            if not page["has_more"]:
                break
            after = {"starting_after": page["data"][-1]["id"]}
        new = [event for event in reversed(found) if event["id"] not in self._seen]
        self._seen |= {event["id"] for event in new}
        # Its clock never goes back: nothing new is older than this. All events of all tests are many.
        self._newest = max([self._newest, *(event["created"] for event in new)])
        return new


def pytest_fail(message: str) -> Any:
    """Fail the test with a message."""
    raise AssertionError(message)


@contextmanager
def running_stand_in(clock_file: Path | None = None, hook: Hook | None = None) -> Iterator[StandIn]:
    """A stand-in on a free port, its state in memory; it writes how far its clock is ahead to `clock_file`.

    Nothing is delivered to `hook`; with one, what tests do not fetch counts as undelivered.
    """
    account = Account(store := Store(":memory:"), Clock(store, clock_file), hook)
    stop = threading.Event()
    server = serve("127.0.0.1", 0, create_stand_in(account))
    for target in (lambda: tick(account, stop), lambda: server.serve_forever(0.02)):
        threading.Thread(target=target, daemon=True).start()
    try:
        yield StandIn(f"http://127.0.0.1:{server.server_port}")
    finally:
        stop.set()
        server.shutdown()


@dataclass
class Service:
    """The service, running: `url` answers HTTP; `work()` is what the worker process does."""

    url: str
    app: Flask
    settings: Settings
    stand_in: StandIn

    @property
    def database(self) -> Database:
        """Its database, to look at rows."""
        database: Database = self.app.extensions["database"]
        return database

    def browser(self) -> requests.Session:
        """A reader's browser: keeps cookies, follows nothing by itself."""
        return requests.Session()

    def post_event(self, event: dict[str, Any] | bytes, *, secret: str = SECRET, **headers: str) -> requests.Response:
        """Deliver an event as Stripe does."""
        body = event if isinstance(event, bytes) else json.dumps(event, indent=2).encode()
        signature = stripe.WebhookSignature.generate_signature_header(body.decode(), secret)
        headers = {"Stripe-Signature": signature, "Content-Type": "application/json", **headers}
        return requests.post(f"{self.url}/webhooks/stripe", data=body, headers=headers, timeout=30)

    def deliver(self, events: list[dict[str, Any]] | None = None, *, shuffled: random.Random | None = None) -> None:
        """Deliver events (all new ones) and let the worker handle them."""
        events = self.stand_in.events() if events is None else list(events)
        if shuffled is not None:
            shuffled.shuffle(events)
        for event in events:
            assert self.post_event(event).status_code == 200
        self.work()

    def work(self) -> None:
        """`flask worker --once`, in this process."""
        with self.app.app_context():
            Worker(self.database, worker_gateway(), threads=1).run_once()

    def ask(self, browser: requests.Session | None = None, **fields: str) -> requests.Response:
        """POST /checkout as the widget's form does; the fields are a monthly EUR 10 unless said otherwise."""
        ask = {"currency": "EUR", "interval": "month", "amount": "10", **fields}
        client = browser or self.browser()
        accept = {"Accept": "application/json"}
        return client.post(f"{self.url}/checkout", data=ask, headers=accept, allow_redirects=False, timeout=30)

    def begin(self, browser: requests.Session | None = None, **fields: str) -> str:
        """Ask, and return the id of Stripe's session."""
        answer = self.ask(browser, **fields)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["url"].rpartition("/")[2])

    def access(self, browser: requests.Session, article: str = "/articles/one", **headers: str) -> dict[str, Any]:
        """GET /api/v1/access as a page of the news site does."""
        answer = browser.get(
            f"{self.url}/api/v1/access", params={"article": article}, headers={"Origin": NEWS, **headers}, timeout=30
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@contextmanager
def running_service(database_url: str, stand_in: StandIn, **changes: Any) -> Iterator[Service]:
    """The service on a free port, its PUBLIC_URL there.

    What another test has left running over a database of the same name, with the same settings, goes on: to build an
    app, its templates and its statements takes longer than most tests. What it remembers of that database it forgets.
    """
    key = f"{database_url} {stand_in.base} {sorted(changes.items())}"
    running = _idle.pop(key, None) or _started(database_url, stand_in, changes)
    try:
        yield Service(f"http://localhost:{running.server.server_port}", running.app, running.settings, stand_in)
    finally:
        running.let_go()
        _idle[key] = running
        if len(_idle) > _MOST_IDLE:
            _idle.pop(next(iter(_idle))).server.shutdown()


_MOST_IDLE = 16


@dataclass(frozen=True)
class _Running:
    server: BaseWSGIServer
    app: Flask
    settings: Settings

    def let_go(self) -> None:
        """Of the database, which the test takes away, and of what was read from it."""
        kept = self.app.extensions
        kept["database"].engine.dispose()
        kept["inbox"].close()
        for remembered in kept.values():
            if isinstance(remembered, Remembered):
                remembered.forget()


# In the order in which they were left.
_idle: dict[str, _Running] = {}


def _started(database_url: str, stand_in: StandIn, changes: dict[str, Any]) -> _Running:
    server = make_server("127.0.0.1", 0, _not_yet, threaded=True, request_handler=_Quiet)
    values: dict[str, Any] = {name.lower(): value for name, value in ENVIRONMENT.items()}
    values |= {
        "public_url": f"http://localhost:{server.server_port}",
        "database_url": database_url,
        "stripe_api_base": stand_in.base,
    }
    values |= {"stripe_reads_per_second": 1000, "checkout_limit": "off", **changes}
    settings = Settings.model_validate(values)
    app = create_app(settings)
    webhooks.init_app(app)
    app.extensions["gateway"] = Gateway(settings.stripe_api_key, settings.stripe_api_base, SLOW_MACHINE)
    server.app = app
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return _Running(server, app, settings)


def _not_yet(_environ: object, _start: object) -> list[bytes]:
    raise RuntimeError("the app is put in before the server serves")
