"""Creating, reading and ending Checkout Sessions."""

import time
from typing import Any

import pytest
import stripe

from tests.demo.stripe.harness import StandIn, session_params


def refusal(stand_in: StandIn, **changes: Any) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stand_in.session(**changes)
    return caught.value


def test_a_new_session_is_open_and_unpaid_and_has_no_payment_intent(stand_in: StandIn) -> None:
    session = stand_in.session(metadata={"ours": "1"}, client_reference_id="ref", locale="fr")
    assert (session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None)
    assert (session.amount_total, session.currency, session.locale) == (1000, "eur", "fr")
    assert session.url == f"{stand_in.base}/c/pay/{session.id}"
    assert session.id.startswith("cs_test_")


def test_line_items_are_left_out_unless_asked_for(stand_in: StandIn) -> None:
    session = stand_in.session()
    assert "line_items" not in stand_in.get(f"/v1/checkout/sessions/{session.id}").json()
    expanded = stand_in.api.checkout.sessions.retrieve(session.id, {"expand": ["line_items"]})
    assert expanded.line_items
    listed = stand_in.api.checkout.sessions.line_items.list(session.id).data
    assert [one.id for one in expanded.line_items.data] == [one.id for one in listed]
    assert listed[0].description == "Support"


def test_adaptive_pricing_is_on_unless_refused(stand_in: StandIn) -> None:
    off = stand_in.session(adaptive_pricing={"enabled": "false"}).adaptive_pricing
    on = stand_in.session().adaptive_pricing
    assert on
    assert off
    assert (on.enabled, off.enabled) == (True, False)


def test_a_stored_price_can_be_sold_and_an_inactive_one_cannot(stand_in: StandIn) -> None:
    product = stand_in.api.products.create({"name": "Member"})
    price = stand_in.api.prices.create({"currency": "eur", "unit_amount": 700, "product": product.id})
    session = stand_in.session(line_items=[{"price": price.id, "quantity": 3}])
    assert session.amount_total == 2100
    items = stand_in.api.checkout.sessions.line_items.list(stand_in.session().id).data
    assert items[0].price
    assert "inactive" in str(refusal(stand_in, line_items=[{"price": items[0].price.id, "quantity": 1}]))


@pytest.mark.parametrize(
    ("currency", "too_small", "enough"),
    [("eur", 49, 50), ("gbp", 29, 30), ("jpy", 49, 50), ("huf", 17499, 17500), ("sek", 299, 300), ("czk", 1499, 1500)],
)
def test_the_smallest_charge_is_stripes(stand_in: StandIn, currency: str, too_small: int, enough: int) -> None:
    assert refusal(stand_in, currency=currency, amount=too_small).code == "amount_too_small"
    assert stand_in.session(currency=currency, amount=enough).amount_total == enough


def test_whole_unit_currencies_take_hundreds_only(stand_in: StandIn) -> None:
    assert "divisible by 100" in str(refusal(stand_in, currency="isk", amount=50050))
    assert stand_in.session(currency="isk", amount=50000).amount_total == 50000


def test_an_unknown_currency_is_refused(stand_in: StandIn) -> None:
    assert refusal(stand_in, currency="xxx").param == "line_items[0][price_data][currency]"


def test_sessions_live_between_half_an_hour_and_a_day(stand_in: StandIn) -> None:
    now = stand_in.shown("clock")["now"]
    assert "at least 30 minutes" in str(refusal(stand_in, expires_at=now + 1700))
    assert "less than 24 hours" in str(refusal(stand_in, expires_at=now + 86500))
    assert stand_in.session(expires_at=now + 1900).expires_at == now + 1900
    assert abs(stand_in.session().expires_at - now - 86400) < 5


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"mode": "payment", "subscription_data": {"metadata": {"a": "b"}}}, "subscription_data"),
        ({"recurring": {"interval": "month"}, "payment_intent_data": {"metadata": {"a": "b"}}}, "payment_intent_data"),
        ({"recurring": {"interval": "month"}, "customer_creation": "always"}, "customer_creation"),
        ({"recurring": {"interval": "month"}, "mode": "payment"}, "mode"),
        ({"mode": "subscription"}, "line_items"),
        ({"success_url": "ftp://example.com"}, "success_url"),
        ({"line_items": []}, "line_items"),
        ({"line_items": [{"quantity": 1}]}, "line_items[0]"),
        ({"customer": "cus_unknown"}, "customer"),
    ],
)
def test_rules_between_parameters_hold(stand_in: StandIn, changes: dict[str, Any], param: str) -> None:
    assert refusal(stand_in, **changes).param == param


def test_mode_success_url_and_quantity_are_required(stand_in: StandIn) -> None:
    for name in ("mode", "success_url"):
        params = session_params()
        del params[name]
        with pytest.raises(stripe.InvalidRequestError) as caught:
            stand_in.api.checkout.sessions.create(params)  # type: ignore[arg-type]
        assert (caught.value.code, caught.value.param) == ("parameter_missing", name)
    items = session_params()["line_items"]
    del items[0]["quantity"]
    assert refusal(stand_in, line_items=items).param == "line_items[0][quantity]"


def test_a_customer_and_an_email_exclude_each_other(stand_in: StandIn) -> None:
    customer = stand_in.api.customers.create({"email": "a@example.com"})
    error = refusal(stand_in, customer=customer.id, customer_email="a@example.com")
    assert error.param == "customer_email"


def test_payment_method_filters_are_respected(stand_in: StandIn) -> None:
    assert stand_in.session().payment_method_types == ["card", "sepa_debit"]
    assert stand_in.session(currency="usd").payment_method_types == ["card"]
    assert stand_in.session(excluded_payment_method_types=["sepa_debit"]).payment_method_types == ["card"]


def test_a_session_is_expired_on_request_once(stand_in: StandIn) -> None:
    session = stand_in.session()
    expired = stand_in.api.checkout.sessions.expire(session.id)
    assert (expired.status, expired.url) == ("expired", None)
    assert stand_in.types(session.id) == ["checkout.session.expired"]
    with pytest.raises(stripe.InvalidRequestError):
        stand_in.api.checkout.sessions.expire(session.id)


def test_a_session_expires_by_the_clock(stand_in: StandIn) -> None:
    session = stand_in.session(expires_at=stand_in.shown("clock")["now"] + 1900)
    before = time.time()
    moved = stand_in.control("clock", advance=2000).json()
    assert moved["now"] >= before + 2000 - 1
    assert stand_in.api.checkout.sessions.retrieve(session.id).status == "expired"
    assert stand_in.types(session.id) == ["checkout.session.expired"]
    assert stand_in.pay(session).status_code == 409


def test_sessions_are_found_by_payment_intent_and_status(stand_in: StandIn) -> None:
    paid = stand_in.paid()
    stand_in.session()
    assert isinstance(paid.payment_intent, stripe.PaymentIntent)
    found = stand_in.api.checkout.sessions.list({"payment_intent": paid.payment_intent.id}).data
    assert [one.id for one in found] == [paid.id]
    complete = stand_in.api.checkout.sessions.list({"status": "complete", "limit": 1}).data
    assert [one.id for one in complete] == [paid.id]
