"""Runs the real stand-in in a process of its own and talks to it as the service would: with the SDK, over HTTP."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests
import stripe
from stripe import WebhookSignature

from tests.demo.stripe.walk import strange

ROOT = Path(__file__).parents[3]
SECRET = "whsec_of_the_tests"
KEY = "sk_test_of_the_tests"
PATIENCE = 15
MOST_PAGES = 5

stripe.enable_telemetry = False


@dataclass(frozen=True)
class Delivery:
    """One POST that arrived; its signature was verified on arrival."""

    id: str
    type: str
    event: dict[str, Any]
    headers: dict[str, str]
    at: float


@dataclass
class Receiver:
    """A webhook endpoint. `answer` decides the HTTP status of each delivery; without a `secret` it checks none."""

    answer: Callable[[Delivery], int] = lambda _: 200
    deliveries: list[Delivery] = field(default_factory=list)
    forged: list[bytes] = field(default_factory=list)
    url: str = ""
    secret: str | None = SECRET
    bodies: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(receiver.take(body, dict(self.headers)))
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_port}/hook?a=1"
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def take(self, body: bytes, headers: dict[str, str]) -> int:
        if self.secret is None:
            self.bodies.append(body)
        else:
            try:
                WebhookSignature.verify_header(body, headers["Stripe-Signature"], self.secret, tolerance=60)
            except stripe.SignatureVerificationError:
                self.forged.append(body)
                return 400
        event = json.loads(body)
        delivery = Delivery(event["id"], event["type"], event, headers, time.time())
        self.deliveries.append(delivery)
        return self.answer(delivery)

    def about(self, *stripe_ids: str) -> list[Delivery]:
        return [one for one in self.deliveries if _about(one.event)["id"] in stripe_ids]

    def of_type(self, type_: str, stripe_id: str) -> list[Delivery]:
        return [one for one in self.about(stripe_id) if one.type == type_]


def _about(event: dict[str, Any]) -> Any:
    """The object of a snapshot, the reference of a thin event."""
    return event.get("related_object") or event["data"]["object"]


class CheckedClient(stripe.RequestsClient):
    """Every successful answer is held against the SDK's classes by a checker that shares no code with the stand-in."""

    def request(self, *args: Any, **kwargs: Any) -> Any:
        answer = super().request(*args, **kwargs)
        if answer[1] == 200:
            assert strange(json.loads(answer[0])) == []
        return answer


class StandIn:
    def __init__(self, state: str, webhook: str | None, *more: str, port: int = 0) -> None:
        hook = ["--webhook", webhook, "--webhook-secret", SECRET] if webhook else []
        command = [sys.executable, "-m", "demo.stripe", "--port", str(port), "--state", state, *hook, *more]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert "http://" in line, "it did not start"
        self.base = line.rpartition(" ")[2].strip()
        client = stripe.StripeClient(KEY, base_addresses={"api": self.base}, http_client=CheckedClient(timeout=10))
        self.api = client.v1

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(timeout=5)

    def control(self, name: str, **body: Any) -> requests.Response:
        return requests.post(f"{self.base}/_stand_in/{name}", json=body, timeout=60)

    def shown(self, name: str) -> Any:
        return requests.get(f"{self.base}/_stand_in/{name}", timeout=10).json()

    def get(self, path: str, key: str = KEY, **headers: str) -> requests.Response:
        return requests.get(self.base + path, headers={"Authorization": f"Bearer {key}"} | headers, timeout=10)

    def post(self, path: str, key: str = KEY, /, data: Any = None, **headers: str) -> requests.Response:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.post(
            self.base + path, data=data, headers={"Authorization": f"Bearer {key}"} | names, timeout=10
        )

    def session(self, **changes: Any) -> stripe.checkout.Session:
        """An open Checkout Session for a gift of 10 EUR, changed as told."""
        params: Any = session_params(**changes)
        return self.api.checkout.sessions.create(params)

    def pay(self, session: stripe.checkout.Session, **how: Any) -> requests.Response:
        return self.control("pay", checkout=session.id, **how)

    def paid(self, **changes: Any) -> stripe.checkout.Session:
        """A session that was paid, read again with its payment intent, charge, subscription and invoice expanded."""
        session = self.session(**changes)
        answer = self.pay(session)
        assert answer.status_code == 200, answer.text
        return self.read(session.id)

    def read(self, session_id: str) -> stripe.checkout.Session:
        paths = ["payment_intent.latest_charge", "subscription.latest_invoice", "invoice", "customer"]
        return self.api.checkout.sessions.retrieve(session_id, {"expand": paths})

    def advance(self, *, days: float = 0, seconds: float = 0) -> None:
        answer = self.control("clock", advance=days * 86400 + seconds)
        assert answer.status_code == 200, answer.text

    def events(self, *stripe_ids: str) -> list[stripe.Event]:
        """Events about these objects, oldest first; looks back as far as there are some on every hundred."""
        found: list[dict[str, Any]] = []
        query = "limit=100"
        for _ in range(MOST_PAGES):
            page = self.get(f"/v1/events?{query}").json()
            more = [event for event in page["data"] if event["data"]["object"]["id"] in stripe_ids]
            found += more
            if (found and not more) or not page["has_more"]:
                break
            query = f"limit=100&starting_after={page['data'][-1]['id']}"
        return [stripe.Event.construct_from(event, KEY) for event in found[::-1]]

    def types(self, *stripe_ids: str) -> list[str]:
        return [event.type for event in self.events(*stripe_ids)]


def session_params(**changes: Any) -> dict[str, Any]:
    amount, currency = changes.pop("amount", 1000), changes.pop("currency", "eur")
    recurring = {"recurring": changes.pop("recurring")} if "recurring" in changes else {}
    price = {"currency": currency, "unit_amount": amount, "product_data": {"name": "Support"}} | recurring
    return {
        "mode": "subscription" if recurring else "payment",
        "line_items": [{"quantity": 1, "price_data": price}],
        "success_url": "http://127.0.0.1:9/thanks?session_id={CHECKOUT_SESSION_ID}&x=%7B1%7D",
        "cancel_url": "http://127.0.0.1:9/support",
    } | changes


def card_form(card: str = "4242 4242 4242 4242", **changes: str) -> dict[str, str]:
    """What a reader types on the hosted page."""
    typed = {"email": "reader@example.com", "card": card, "expiry": "12/34", "cvc": "123", "method": "card"}
    return typed | changes


def eventually(check: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """What `check` returns once that is true."""
    give_up = time.time() + patience
    while not (found := check()):
        assert time.time() < give_up, "it did not happen in time"
        time.sleep(0.05)
    return found
