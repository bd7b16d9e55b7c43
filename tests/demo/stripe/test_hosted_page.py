"""The hosted page itself: what it refuses, shows and keeps."""

import json
from typing import Any

import pytest
import requests

from tests.demo.stripe.harness import StandIn, card_form
from tests.demo.stripe.paying import submit


def test_real_card_numbers_are_refused_and_neither_kept_nor_shown(stand_in: StandIn) -> None:
    session = stand_in.session()
    number = "4012888888881881"
    answer = submit(session, **card_form(number))
    assert answer.status_code == 422
    assert "Use a test card" in answer.text
    assert number not in answer.text
    assert stand_in.pay(session, card=number).json()["error"]["field"] == "card"
    assert stand_in.read(session.id).payment_intent is None


def test_not_even_a_test_number_is_kept(stand_in: StandIn) -> None:
    paid = stand_in.paid()
    dumped = json.dumps(
        [stand_in.get(f"/v1/{path}?limit=100").json() for path in ("charges", "events", "payment_intents")]
    )
    assert "4242424242424242" not in dumped
    intent: Any = paid.payment_intent
    assert intent.latest_charge.payment_method_details.card.last4 == "4242"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"email": "nobody"}, "Enter your e-mail address"),
        ({"expiry": "01/20"}, "Enter any date in the future"),
        ({"cvc": "12"}, "Enter any 3 digits"),
        ({"card": ""}, "Use a test card"),
    ],
)
def test_the_page_names_what_is_wrong_and_keeps_the_rest(
    stand_in: StandIn, typed: dict[str, str], message: str
) -> None:
    answer = submit(stand_in.session(), **card_form(name="A Reader", **typed))
    assert answer.status_code == 422
    assert message in answer.text
    assert "A Reader" in answer.text


def test_amounts_have_the_currencys_decimals(stand_in: StandIn) -> None:
    for currency, amount, shown in (
        ("jpy", 1500, "1,500 JPY"),
        ("eur", 1250, "12.50 EUR"),
        ("isk", 50000, "500.00 ISK"),
    ):
        page = requests.get(str(stand_in.session(currency=currency, amount=amount).url), timeout=10).text
        assert shown in page
    assert stand_in.paid(currency="jpy", amount=1500).payment_intent.amount == 1500  # type: ignore[union-attr]


def test_the_page_needs_no_script_and_says_test(stand_in: StandIn) -> None:
    answer = requests.get(str(stand_in.session(customer_email="known@example.com").url), timeout=10)
    assert "TEST – no real money" in answer.text
    assert "<script" not in answer.text
    assert "style=" not in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "known@example.com" in answer.text
    assert 'name="email"' not in answer.text
    style = requests.get(f"{stand_in.base}/_static/style.css", timeout=10)
    assert style.headers["Content-Type"].startswith("text/css")


def test_a_customers_own_email_is_used(stand_in: StandIn) -> None:
    customer = stand_in.api.customers.create({"email": "own@example.com"})
    session = stand_in.session(customer=customer.id)
    stand_in.pay(session, email="other@example.com")
    details = stand_in.read(session.id).customer_details
    assert details
    assert details.email == "own@example.com"


def test_a_given_email_cannot_be_changed_by_the_form(stand_in: StandIn) -> None:
    session = stand_in.session(customer_email="known@example.com")
    submit(session, **card_form(email="other@example.com"))
    details = stand_in.read(session.id).customer_details
    assert details
    assert details.email == "known@example.com"


def test_finished_and_unknown_sessions_have_pages_of_their_own(stand_in: StandIn) -> None:
    paid, expired = stand_in.session(), stand_in.session()
    stand_in.pay(paid)
    stand_in.api.checkout.sessions.expire(expired.id)
    assert "This has been paid" in requests.get(str(paid.url), timeout=10).text
    assert requests.get(str(expired.url), timeout=10).status_code == 410
    assert submit(expired, **card_form()).status_code == 410
    assert requests.get(f"{stand_in.base}/c/pay/cs_test_none", timeout=10).status_code == 404
