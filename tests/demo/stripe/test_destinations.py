"""Endpoints made by the API, thin events, older payloads, and deliveries that go wrong."""

import json
from typing import Any

import pytest
import requests
import stripe

from demo.stripe.settings import OLDER_VERSION
from tests.demo.stripe.harness import KEY, SECRET, Delivery, Receiver, StandIn, eventually
from tests.demo.stripe.members import Member


@pytest.fixture
def second() -> Receiver:
    """Another endpoint, which checks no signatures by itself."""
    return Receiver(secret=None)


def client(stand_in: StandIn) -> stripe.StripeClient:
    return stripe.StripeClient(KEY, base_addresses={"api": stand_in.base})


def payload(stand_in: StandIn, event_id: str, **query: str) -> dict[str, Any]:
    answer = requests.get(f"{stand_in.base}/_stand_in/payloads/{event_id}", query, timeout=10)
    body: dict[str, Any] = answer.json()
    return body


def test_an_endpoint_gets_what_it_asked_for_signed_with_its_own_secret(stand_in: StandIn, second: Receiver) -> None:
    made = stand_in.api.webhook_endpoints.create({"url": second.url, "enabled_events": ["customer.created"]})
    try:
        assert made.secret
        assert made.secret.startswith("whsec_")
        assert "secret" not in stand_in.get(f"/v1/webhook_endpoints/{made.id}").json()
        customer = stand_in.api.customers.create({})
        stand_in.api.customers.update(customer.id, {"name": "x"})
        arrived: Delivery = eventually(lambda: second.about(customer.id))[0]
        body = second.bodies[0]
        stripe.WebhookSignature.verify_header(body, arrived.headers["Stripe-Signature"], made.secret, tolerance=60)
        event = stand_in.events(customer.id)[0].id
        eventually(lambda: stand_in.api.events.retrieve(event).pending_webhooks == 0)
        assert [one.type for one in second.about(customer.id)] == ["customer.created"]
    finally:
        stand_in.api.webhook_endpoints.delete(made.id)
    assert made.id not in {one.id for one in stand_in.api.webhook_endpoints.list().data}


def test_a_disabled_endpoint_gets_nothing_and_an_event_waits_for_all(stand_in: StandIn, second: Receiver) -> None:
    made = stand_in.api.webhook_endpoints.create({"url": second.url, "enabled_events": ["*"]})
    second.answer = lambda _: 500
    customer = stand_in.api.customers.create({})
    event = stand_in.events(customer.id)[0].id
    eventually(lambda: second.about(customer.id) and stand_in.api.events.retrieve(event).pending_webhooks == 1)
    undelivered = stand_in.api.events.list({"delivery_success": False, "type": "customer.created"}).data
    assert event in {one.id for one in undelivered}
    stand_in.api.webhook_endpoints.update(made.id, {"disabled": True})
    later = stand_in.api.customers.create({})
    assert stand_in.events(later.id)[0].pending_webhooks <= 1
    assert second.about(later.id) == []
    stand_in.api.webhook_endpoints.delete(made.id)
    eventually(lambda: stand_in.shown("deliveries")["waiting"] == 0)


def test_a_thin_event_only_points_to_what_it_is_about(bank: StandIn) -> None:
    member = Member(bank)
    event = next(one for one in bank.events(member.first_invoice) if one.type == "invoice.paid")
    body = payload(bank, event.id, style="thin")
    assert (body["object"], body["type"]) == ("v2.core.event", "v1.invoice.paid")
    assert body["related_object"] == {
        "id": member.first_invoice,
        "type": "invoice",
        "url": f"/v1/invoices/{member.first_invoice}",
    }
    assert body["created"].endswith("Z")
    signed = stripe.WebhookSignature.generate_signature_header(text := json.dumps(body), SECRET)
    notification: Any = client(bank).parse_event_notification(text.encode(), signed, SECRET)
    assert notification.fetch_related_object().id == member.first_invoice
    fetched = notification.fetch_event()
    assert (fetched.snapshot_event, fetched.changes) == (event.id, None)


def test_a_thin_event_read_again_says_what_changed(bank: StandIn) -> None:
    customer = bank.api.customers.create({"name": "before"})
    bank.api.customers.update(customer.id, {"name": "after"}, {"idempotency_key": f"rename-{customer.id}"})
    event = bank.events(customer.id)[-1]
    body = payload(bank, event.id, style="thin")
    assert body["reason"]["request"]["idempotency_key"] == f"rename-{customer.id}"
    fetched: Any = client(bank).v2.core.events.retrieve(body["id"])
    assert (fetched.changes["before"]["name"], fetched.changes["after"]["name"]) == ("before", "after")


