"""Events that were never Stripe's, and signatures made as Stripe's documentation says, without its SDK."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import orjson
import requests
import sqlalchemy as sa

from tests.services import SECRET
from webhooks.models import StripeEvent

if TYPE_CHECKING:
    from tests.services import Service


def an_event(**changes: Any) -> dict[str, Any]:
    """A charge's event of an account in test mode, `changes` on top."""
    subject = {"id": f"ch_{uuid4().hex}", "object": "charge", "metadata": {}}
    event = {"id": f"evt_{uuid4().hex}", "object": "event", "type": "charge.succeeded", "livemode": False}
    return event | {"data": {"object": subject}} | changes


def a_body(**changes: Any) -> bytes:
    """The bytes of `an_event`."""
    return orjson.dumps(an_event(**changes))


def signature(body: bytes, secret: str = SECRET, at: float | None = None) -> str:
    """The hex digest that `v1=` carries."""
    stamp = int(time.time() if at is None else at)
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()


def header(body: bytes, secret: str = SECRET, at: float | None = None) -> str:
    """`Stripe-Signature` for a body, signed now or at a moment in seconds since 1970."""
    at = time.time() if at is None else at
    return f"t={int(at)},v1={signature(body, secret, at)}"


def post(service: Service, body: bytes, **headers: str | bytes | None) -> requests.Response:
    """POST bytes to the webhook, signed unless `Stripe_Signature` is given; None leaves the header out."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {"Content-Type": "application/json", "Stripe-Signature": header(body), **named}
    return requests.post(f"{service.url}/webhooks/stripe", data=body, headers=sent, timeout=30)


def stored(service: Service) -> dict[str, StripeEvent]:
    """Every event in the inbox by its id."""
    with service.database.reading() as session:
        return {event.stripe_event_id: event for event in session.scalars(sa.select(StripeEvent))}
