"""What the API lets in: keys, routes, parameters. Words and codes are Stripe's."""

from typing import Any

import pytest
import stripe

from tests.demo.stripe.harness import StandIn, session_params


def refusal(stand_in: StandIn, **changes: Any) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stand_in.session(**changes)
    return caught.value


def test_a_call_without_a_key_is_told_to_bring_one(stand_in: StandIn) -> None:
    answer = stand_in.get("/v1/customers", key="")
    assert answer.status_code == 401
    assert "did not provide an API key" in answer.json()["error"]["message"]


@pytest.mark.parametrize("key", ["sk_live_abc", "rk_live_abc", "pk_live_abc"])
def test_live_keys_are_refused_and_never_repeated(stand_in: StandIn, key: str) -> None:
    answer = stand_in.get("/v1/customers", key=key)
    assert answer.status_code == 401
    assert "refuses live keys" in answer.json()["error"]["message"]
    assert key not in answer.text


@pytest.mark.parametrize("key", ["pk_test_abc", "whatever", "xsk_test_abc"])
def test_other_keys_are_no_keys(stand_in: StandIn, key: str) -> None:
    assert stand_in.get("/v1/customers", key=key).status_code == 401


def test_secret_and_restricted_test_keys_open(stand_in: StandIn) -> None:
    assert stand_in.get("/v1/customers", key="sk_test_abc").status_code == 200
    assert stand_in.get("/v1/customers", key="rk_test_abc").status_code == 200


def test_every_answer_carries_a_request_id_and_the_version(stand_in: StandIn) -> None:
    for path in ("/v1/customers", "/v1/customers/cus_none", "/v1/nothing"):
        answer = stand_in.get(path)
        assert answer.headers["Request-Id"].startswith("req_")
        assert answer.headers["Stripe-Version"] == "2026-10-28.endive"


def test_an_older_api_version_is_refused_rather_than_ignored(stand_in: StandIn) -> None:
    answer = stand_in.get("/v1/customers", **{"Stripe-Version": "2024-04-10"})
    assert answer.status_code == 400


def test_an_unknown_address_is_stripes_404_and_a_known_unbuilt_one_501(stand_in: StandIn) -> None:
    assert stand_in.get("/v1/customerz").status_code == 404
    assert stand_in.get("/v1/quotes").status_code == 501
    assert stand_in.get("/v2/core/events").status_code == 501
    assert stand_in.get("/v1/customers/search?query=x").status_code == 501


def test_a_json_body_is_refused(stand_in: StandIn) -> None:
    answer = stand_in.post("/v1/customers", data='{"email": "a@example.com"}', Content_Type="application/json")
    assert answer.status_code == 400
    assert "x-www-form-urlencoded" in answer.json()["error"]["message"]


def test_endive_has_no_payment_method_types(stand_in: StandIn) -> None:
    error = refusal(stand_in, payment_method_types=["card"])
    assert (error.code, error.param) == ("parameter_unknown", "payment_method_types")


def test_an_unknown_nested_parameter_is_named_in_full(stand_in: StandIn) -> None:
    params = session_params()
    params["line_items"][0]["price_data"]["colour"] = "red"
    error = refusal(stand_in, line_items=params["line_items"])
    assert (error.code, error.param) == ("parameter_unknown", "line_items[0][price_data][colour]")


def test_a_missing_nested_parameter_is_named_in_full(stand_in: StandIn) -> None:
    params = session_params()
    del params["line_items"][0]["price_data"]["currency"]
    error = refusal(stand_in, line_items=params["line_items"])
    assert (error.code, error.param) == ("parameter_missing", "line_items[0][price_data][currency]")


def test_integers_must_be_integers(stand_in: StandIn) -> None:
    error = refusal(stand_in, amount="10.50")
    assert error.code == "parameter_invalid_integer"
    assert "Invalid integer: 10.50" in str(error)


@pytest.mark.parametrize(
    ("name", "word"), [("mode", "gift"), ("ui_mode", "hosted"), ("locale", "xx"), ("submit_type", "give")]
)
def test_enums_are_closed(stand_in: StandIn, name: str, word: str) -> None:
    error = refusal(stand_in, **{name: word})
    assert f"Invalid {name}: must be one of" in str(error)
    assert error.param == name


def test_an_empty_text_is_refused_with_its_own_code(stand_in: StandIn) -> None:
    assert refusal(stand_in, success_url="").code == "parameter_invalid_empty"


def test_metadata_has_stripes_limits(stand_in: StandIn) -> None:
    assert refusal(stand_in, metadata={f"k{n}": "v" for n in range(51)}).param == "metadata"
    assert refusal(stand_in, metadata={"k": "v" * 501}).param == "metadata[k]"
    assert stand_in.session(metadata={"k" * 40: "v" * 500}).metadata


def test_what_is_not_built_says_so_instead_of_being_ignored(stand_in: StandIn) -> None:
    with pytest.raises(stripe.APIError) as caught:
        stand_in.session(allow_promotion_codes=True)
    assert caught.value.http_status == 501
    assert "allow_promotion_codes" in str(caught.value)


def test_an_id_of_another_kind_is_not_found(stand_in: StandIn) -> None:
    session = stand_in.session()
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stand_in.api.customers.retrieve(session.id)
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")
