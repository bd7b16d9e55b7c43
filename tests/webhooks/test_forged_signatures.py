"""Only what Stripe signed within five minutes of now is taken; everything else is answered 400 and leaves no row."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.services import SECRET, running_service
from tests.webhooks.events import a_body, header, post, signature, stored

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.databases import SqliteDatabases
    from tests.services import Service, StandIn

OTHER = "whsec_of_another_endpoint"
LONGEST_HEADER = 4000


def _with_time(body: bytes, text: str) -> str:
    return f"t={text},v1={signature(body)}"


def _two_times(body: bytes, at: float) -> str:
    return f"t={int(at)}=,t={int(time.time())},v1={signature(body, at=at)}"


FORGERIES: dict[str, Callable[[bytes], str | bytes | None]] = {
    "no header": lambda _: None,
    "an empty header": lambda _: "",
    "a header of commas": lambda _: ",,,",
    "no time": lambda body: f"v1={signature(body)}",
    "no signature": lambda _: f"t={int(time.time())}",
    "an empty signature": lambda _: f"t={int(time.time())},v1=",
    "only the test scheme v0": lambda body: header(body).replace("v1=", "v0="),
    "another endpoint's secret": lambda body: header(body, OTHER),
    "the empty secret": lambda body: header(body, ""),
    "the secret with a blank": lambda body: header(body, f"{SECRET} "),
    "the prefix of every secret": lambda body: header(body, "whsec_"),
    "an upper-case digest": lambda body: f"t={int(time.time())},v1={signature(body).upper()}",
    "half a digest": lambda body: f"t={int(time.time())},v1={signature(body)[:32]}",
    "a signature without its time": lambda body: f"t={int(time.time())},v1={signature(body, at=0)}",
    "five minutes and a second ago": lambda body: header(body, at=time.time() - 301),
    "five minutes and two seconds ahead": lambda body: header(body, at=time.time() + 302),
    "a day ahead": lambda body: header(body, at=time.time() + 86_400),
    "now, but signed for a day ahead": lambda body: (
        f"x=1, t={int(time.time())},{header(body, at=time.time() + 86_400)}"
    ),
    "two times, signed for the later": lambda body: _two_times(body, time.time() + 86_400),
    "a time that is no number": lambda body: _with_time(body, "now"),
    "a negative time": lambda body: _with_time(body, f"-{int(time.time())}"),
    "a time with a fraction": lambda body: _with_time(body, f"{time.time()}"),
    "a time in other digits": lambda body: _with_time(body, "١٧٦٣").encode(),
    "a time of a thousand digits": lambda body: _with_time(body, "9" * 1000),
    "letters that are not ASCII": lambda _: f"t={int(time.time())},v1=подпись".encode(),
    "bytes that are no text": lambda _: f"t={int(time.time())},v1=".encode() + bytes(range(0x80, 0xA0)),
    "a longer header than Stripe's": lambda body: header(body) + f",v1={'0' * 64}" * (LONGEST_HEADER // 67),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_what_stripe_did_not_sign_now_is_refused(
    endpoint: Service, forge: Callable[[bytes], str | bytes | None]
) -> None:
    body = a_body()

    answer = post(endpoint, body, Stripe_Signature=forge(body))

    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert stored(endpoint) == {}


def test_a_body_that_differs_by_one_byte_is_refused(endpoint: Service) -> None:
    body = a_body()

    for changed in (body + b" ", body[:-1], body.replace(b"false", b"fals3")):
        assert post(endpoint, changed, Stripe_Signature=header(body)).status_code == 400

    assert stored(endpoint) == {}


@pytest.mark.parametrize("name", ["X-Webhook-Secret", "X-Djstripe-Webhook-Secret", "Stripe-Webhook-Secret"])
def test_nobody_brings_a_secret_along(endpoint: Service, name: str) -> None:
    body = a_body()

    answer = post(endpoint, body, Stripe_Signature=header(body, OTHER), **{name.replace("-", "_"): OTHER})

    assert answer.status_code == 400
    assert stored(endpoint) == {}


def test_a_hundred_thousand_signatures_are_refused(endpoint: Service) -> None:
    body = a_body()
    many = f"t={int(time.time())}" + f",v1={'0' * 64}" * 100_000 + f",v1={signature(body)}"

    # Straight to the app: a server in front may let such a header through.
    answer = endpoint.app.test_client().post("/webhooks/stripe", data=body, headers={"Stripe-Signature": many})

    assert answer.status_code == 400
    assert stored(endpoint) == {}


def test_an_answer_does_not_repeat_what_was_sent(endpoint: Service) -> None:
    answer = post(endpoint, b'{"id":"evt_of_a_stranger"}', Stripe_Signature="t=1,v1=of_a_stranger")

    assert "stranger" not in answer.text


def test_it_answers_only_posts(endpoint: Service) -> None:
    answer = endpoint.browser().get(f"{endpoint.url}/webhooks/stripe")

    assert answer.status_code == 405


def test_the_edges_of_the_five_minutes_are_taken(service: Service) -> None:
    for seconds in (-295, 295):
        body = a_body()
        assert post(service, body, Stripe_Signature=header(body, at=time.time() + seconds)).status_code == 200

    assert len(stored(service)) == 2


def test_a_header_may_carry_several_signatures_and_schemes(service: Service) -> None:
    body = a_body()
    ours = header(body)
    several = ours.replace("v1=", f"v0={'1' * 64},v1={'0' * 64},v1=")

    assert post(service, body, Stripe_Signature=several).status_code == 200


def test_while_a_secret_is_rotated_both_are_valid(sqlite_databases: SqliteDatabases, stand_in: StandIn) -> None:
    both = f"{SECRET},{OTHER}"
    with running_service(sqlite_databases.new(), stand_in, stripe_webhook_secrets=both) as rotating:
        for secret in (SECRET, OTHER):
            body = a_body()
            assert post(rotating, body, Stripe_Signature=header(body, secret)).status_code == 200
        assert post(rotating, (body := a_body()), Stripe_Signature=header(body, "whsec_third")).status_code == 400
        assert len(stored(rotating)) == 2
