"""What is signed but no event is answered 400, never 5xx, and leaves no row."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from tests.webhooks.events import a_body, an_event, post, stored

if TYPE_CHECKING:
    from tests.services import Service

SUBJECT = an_event()["data"]["object"]
TOO_LONG = "x" * 256

NOT_EVENTS = {
    "nothing": b"",
    "a blank": b" ",
    "a list": b"[]",
    "a text": b'"x"',
    "a number": b"1",
    "null": b"null",
    "NaN": b"NaN",
    "NaN in an event": a_body().replace(b"false", b"NaN"),
    "an empty object": b"{}",
    "half an event": a_body()[:-20],
    "two events": a_body() + a_body(),
    "a form": b"id=evt_1&object=event",
    "lists a hundred thousand deep": b"[" * 100_000,
    "closed lists a hundred thousand deep": b"[" * 100_000 + b"]" * 100_000,
    "objects forty thousand deep": b'{"a":' * 40_000 + b"1" + b"}" * 40_000,
    "a number of ten thousand digits": a_body().replace(b"false", b"9" * 10_000),
    "bytes that are no UTF-8": a_body().replace(b"evt_", b"\xff\xfe"),
    "half a letter": a_body()[:-1] + "ї".encode()[:1],
    "UTF-16": a_body().decode().encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + a_body(),
    "half a surrogate pair": a_body(id="evt_").replace(b"evt_", b"evt_\\ud800"),
    "gzip": gzip.compress(a_body()),
}


@pytest.mark.parametrize("body", NOT_EVENTS.values(), ids=NOT_EVENTS)
def test_what_is_no_json_event_is_refused(endpoint: Service, body: bytes) -> None:
    answer = post(endpoint, body)

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")
    assert stored(endpoint) == {}


def without(name: str) -> dict[str, Any]:
    """An event that lacks a field."""
    return {key: value for key, value in an_event().items() if key != name}


def about(subject: Any, **changes: Any) -> dict[str, Any]:
    """An event whose data.object is `subject`."""
    return an_event(data={"object": subject}, **changes)


BAD_ENVELOPES = {
    "no id": without("id"),
    "id null": an_event(id=None),
    "id empty": an_event(id=""),
    "id a number": an_event(id=1),
    "id a list": an_event(id=["evt_1"]),
    "id too long": an_event(id=TOO_LONG),
    "id with a line break": an_event(id="evt_1\n"),
    "id with NUL": an_event(id="evt_\x00"),
    "id with an escape": an_event(id="evt_\x1b[2J"),
    "id that is not ASCII": an_event(id="evt_ї"),
    "no type": without("type"),
    "type a number": an_event(type=5),
    "type empty": an_event(type=""),
    "type too long": an_event(type=TOO_LONG),
    "type with NUL": an_event(type="invoice.paid\x00"),
    "no livemode": without("livemode"),
    "livemode a text": an_event(livemode="false"),
    "livemode a number": an_event(livemode=0),
    "no object": without("object"),
    "another object": an_event(object="charge"),
    "object a list": an_event(object=["event"]),
    "no data": without("data"),
    "data null": an_event(data=None),
    "data a list": an_event(data=[SUBJECT]),
    "data empty": an_event(data={}),
    "data.object null": about(None),
    "data.object a text": about("pi_1"),
    "data.object a list": about([SUBJECT]),
    "data.object empty": about({}),
    "data.object without an id, of a type that is handled": about({"object": "payment_intent"}),
    "data.object without a kind": about({"id": "pi_1"}),
    "data.object with an id of a wrong type": about(SUBJECT | {"id": {"a": 1}}),
    "data.object with an id too long": about(SUBJECT | {"id": TOO_LONG}),
    "data.object with control characters": about(SUBJECT | {"id": "pi_\r\nX-Injected: 1"}),
    "data.object with a kind of a wrong type": about(SUBJECT | {"object": 1}),
    "a thin event about nothing": an_event(object="v2.core.event", data=None),
    "a thin event about a text": an_event(object="v2.core.event", related_object="pi_1"),
    "a thin event about no id": an_event(object="v2.core.event", related_object={"type": "payment_intent"}),
}


@pytest.mark.parametrize("event", BAD_ENVELOPES.values(), ids=BAD_ENVELOPES)
def test_an_event_with_a_bad_envelope_is_refused(endpoint: Service, event: dict[str, Any]) -> None:
    answer = post(endpoint, orjson.dumps(event))

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")
    assert stored(endpoint) == {}


def test_a_body_over_256_kb_is_too_large(endpoint: Service) -> None:
    padded = a_body(padding="x" * 256 * 1024)

    answer = endpoint.app.test_client().post("/webhooks/stripe", data=padded)

    assert answer.status_code == 413
    assert stored(endpoint) == {}


def test_a_body_just_under_256_kb_is_taken(endpoint: Service) -> None:
    bare = a_body(padding="")

    assert post(endpoint, bare.replace(b'"padding":""', b'"padding":"%s"' % (b"x" * (256 * 1024 - len(bare))))).ok
