"""POST /webhooks/stripe: verify, keep, answer. The worker does the rest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import orjson
import stripe
from flask import Blueprint, Response, current_app, request

from support import clock, guards
from support.errors import MalformedRequest
from webhooks.inbox import current_inbox, open_envelope, row_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.settings import Settings

intake = Blueprint("intake", __name__)

TOLERANCE_SECONDS = 300
_MAX_HEADER = 4000
_TIMESTAMP = re.compile(r"(?:^|,)\s*t=([0-9]{1,15})(?:,|$)")


@intake.post("/webhooks/stripe")
@guards.stripe
def receive() -> Response:
    """200 once the event is committed; 400 not genuine or no event; 413 over 256 KB; 503 try again."""
    settings: Settings = current_app.extensions["settings"]
    body = request.get_data(cache=False)
    verify(body, request.headers.get("Stripe-Signature", ""), settings.stripe_webhook_secrets)
    try:
        event = orjson.loads(body)
    except (ValueError, RecursionError):
        raise MalformedRequest("The body is not valid JSON.") from None
    current_inbox().store(row_of(open_envelope(event), body, is_live=settings.is_live))
    return Response(b'{"received":true}', 200, content_type="application/json")


def verify(body: bytes, header: str, secrets: Sequence[str]) -> None:
    """Raise MalformedRequest unless one of our secrets signed this body within five minutes of now, before or after.

    The SDK takes any time in the future, and its verifier fails on bytes that are no text: both are refused here.
    """
    stamp = _TIMESTAMP.search(header) if header.isascii() and len(header) <= _MAX_HEADER else None
    if stamp is None:
        raise MalformedRequest("Stripe-Signature: missing or not readable.")
    if abs(clock.wall_seconds() - int(stamp[1])) > TOLERANCE_SECONDS:
        raise MalformedRequest("Stripe-Signature: signed too long ago or in the future.")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedRequest("The body is not UTF-8.") from None
    if not any(_is_signed(text, header, secret) for secret in secrets):
        raise MalformedRequest("Stripe-Signature: not signed with a secret of ours.")


def _is_signed(text: str, header: str, secret: str) -> bool:
    try:
        return bool(stripe.WebhookSignature.verify_header(text, header, secret, tolerance=TOLERANCE_SECONDS))
    except (stripe.SignatureVerificationError, ValueError, TypeError):
        return False