def test_a_thin_destination_is_made_by_the_second_api(stand_in: StandIn, second: Receiver) -> None:
    params: Any = {
        "name": "ours",
        "type": "webhook_endpoint",
        "event_payload": "thin",
        "enabled_events": ["v1.customer.created"],
        "webhook_endpoint": {"url": second.url},
        "include": ["webhook_endpoint.signing_secret"],
    }
    made: Any = client(stand_in).v2.core.event_destinations.create(params)
    assert (made.webhook_endpoint.signing_secret[:6], made.webhook_endpoint.url) == ("whsec_", None)
    assert client(stand_in).v2.core.event_destinations.retrieve(made.id).name == "ours"
    customer = stand_in.api.customers.create({})
    arrived = eventually(lambda: second.about(customer.id))[0]
    assert (arrived.type, "data" in arrived.event) == ("v1.customer.created", False)
    client(stand_in).v2.core.event_destinations.delete(made.id)
    with pytest.raises(stripe.InvalidRequestError):
        client(stand_in).v2.core.event_destinations.retrieve(made.id)


def test_the_setting_makes_the_first_endpoint_thin_or_older(stand_in: StandIn, receiver: Receiver) -> None:
    stand_in.control("settings", webhook_version=OLDER_VERSION)
    try:
        session = stand_in.session(recurring={"interval": "month"})
        stand_in.pay(session)
        paid: Any = stand_in.read(session.id)
        arrived = eventually(lambda: receiver.of_type("customer.subscription.created", paid.subscription.id))[0]
        assert arrived.event["api_version"] == OLDER_VERSION
        assert "current_period_end" in arrived.event["data"]["object"]
    finally:
        stand_in.control("settings")


def test_an_older_payload_has_the_attributes_that_are_gone_today(bank: StandIn) -> None:
    member = Member(bank)
    invoice = next(one for one in bank.events(member.first_invoice) if one.type == "invoice.paid")
    older = payload(bank, invoice.id, version=OLDER_VERSION)["data"]["object"]
    assert (older["subscription"], older["paid"]) == (member.id, True)
    intent = bank.api.payment_intents.retrieve(older["payment_intent"])
    assert older["charge"] == intent.latest_charge
    assert "parent" not in older
    assert older["lines"]["data"][0]["type"] == "subscription"
    subscription = bank.events(member.id)[0]
    shape = payload(bank, subscription.id, version=OLDER_VERSION)["data"]["object"]
    assert (shape["current_period_start"], shape["current_period_end"]) == member.period
    assert "current_period_end" not in shape["items"]["data"][0]
    charge = payload(bank, bank.events(str(intent.latest_charge))[0].id, version=OLDER_VERSION)["data"]["object"]
    assert charge["invoice"] == member.first_invoice
    assert payload(bank, invoice.id) == bank.get(f"/v1/events/{invoice.id}").json()


def test_a_wrong_secret_is_noticed_and_a_rolled_one_is_not(stand_in: StandIn, receiver: Receiver) -> None:
    stand_in.control("faults", webhook_rolled=True)
    customer = stand_in.api.customers.create({})
    arrived = eventually(lambda: receiver.about(customer.id))[0]
    assert arrived.headers["Stripe-Signature"].count("v1=") == 2
    stand_in.control("faults", webhook_wrong_secret=1)
    stand_in.api.customers.create({})
    eventually(lambda: receiver.forged)
    stand_in.control("faults")
    receiver.forged.clear()
    eventually(lambda: stand_in.shown("deliveries")["waiting"] == 0)
    receiver.forged.clear()


def test_a_stale_event_shows_what_was(stand_in: StandIn) -> None:
    customer = stand_in.api.customers.create({"name": "before"})
    stand_in.control("faults", webhook_stale=1)
    stand_in.api.customers.update(customer.id, {"name": "after"})
    assert stand_in.events(customer.id)[-1].data.object["name"] == "before"
    assert stand_in.api.customers.retrieve(customer.id).name == "after"


@pytest.mark.parametrize(
    ("reason", "code", "header"),
    [
        ("endpoint-rate", "rate_limit", "endpoint-rate"),
        ("none", "rate_limit", None),
        ("lock_timeout", "lock_timeout", None),
    ],
)
def test_too_many_requests_say_why_or_do_not(stand_in: StandIn, reason: str, code: str, header: str | None) -> None:
    stand_in.control("faults", api_status=429, api_reason=reason)
    answer = stand_in.get("/v1/customers")
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, code)
    assert answer.headers.get("Stripe-Rate-Limited-Reason") == header
    assert answer.headers["Stripe-Should-Retry"] == "false"
