"""An event as it arrives, and as a row of the inbox."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from support import clock
from support.errors import MalformedRequest
from support.sync.operations import object_key
from webhooks.handlers import HANDLERS

_MAX_ID = 255
COLUMNS = (
    "stripe_event_id",
    "type",
    "object_key",
    "body",
    "body_hash",
    "state",
    "reason",
    "tries",
    "due_at",
    "received_at",
)
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Envelope:
    """What the inbox needs to know of an event. `object_type` and `object_id` are Stripe's."""

    event_id: str
    type: str
    object_type: str
    object_id: str
    is_live: bool


def open_envelope(event: Any) -> Envelope:
    """The envelope of a parsed event, snapshot or thin. Raises MalformedRequest, naming the field that is wrong."""
    if not isinstance(event, dict):
        raise MalformedRequest("The event must be a JSON object.")
    if event.get("object") == "v2.core.event":
        subject, kind_field = event.get("related_object"), "type"
    elif event.get("object") == "event":
        data = event.get("data")
        subject, kind_field = data.get("object") if isinstance(data, dict) else None, "object"
    else:
        raise MalformedRequest("object: this is no event.")
    if not isinstance(subject, dict):
        raise MalformedRequest("The event names no object.")
    event_type = _text(event, "type").removeprefix("v1.")
    # A preview such as invoice.upcoming has no id: nothing to read afresh.
    has_id = "id" in subject or event_type in HANDLERS
    is_live = event.get("livemode")
    if not isinstance(is_live, bool):
        raise MalformedRequest("livemode: must be true or false.")
    return Envelope(
        event_id=_text(event, "id"),
        type=event_type,
        object_type=_text(subject, kind_field),
        object_id=_text(subject, "id") if has_id else "",
        is_live=is_live,
    )


def row_of(envelope: Envelope, body: bytes, *, is_live: bool) -> Row:
    """The event as a row in the order of the inbox's columns.

    What nobody handles is kept with the reason and without its body, which is about people and of no use.
    """
    handler = HANDLERS.get(envelope.type)
    state, reason = "waiting", ""
    if envelope.is_live != is_live:
        state, reason = "ignored", f"livemode is {envelope.is_live}"
    elif handler is None:
        state, reason = "ignored", "nothing here follows from this type"
    key = object_key(handler.kind if handler else envelope.object_type, envelope.object_id)
    due_at = clock.wall_seconds() + (handler.wait if handler else 0)
    return (
        envelope.event_id,
        envelope.type,
        key[:300],
        body if state == "waiting" else None,
        hashlib.sha256(body).hexdigest(),
        state,
        reason,
        0,
        due_at,
        clock.now(),
    )


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_ID or not value.isprintable() or not value.isascii():
        raise MalformedRequest(f"{name}: must be a text of at most {_MAX_ID} characters.")
    return value
