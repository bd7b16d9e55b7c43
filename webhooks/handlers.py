"""Which kind of object an event is about, and how long it may wait for more events of the same object.

`wait` is seconds: 0 for what opens or closes access.
"""

from __future__ import annotations

from typing import NamedTuple


class Handler(NamedTuple):
    """`kind` is a key of `sync.KINDS`."""

    kind: str
    wait: float


HANDLERS = {
    "checkout.session.completed": Handler("checkout_session", 0),
    "checkout.session.async_payment_succeeded": Handler("checkout_session", 0),
    "checkout.session.async_payment_failed": Handler("checkout_session", 0),
    "checkout.session.expired": Handler("checkout_session", 2),
    "payment_intent.succeeded": Handler("payment_intent", 0),
    "payment_intent.processing": Handler("payment_intent", 2),
    "payment_intent.payment_failed": Handler("payment_intent", 2),
    "payment_intent.canceled": Handler("payment_intent", 2),
    "customer.subscription.created": Handler("subscription", 0),
    "customer.subscription.updated": Handler("subscription", 0),
    "customer.subscription.deleted": Handler("subscription", 0),
    "customer.subscription.paused": Handler("subscription", 0),
    "customer.subscription.resumed": Handler("subscription", 0),
    "invoice.paid": Handler("invoice", 0),
    "invoice.voided": Handler("invoice", 2),
    "invoice.marked_uncollectible": Handler("invoice", 2),
}
