"""One Stripe test account: its objects, its clock, its events, its webhook endpoint.

Everything here runs inside `account.transaction()`. Events are rendered when they are made and never again: what a
receiver gets days later is the object as it was. `pending_webhooks` counts the endpoint until it has answered 2xx.

Evidence: Stripe API reference, "The Event object" (pending_webhooks, request, previous_attributes); "Receive Stripe
events in your webhook endpoint" (no order, duplicates).
"""

import copy
import json
import secrets
import string
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from typing import Any

from demo.stripe import API_VERSION
from demo.stripe.clock import Clock
from demo.stripe.errors import StripeError
from demo.stripe.faults import CHANCE, Faults, happens
from demo.stripe.hooks import Hook
from demo.stripe.settings import Settings
from demo.stripe.shape.resources import attributes_of, blank, require_shape
from demo.stripe.store import Json, Store

ALPHABET = string.ascii_letters + string.digits
SHUFFLE_SECONDS = 0.6
KEPT_HOOKS = "SELECT private FROM objects WHERE kind IN ('webhook_endpoint', 'v2.core.event_destination') ORDER BY seq"
PREFIXES = {
    "balance_transaction": "txn",
    "charge": "ch",
    "checkout.session": "cs_test",
    "customer": "cus",
    "event": "evt",
    "billing_portal.configuration": "bpc",
    "billing_portal.session": "bps",
    "dispute": "dp",
    "invoice": "in",
    "invoiceitem": "ii",
    "invoice_payment": "inpay",
    "item": "li",
    "line_item": "il",
    "payment_intent": "pi",
    "payment_method": "pm",
    "payout": "po",
    "price": "price",
    "product": "prod",
    "radar.early_fraud_warning": "issfr",
    "refund": "re",
    "subscription": "sub",
    "subscription_item": "si",
    "tax_rate": "txr",
    "webhook_endpoint": "we",
}


@dataclass(frozen=True)
class Asker:
    """The API call that causes what happens now."""

    request_id: str | None = None
    idempotency_key: str | None = None


NOBODY = Asker()
asker: ContextVar[Asker] = ContextVar("asker")


class Account:
    def __init__(self, store: Store, clock: Clock, webhook: Hook | None) -> None:
        self.store = store
        self.clock = clock
        self.webhook = webhook
        self.faults = Faults()
        self._settings = Settings(**json.loads(store.setting("settings", "{}")))
        self._hooks: tuple[Hook, ...] | None = None
        self._address = store.setting("address", "http://localhost")
        self.changed = threading.Event()
        self.advancing = threading.Lock()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self.store.transaction():
            yield
        self.changed.set()

    def now(self) -> int:
        return self.clock.now()

    @property
    def settings(self) -> Settings:
        return self._settings

    def set_up(self, settings: Settings) -> None:
        self._settings = settings
        self.store.set("settings", json.dumps(asdict(settings)))

    @property
    def hooks(self) -> tuple[Hook, ...]:
        """Everyone who may want an event."""
        if self._hooks is None:
            kept = [json.loads(row["private"])["hook"] for row in self.store.rows(KEPT_HOOKS)]
            self._hooks = (*([self.webhook] if self.webhook else []), *(Hook(**one) for one in kept))
        return self._hooks

    def forget_hooks(self) -> None:
        """They changed: read them again."""
        self._hooks = None

    @property
    def address(self) -> str:
        """Where callers last found the stand-in; links that leave it begin with this."""
        return self._address

    def found_at(self, address: str) -> None:
        if address != self._address:
            self._address = address
            self.store.set("address", address)

    def make(self, kind: str, **given: Any) -> Json:
        """A new object that is not kept: blank, then `given`."""
        document = blank(kind) | {"id": given.get("id") or new_id(kind), "object": kind} | given
        known = attributes_of(kind)
        defaults = {"created": self.now(), "livemode": False, "metadata": {}}
        return document | {
            name: value for name, value in defaults.items() if name in known and document.get(name) is None
        }

    def create(self, kind: str, **given: Any) -> Json:
        document = self.make(kind, **given)
        self.store.save(document)
        return document

    def find(self, kind: str, stripe_id: str, param: str = "id", *, deleted: bool = False) -> Json:
        """The object, or StripeError: 404, or 400 when `param` is a parameter's name. A `deleted` one only if asked."""
        found = self.store.find(stripe_id)
        if found is None or found["object"] != kind or (found.get("deleted", False) and not deleted):
            raise StripeError.not_found("PaymentMethod" if kind == "payment_method" else kind, stripe_id, param)
        return found

    def change(self, document: Json, **changes: Any) -> Json:
        """Set attributes and save; returns what the changed ones were before (an event's previous_attributes)."""
        before = {name: copy.deepcopy(document.get(name)) for name, new in changes.items() if document.get(name) != new}
        document.update(changes)
        self.store.save(document)
        return before

    def emit(self, type_: str, document: Json, before: Json | None = None) -> None:
        """Make an event of the object as it is now, and queue its delivery."""
        require_shape(document)
        if happens(self.faults.webhook_never):
            return
        who = asker.get(NOBODY)
        shown = document | (before or {}) if happens(self.faults.webhook_stale) else document
        hooks = [hook for hook in self.hooks if hook.wants(type_)]
        event = self.create(
            "event",
            api_version=API_VERSION,
            type=type_,
            data={"object": shown} | ({"previous_attributes": before} if before else {}),
            pending_webhooks=len(hooks),
            request={"id": who.request_id, "idempotency_key": who.idempotency_key},
        )
        require_shape(event)
        for hook in hooks:
            if not happens(self.faults.webhook_drop):
                self._queue(event["id"], hook)
                if happens(self.faults.webhook_duplicate):
                    self._queue(event["id"], hook)

    def update(self, type_: str, document: Json, **changes: Any) -> None:
        """Change an object and emit `type_` with its previous attributes, unless nothing changed."""
        before = self.change(document, **changes)
        if before:
            self.emit(type_, document, before)

    def later(self, task: str, document: Json, due: float) -> None:
        """Do a task (see `background.TASKS`) with an object at a moment of the account's clock.

        Nobody takes a task back: it looks whether it still applies.
        """
        self.store.rows("INSERT INTO tasks (due, name, object) VALUES (?, ?, ?)", due, task, document["id"])

    def _queue(self, event_id: str, hook: Hook) -> None:
        wait = self.faults.webhook_delay + (CHANCE.random() * SHUFFLE_SECONDS if self.faults.webhook_shuffle else 0)
        sql = "INSERT INTO queue (event, hook, attempt, due) VALUES (?, ?, 1, ?)"
        self.store.rows(sql, event_id, hook.id, time.time() + wait)


def new_id(kind: str) -> str:
    length = 58 if kind == "checkout.session" else 24
    return f"{PREFIXES[kind]}_{token(length)}"


def token(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
