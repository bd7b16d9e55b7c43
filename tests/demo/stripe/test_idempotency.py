"""Idempotency keys and API faults: what is kept, what is replayed, what is lost."""

import http.client
import secrets
import threading
from typing import Any

import pytest
import requests

from tests.demo.stripe.harness import StandIn


def create(stand_in: StandIn, key: str, email: str = "a@example.com") -> requests.Response:
    return stand_in.post("/v1/customers", data={"email": email}, Idempotency_Key=key)


@pytest.fixture
def key() -> str:
    return secrets.token_hex(8)


def made_for(stand_in: StandIn, email: str) -> int:
    return len(stand_in.api.customers.list({"email": email}).data)


def test_the_same_request_again_gets_the_same_answer_and_makes_nothing(stand_in: StandIn, key: str) -> None:
    email = f"{key}@example.com"
    first, again = create(stand_in, key, email), create(stand_in, key, email)
    assert first.json() == again.json()
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Original-Request"] == first.headers["Request-Id"]
    assert made_for(stand_in, email) == 1


def test_a_key_cannot_serve_another_request(stand_in: StandIn, key: str) -> None:
    create(stand_in, key)
    other = create(stand_in, key, "b@example.com")
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")
    elsewhere = stand_in.post("/v1/products", data={"email": "a@example.com"}, Idempotency_Key=key)
    assert elsewhere.json()["error"]["type"] == "idempotency_error"


def test_a_second_request_in_flight_is_a_conflict(stand_in: StandIn, key: str) -> None:
    stand_in.control("faults", api_delay=0.6)
    answers: list[requests.Response] = []
    threads = [threading.Thread(target=lambda: answers.append(create(stand_in, key))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    conflict = next(answer for answer in answers if answer.status_code == 409)
    assert conflict.json()["error"]["code"] == "idempotency_key_in_use"
    assert conflict.headers["Stripe-Should-Retry"] == "true"


def test_a_refused_request_leaves_its_key_free(stand_in: StandIn, key: str) -> None:
    assert stand_in.post("/v1/customers", data={"colour": "red"}, Idempotency_Key=key).status_code == 400
    assert create(stand_in, key).status_code == 200


def test_keys_are_forgotten_after_a_day(stand_in: StandIn, key: str) -> None:
    first = create(stand_in, key)
    stand_in.control("clock", advance=25 * 3600)
    again = create(stand_in, key)
    assert "Idempotent-Replayed" not in again.headers
    assert again.json()["id"] != first.json()["id"]


def test_events_name_the_request_and_its_key(stand_in: StandIn, key: str) -> None:
    answer = create(stand_in, key)
    request: Any = stand_in.events(answer.json()["id"])[0].request
    assert (request.id, request.idempotency_key) == (answer.headers["Request-Id"], key)


def test_what_the_clock_causes_is_no_requests_doing(stand_in: StandIn) -> None:
    session = stand_in.session()
    stand_in.control("clock", advance=90000)
    request: Any = stand_in.events(session.id)[0].request
    assert (request.id, request.idempotency_key) == (None, None)


@pytest.mark.parametrize("status", [429, 502, 503])
def test_a_fault_in_front_of_the_endpoint_does_nothing_and_keeps_nothing(
    stand_in: StandIn, key: str, status: int
) -> None:
    email = f"{key}@example.com"
    stand_in.control("faults", api_status=status)
    failed = create(stand_in, key, email)
    assert failed.status_code == status
    assert failed.headers["Stripe-Should-Retry"] == ("false" if status == 429 else "true")
    stand_in.control("faults")
    assert made_for(stand_in, email) == 0
    assert "Idempotent-Replayed" not in create(stand_in, key, email).headers


def test_a_500_from_inside_the_endpoint_is_kept_and_replayed(stand_in: StandIn, key: str) -> None:
    stand_in.control("faults", api_status=500)
    assert create(stand_in, key).status_code == 500
    stand_in.control("faults")
    again = create(stand_in, key)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (500, "true")
    assert again.headers["Stripe-Should-Retry"] == "false"


def test_an_answer_lost_after_the_commit_is_found_again_with_the_key(stand_in: StandIn, key: str) -> None:
    email = f"{key}@example.com"
    for fault in ({"api_status": 503}, {"api_reset": True}):
        stand_in.control("faults", api_after=True, **fault)
        if "api_reset" in fault:
            with pytest.raises(requests.ConnectionError):
                create(stand_in, key, email)
        else:
            assert create(stand_in, key, email).status_code == 503
    stand_in.control("faults")
    again = create(stand_in, key, email)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (200, "true")
    assert made_for(stand_in, email) == 1


def test_a_500_after_the_commit_hides_what_was_made(stand_in: StandIn, key: str) -> None:
    email = f"{key}@example.com"
    stand_in.control("faults", api_status=500, api_after=True)
    create(stand_in, key, email)
    stand_in.control("faults")
    assert create(stand_in, key, email).status_code == 500
    assert made_for(stand_in, email) == 1


def test_a_reset_before_the_call_leaves_nothing(stand_in: StandIn, key: str) -> None:
    email = f"{key}@example.com"
    stand_in.control("faults", api_reset=True)
    with pytest.raises(requests.ConnectionError):
        create(stand_in, key, email)
    stand_in.control("faults")
    assert made_for(stand_in, email) == 0


def test_a_rate_of_zero_never_strikes_and_a_rate_strikes_some(stand_in: StandIn) -> None:
    stand_in.control("faults", api_status=503, api_rate=0)
    assert {stand_in.get("/v1/customers").status_code for _ in range(20)} == {200}
    stand_in.control("faults", api_status=503, api_rate=0.5)
    assert {stand_in.get("/v1/customers").status_code for _ in range(60)} == {200, 503}


def test_faults_spare_the_control_and_are_shown_and_cleared(stand_in: StandIn) -> None:
    assert stand_in.control("faults", api_status=503, webhook_drop=0.5).json() == {
        "api_status": 503,
        "webhook_drop": 0.5,
    }
    assert stand_in.shown("faults") == {"api_status": 503, "webhook_drop": 0.5}
    assert stand_in.control("faults", api_delay=0).json() == {}
    assert stand_in.get("/v1/customers").status_code == 200


def test_many_requests_share_one_connection(stand_in: StandIn) -> None:
    connection = http.client.HTTPConnection(stand_in.base.removeprefix("http://"), timeout=5)
    headers = {"Authorization": "Bearer sk_test_x", "Content-Type": "application/x-www-form-urlencoded"}
    connection.connect()
    socket = connection.sock
    for path, status in [("/v1/customers", 200), ("/v1/nothing", 404), ("/nothing", 404), ("/v1/customers", 200)] * 10:
        connection.request("POST", path, "name=" + "n" * 4000, headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status
        assert connection.sock is socket
    connection.close()
