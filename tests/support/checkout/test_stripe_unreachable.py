"""Stripe does not answer: the reader is told, nothing is lost, and the same ask sent again goes on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.services import StandIn, running_service
from tests.support.readers import ATTEMPT, at_stripe, checkouts
from tests.webhooks.workers import as_readers_wait

if TYPE_CHECKING:
    import requests

    from support.checkout.models import Checkout
    from tests.services import Service
    from tests.support.conftest import Watched

FAULTS: dict[str, dict[str, Any]] = {
    "503": {"api_status": 503},
    "429": {"api_status": 429},
    "a reset": {"api_reset": True},
    "a reset once it is done": {"api_reset": True, "api_after": True},
    "500 once it is done": {"api_status": 500, "api_after": True},
    "too slow": {"api_delay": 4.5},
}
FORM = {"currency": "EUR", "interval": "month", "amount": "20", "email": "reader@example.com", "attempt": ATTEMPT * 2}


def post_form(service: Service) -> requests.Response:
    """POST /checkout as a page without JavaScript does."""
    return service.browser().post(f"{service.url}/checkout", FORM, timeout=30, allow_redirects=False)


def sessions_of(service: Service, row: Checkout) -> list[str]:
    """What Stripe has made for a checkout."""
    found = at_stripe(service, "checkout/sessions?limit=100")["data"]
    return [one["id"] for one in found if one["client_reference_id"] == row.public_id]


@pytest.mark.parametrize("faults", FAULTS.values(), ids=FAULTS.keys())
def test_the_reader_is_told_and_the_retry_goes_on(
    watched: Watched, faults: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    browser = watched.browser()
    watched.stand_in.control("faults", **faults)
    with as_readers_wait(watched), ThreadPoolExecutor(2) as pool:
        for_a_program, for_people = pool.submit(watched.ask, browser, attempt=ATTEMPT), pool.submit(post_form, watched)
        program, page = for_a_program.result(), for_people.result()

    assert (program.status_code, page.status_code) == (503, 503)
    assert program.headers["Retry-After"] == page.headers["Retry-After"] == "10"
    assert program.json()["code"] == "stripe_unavailable"
    assert_keeps_the_form(page.text)
    reasons = {record.message: vars(record)["reason"] for record in caplog.records if "reason" in vars(record)}
    assert all(reasons[message] for message in ("Stripe does not answer", "a checkout could not begin"))
    rows = {row.amount_minor: row for row in checkouts(watched)}
    assert {row.state for row in rows.values()} == {"starting"}

    watched.stand_in.control("faults")
    session_id = watched.begin(browser, attempt=ATTEMPT)

    row = next(row for row in checkouts(watched) if row.amount_minor == 1000)
    assert len(checkouts(watched)) == 2
    assert (row.state, row.stripe_session_id) == ("open", session_id)
    assert row.request_params == rows[1000].request_params
    assert session_id in sessions_of(watched, row)
    assert_every_retry_is_identical(watched)


def assert_keeps_the_form(page: str) -> None:
    assert "Nothing was charged." in page
    assert f'name="attempt" value="{ATTEMPT * 2}"' in page
    assert 'value="reader@example.com"' in page
    assert 'name="amount" value="20" checked' in page


def assert_every_retry_is_identical(watched: Watched) -> None:
    """One key never carries two requests; a key that Stripe failed under for good (500) is not used again."""
    by_key: dict[str, list[tuple[str, int]]] = {}
    for call in watched.wire.sessions():
        by_key.setdefault(call.idempotency_key, []).append((repr(sorted(call.params.items())), call.status))
    for calls in by_key.values():
        assert len({params for params, _ in calls}) == 1
        assert all(status < 500 for _, status in calls[:-1])


def test_a_page_that_was_made_unseen_is_found_again_under_its_key(sqlite_service: Service) -> None:
    sqlite_service.stand_in.control("faults", api_reset=True, api_after=True)
    assert sqlite_service.ask(attempt=ATTEMPT).status_code == 503
    sqlite_service.stand_in.control("faults")
    session_id = sqlite_service.begin(attempt=ATTEMPT)

    (row,) = checkouts(sqlite_service)
    assert row.stripe_attempt == 1
    assert sessions_of(sqlite_service, row) == [session_id]


def test_what_was_kept_is_sent_as_it_was(sqlite_url: str, stand_in: StandIn) -> None:
    with running_service(sqlite_url, StandIn("http://127.0.0.1:9")) as service:
        assert service.ask(attempt=ATTEMPT).status_code == 503
        first_url = service.url
    with running_service(sqlite_url, stand_in, newsroom_name="Renamed") as service:
        session_id = service.begin(attempt=ATTEMPT)
        (row,) = checkouts(service)
        session = at_stripe(service, f"checkout/sessions/{session_id}")
        assert session["success_url"].startswith(first_url) != session["success_url"].startswith(service.url)
        assert session["expires_at"] == int(row.expires_at.timestamp())


def test_a_passing_delay_is_not_even_seen(sqlite_service: Service) -> None:
    sqlite_service.stand_in.control("faults", api_delay=0.3)
    assert sqlite_service.ask(attempt=ATTEMPT).status_code == 201


def test_a_request_that_stripe_refuses_is_no_dead_end(watched: Watched) -> None:
    watched.stand_in.control("faults", api_status=400)
    answer = watched.ask(attempt=ATTEMPT)
    assert (answer.status_code, answer.json()["code"]) == (502, "stripe_refused")
    assert [row.state for row in checkouts(watched)] == ["refused"]
    watched.stand_in.control("faults")
    assert watched.ask(attempt=ATTEMPT).status_code == 201
