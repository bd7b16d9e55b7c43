"""POST /webhooks/stripe: verify, keep, answer. The worker does the rest.

Stripe sends thousands of these in a row, and Flask's part of a request costs as much as keeping the event. So a good
event is taken before Flask sees it (`BeforeFlask`); everything else goes on to the view, which does the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import stripe
from flask import Blueprint, Response, current_app, request

from support import clock, guards
from support.errors import MalformedRequest
from support.http import MAX_BODY
from webhooks.envelopes import open_envelope, row_of
from webhooks.inbox import current_inbox

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from wsgiref.types import StartResponse, WSGIEnvironment

    from flask import Flask

    from config.settings import Settings

intake = Blueprint("intake", __name__)

PATH = "/webhooks/stripe"
TOLERANCE_SECONDS = 300
_MAX_HEADER = 4000
_MAX_DIGITS = 15
_RECEIVED = b'{"received":true}'
_REFUSED = "webhooks.refused"
_HEADERS = [
    ("Content-Type", "application/json"),
    ("Content-Length", str(len(_RECEIVED))),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
]


@intake.post(PATH)
@guards.stripe
def receive() -> Response:
    """200 once the event is committed; 400 not genuine or no event; 413 over 256 KB; 503 try again."""
    refused: Exception | None = request.environ.get(_REFUSED)
    if refused is not None:
        raise refused
    take(request.get_data(cache=False), request.headers.get("Stripe-Signature", ""))
    return Response(_RECEIVED, 200, content_type="application/json")


class BeforeFlask:
    """Answers 200 for an event that is kept; hands any other request on, with the reason if it was one of these."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._flask = app.wsgi_app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """See WSGI (PEP 3333)."""
        length = _length(environ)
        if length is None:
            return self._flask(environ, start_response)
        try:
            with self._app.app_context():
                take(environ["wsgi.input"].read(length), environ.get("HTTP_STRIPE_SIGNATURE", ""))
        except Exception as error:  # noqa: BLE001  # the view raises it again, to be shown and logged as any other
            environ[_REFUSED] = error
            return self._flask(environ, start_response)
        start_response("200 OK", _HEADERS)
        return [_RECEIVED]


def take(body: bytes, signature: str) -> None:
    """Keep the event. Raises MalformedRequest or ServiceUnavailable."""
    settings: Settings = current_app.extensions["settings"]
    verify(body, signature, settings.stripe_webhook_secrets)
    try:
        event = orjson.loads(body)
    except (ValueError, RecursionError):
        raise MalformedRequest("The body is not valid JSON.") from None
    current_inbox().store(row_of(open_envelope(event), body, is_live=settings.is_live))


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


def _length(environ: WSGIEnvironment) -> int | None:
    """How long the body of a plain POST to us is; None for any other request."""
    if environ["PATH_INFO"] != PATH or environ["REQUEST_METHOD"] != "POST":
        return None
    length = environ.get("CONTENT_LENGTH") or ""
    is_plain = length.isascii() and length.isdecimal() and "HTTP_TRANSFER_ENCODING" not in environ
    return int(length) if is_plain and len(length) < _MAX_DIGITS and int(length) <= MAX_BODY else None


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
