"""Lists and `expand`."""

import secrets
from typing import Any

import pytest
import stripe

from tests.demo.stripe.harness import StandIn


@pytest.fixture
def five(stand_in: StandIn) -> tuple[str, list[str]]:
    """An address and the ids of its five customers, newest first."""
    email = f"{secrets.token_hex(6)}@example.com"
    made = [stand_in.api.customers.create({"email": email}).id for _ in range(5)]
    return email, made[::-1]


def refusal(stand_in: StandIn, path: str) -> dict[str, Any]:
    answer = stand_in.get(path)
    assert answer.status_code == 400, answer.text
    error: dict[str, Any] = answer.json()["error"]
    return error


def test_lists_are_newest_first_and_say_whether_there_is_more(stand_in: StandIn, five: tuple[str, list[str]]) -> None:
    email, ids = five
    whole = stand_in.api.customers.list({"email": email})
    assert [one.id for one in whole.data] == ids
    assert (whole.has_more, whole.url) == (False, "/v1/customers")
    part = stand_in.api.customers.list({"email": email, "limit": 2})
    assert ([one.id for one in part.data], part.has_more) == (ids[:2], True)


def test_pages_go_forwards_and_backwards(stand_in: StandIn, five: tuple[str, list[str]]) -> None:
    email, ids = five
    after = stand_in.api.customers.list({"email": email, "limit": 2, "starting_after": ids[1]})
    assert ([one.id for one in after.data], after.has_more) == (ids[2:4], True)
    before = stand_in.api.customers.list({"email": email, "limit": 2, "ending_before": ids[4]})
    assert ([one.id for one in before.data], before.has_more) == (ids[2:4], True)
    everything = stand_in.api.customers.list({"email": email, "limit": 2}).auto_paging_iter()
    assert [one.id for one in everything] == ids


def test_lists_are_bounded_by_created(stand_in: StandIn, five: tuple[str, list[str]]) -> None:
    email, ids = five
    stand_in.control("clock", advance=100)
    late = stand_in.api.customers.create({"email": email})
    assert [one.id for one in stand_in.api.customers.list({"email": email, "created": {"gte": late.created}}).data] == [
        late.id
    ]
    assert [
        one.id for one in stand_in.api.customers.list({"email": email, "created": {"lt": late.created}}).data
    ] == ids
    assert stand_in.api.customers.list({"email": email, "created": {"gt": late.created}}).data == []
    assert [one.id for one in stand_in.api.customers.list({"email": email, "created": late.created}).data] == [late.id]


@pytest.mark.parametrize("limit", ["0", "101", "x"])
def test_limits_are_one_to_a_hundred(stand_in: StandIn, limit: str) -> None:
    assert refusal(stand_in, f"/v1/customers?limit={limit}")["code"] == "parameter_invalid_integer"


def test_the_default_limit_is_ten(stand_in: StandIn) -> None:
    for _ in range(11):
        stand_in.api.customers.create({"email": "eleven@example.com"})
    assert len(stand_in.api.customers.list({"email": "eleven@example.com"}).data) == 10


def test_an_unknown_place_in_a_list_is_refused(stand_in: StandIn) -> None:
    error = refusal(stand_in, "/v1/customers?starting_after=cus_none")
    assert (error["code"], error["param"]) == ("resource_missing", "starting_after")


def test_filters_that_are_not_built_are_not_ignored(stand_in: StandIn) -> None:
    assert stand_in.get("/v1/charges?transfer_group=x").status_code == 501


def test_events_are_filtered_by_types(stand_in: StandIn) -> None:
    paid = stand_in.paid()
    wanted = ["checkout.session.completed", "charge.succeeded"]
    found = stand_in.api.events.list({"types": wanted, "limit": 2}).data
    assert {event.type for event in found} == set(wanted)
    assert stand_in.api.events.list({"type": wanted[0], "limit": 1}).data[0].data.object["id"] == paid.id


def test_four_levels_are_expanded_and_five_are_not(stand_in: StandIn) -> None:
    paid = stand_in.paid(customer_creation="always")
    path = "payment_intent.latest_charge.payment_intent.customer"
    deep: Any = stand_in.api.checkout.sessions.retrieve(paid.id, {"expand": [path]})
    assert deep.payment_intent.latest_charge.payment_intent.customer.email == "reader@example.com"
    error = refusal(stand_in, f"/v1/checkout/sessions/{paid.id}?expand[]={path}.default_source")
    assert "more than 4 levels" in error["message"]


def test_lists_are_expanded_through_data_which_counts_as_a_level(stand_in: StandIn) -> None:
    paid = stand_in.paid()
    listed: Any = stand_in.api.checkout.sessions.list({"limit": 1, "expand": ["data.payment_intent.latest_charge"]})
    assert listed.data[0].payment_intent.latest_charge.payment_intent == paid.payment_intent.id  # type: ignore[union-attr]
    assert (
        "more than 4" in refusal(stand_in, "/v1/invoices?expand[]=data.payments.data.payment.payment_intent")["message"]
    )
    assert "try expanding 'data.customer'" in refusal(stand_in, "/v1/charges?expand[]=customer")["message"]


@pytest.mark.parametrize("path", ["amount_total", "nothing", "payment_intent.amount", "payment_intent.amount.x"])
def test_what_cannot_be_expanded_is_refused(stand_in: StandIn, path: str) -> None:
    paid = stand_in.paid()
    error = refusal(stand_in, f"/v1/checkout/sessions/{paid.id}?expand[]={path}")
    assert "This property cannot be expanded" in error["message"]


def test_expanding_null_is_null(stand_in: StandIn) -> None:
    session = stand_in.session()
    expanded = stand_in.api.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    assert expanded.payment_intent is None


def test_a_create_is_expanded_too(stand_in: StandIn) -> None:
    charge: Any = stand_in.paid().payment_intent.latest_charge  # type: ignore[union-attr]
    refund: Any = stand_in.api.refunds.create({"charge": charge.id, "expand": ["charge.payment_intent"]})
    assert refund.charge.payment_intent.id == charge.payment_intent


def test_attributes_that_do_not_apply_are_absent_not_null(stand_in: StandIn) -> None:
    charge: Any = stand_in.paid().payment_intent.latest_charge  # type: ignore[union-attr]
    raw = stand_in.get(f"/v1/charges/{charge.id}").json()
    assert {"refunds", "presentment_details", "level3"} & raw.keys() == set()
    assert raw["application"] is None
    with pytest.raises(AttributeError):
        _ = charge.presentment_details
    assert isinstance(charge, stripe.Charge)
