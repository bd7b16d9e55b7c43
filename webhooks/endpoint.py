"""POST /webhooks/stripe: verify, keep, answer. The worker does the rest."""

from __future__ import annotations

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
_MAX_DIGITS = 15


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
    signed_at = _signed_at(header)
    if signed_at is None:
        raise MalformedRequest("Stripe-Signature: missing or not readable.")
    if abs(clock.wall_seconds() - signed_at) > TOLERANCE_SECONDS:
        raise MalformedRequest("Stripe-Signature: signed too long ago or in the future.")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedRequest("The body is not UTF-8.") from None
    if not any(_is_signed(text, header, secret) for secret in secrets):
        raise MalformedRequest("Stripe-Signature: not signed with a secret of ours.")


def _signed_at(header: str) -> int | None:
    """The one time that the header names, split as the SDK splits it: what is judged here is what was signed."""
    if not header.isascii() or len(header) > _MAX_HEADER:
        return None
    stamps = [part.removeprefix("t=") for part in header.split(",") if part.startswith("t=")]
    if len(stamps) != 1 or not stamps[0].isdecimal() or len(stamps[0]) > _MAX_DIGITS:
        return None
    return int(stamps[0])


def _is_signed(text: str, header: str, secret: str) -> bool:
    try:
        return bool(stripe.WebhookSignature.verify_header(text, header, secret, tolerance=TOLERANCE_SECONDS))
    except (stripe.SignatureVerificationError, ValueError, TypeError):
        return False
