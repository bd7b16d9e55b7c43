"""An ask becomes one row, one request to Stripe under a key that was committed first, and one page."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from support import clock
from support.checkout.models import Checkout
from support.gateway.requests import STRIPE_LOCALES
from tests.services import NEWS, running_service
from tests.support.readers import ATTEMPT, at_stripe, buy, change, checkouts

if TYPE_CHECKING:
    from tests.services import Service, StandIn
    from tests.support.conftest import Watched


def test_a_donation_is_asked_for_as_it_was_chosen(watched: Watched) -> None:
    answer = watched.ask(
        interval="once",
        amount="10,50",
        email="Reader@Example.com",
        article="/articles/one",
        return_to="/articles/one?a=1",
    )

    assert answer.status_code == 201
    (row,) = checkouts(watched)
    (call,) = watched.wire.sessions()
    params = call.params
    assert (row.state, row.amount_minor, row.currency, row.interval) == ("open", 1050, "EUR", "once")
    assert (row.article, row.return_to) == (f"{NEWS}/articles/one", f"{NEWS}/articles/one?a=1")
    assert call.idempotency_key == row.idempotency_key == f"{row.public_id}-1"
    assert params["mode"] == "payment"
    assert params["line_items[0][price_data][unit_amount]"] == "1050"
    assert params["line_items[0][price_data][currency]"] == "eur"
    assert params["adaptive_pricing[enabled]"] in {"false", "False"}
    assert params["metadata[support_checkout]"] == row.public_id
    assert params["payment_intent_data[metadata][support_checkout]"] == row.public_id
    assert params["client_reference_id"] == row.public_id
    assert params["customer_email"].lower() == "reader@example.com"
    assert params["cancel_url"] == f"{NEWS}/articles/one?a=1"
    assert params["success_url"] == f"{watched.url}/checkout/thanks?session_id={{CHECKOUT_SESSION_ID}}"
    assert params["expires_at"] == str(int(row.expires_at.timestamp()))
    assert timedelta(minutes=38) < row.expires_at - clock.now() <= timedelta(minutes=40)


@pytest.mark.parametrize("interval", ["month", "year"])
def test_a_membership_is_asked_for_as_a_subscription(watched: Watched, interval: str) -> None:
    session_id = watched.begin(interval=interval, amount="50")

    (row,) = checkouts(watched)
    (call,) = watched.wire.sessions()
    assert call.params["mode"] == "subscription"
    assert call.params["line_items[0][price_data][recurring][interval]"] == interval
    assert call.params["subscription_data[metadata][support_checkout]"] == row.public_id
    session = at_stripe(watched, f"checkout/sessions/{session_id}")
    plan = {"month": "monthly", "year": "yearly"}[interval]
    assert session["metadata"] == {
        "support_checkout": row.public_id,
        "support_plan": f"independent-journalism/{plan}",
    }
    assert session["expires_at"] == int(row.expires_at.timestamp())
    assert session["amount_total"] == 5000
    assert session["adaptive_pricing"] == {"enabled": False}


def test_what_stripe_was_asked_is_kept_whole(watched: Watched) -> None:
    watched.begin(currency="JPY", amount="500")
    (row,) = checkouts(watched)
    (call,) = watched.wire.sessions()
    price = row.request_params["line_items"][0]["price_data"]
    assert price["unit_amount"] == 500
    assert call.params["line_items[0][price_data][unit_amount]"] == "500"
    assert str(row.request_params["expires_at"]) == call.params["expires_at"]


@pytest.mark.parametrize(("asked", "sent"), [("uk", "auto"), ("uk-UA", "auto"), ("en", "en"), ("en-GB", "en")])
def test_stripe_is_told_a_language_that_it_has(watched: Watched, asked: str, sent: str) -> None:
    watched.begin(locale=asked)
    assert watched.wire.sessions()[0].params["locale"] == sent
    assert checkouts(watched)[0].locale == asked[:2]


def test_our_list_of_stripes_languages_is_the_sdks() -> None:
    from stripe.params.checkout import SessionCreateParams  # noqa: PLC0415  # slow to import

    annotation = repr(SessionCreateParams.__annotations__["locale"])
    words = set(re.findall(r"'([a-z]{2,4}(?:-[A-Z0-9]+)?)'", annotation))
    assert words - {"auto"} == STRIPE_LOCALES


def test_a_double_click_begins_one_checkout(service: Service) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: service.ask(attempt=ATTEMPT), range(8)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["url"] for answer in answers}) == 1
    (row,) = checkouts(service)
    found = at_stripe(service, "checkout/sessions?limit=100")["data"]
    assert len([one for one in found if one["client_reference_id"] == row.public_id]) == 1


def test_a_retry_of_the_same_page_view_gets_the_same_page(watched: Watched) -> None:
    first, second = watched.ask(attempt=ATTEMPT), watched.ask(attempt=ATTEMPT)
    assert first.json() == second.json()
    assert len(watched.wire.sessions()) == 1


@pytest.mark.parametrize(
    "change_of_mind",
    [
        {"amount": "20"},
        {"interval": "year", "amount": "20"},
        {"currency": "USD"},
        {"article": "/articles/two"},
        {"return_to": "/articles/one"},
        {"email": "other@example.com"},
        {"locale": "uk"},
        {"attempt": ATTEMPT + "-of-another-page"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_ask_is_another_checkout(watched: Watched, change_of_mind: dict[str, str]) -> None:
    first = watched.begin(attempt=ATTEMPT)
    second = watched.begin(None, **({"attempt": ATTEMPT} | change_of_mind))
    assert first != second
    assert len(checkouts(watched)) == 2


def test_without_an_attempt_every_ask_is_a_checkout(watched: Watched) -> None:
    assert watched.begin() != watched.begin()
    assert len(checkouts(watched)) == 2


def test_an_attempt_after_payment_gives_once_more(sqlite_service: Service) -> None:
    first = buy(sqlite_service, sqlite_service.browser(), interval="once", attempt=ATTEMPT)
    second = sqlite_service.begin(interval="once", attempt=ATTEMPT)
    assert first != second
    assert {row.state for row in checkouts(sqlite_service)} == {"paid", "open"}


def test_an_attempt_after_the_page_expired_begins_anew(sqlite_service: Service) -> None:
    first = sqlite_service.begin(attempt=ATTEMPT)
    change(sqlite_service, Checkout, expires_at=clock.now() - timedelta(seconds=1))
    assert sqlite_service.begin(attempt=ATTEMPT) != first


def test_a_form_is_sent_on_to_stripe(watched: Watched) -> None:
    browser = watched.browser()
    ask = {"currency": "EUR", "interval": "once", "amount": "other", "other_amount": "12.34", "plan": "once"}
    answer = browser.post(f"{watched.url}/checkout", ask, allow_redirects=False, timeout=10)
    (row,) = checkouts(watched)
    assert (answer.status_code, answer.headers["Location"]) == (303, row.stripe_url)
    assert row.amount_minor == 1234


def test_json_is_taken_as_well(watched: Watched) -> None:
    ask = {"currency": "eur", "plan": "yearly", "amount": "20", "email": None}
    answer = watched.browser().post(
        f"{watched.url}/checkout", json=ask, headers={"Accept": "application/json"}, allow_redirects=False, timeout=10
    )
    assert answer.status_code == 201
    assert answer.json().keys() == {"url"}
    assert checkouts(watched)[0].interval == "year"


@pytest.mark.parametrize(
    ("currency", "amount", "minor"),
    [
        ("EUR", "2", 200),
        ("EUR", "1000", 100_000),
        ("EUR", " 10 ", 1000),
        ("UAH", "50.5", 5050),
        ("JPY", "150000", 150_000),
    ],
)
def test_the_bounds_are_within(watched: Watched, currency: str, amount: str, minor: int) -> None:
    watched.begin(currency=currency, amount=amount)
    assert checkouts(watched)[0].amount_minor == minor


def test_the_checkout_cookie_is_for_this_site_and_no_script(sqlite_service: Service) -> None:
    header = sqlite_service.ask().headers["Set-Cookie"]
    public_id = checkouts(sqlite_service)[0].public_id
    assert header.startswith(f"support_checkout_{public_id}=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(header.split("; "))
    assert "Secure" not in header


def test_with_https_the_cookie_belongs_to_this_host_alone(sqlite_url: str, stand_in: StandIn) -> None:
    with running_service(
        sqlite_url, stand_in, public_url="https://support.localhost", news_origins="https://www.localhost"
    ) as service:
        answer = service.ask()
        header = answer.headers["Set-Cookie"]
        assert header.startswith("__Host-checkout_")
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(header.split("; "))
        assert "Domain" not in header
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
