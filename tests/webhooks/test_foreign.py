"""What others do with the same Stripe account is none of ours: kept, ignored with a reason, never revenue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from tests.webhooks.events import stored
from tests.webhooks.rows import rows

if TYPE_CHECKING:
    from tests.services import Service
    from webhooks.models import StripeEvent

REASON = "no checkout of ours led to it"
HANDLED_TYPES = {
    "payment": {"checkout.session.completed", "charge.succeeded"},
    "subscription": {
        "checkout.session.completed",
        "charge.succeeded",
        "customer.subscription.created",
        "invoice.paid",
    },
}


def foreign_session(service: Service, mode: str, **more: str) -> str:
    """A checkout session that some other program of the newsroom makes."""
    params = {
        "mode": mode,
        "success_url": "https://shop.example/thanks",
        "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "eur",
        "line_items[0][price_data][unit_amount]": "2500",
        "line_items[0][price_data][product_data][name]": "A mug",
    } | more
    if mode == "subscription":
        params["line_items[0][price_data][recurring][interval]"] = "month"
    made = requests.post(
        f"{service.stand_in.base}/v1/checkout/sessions", data=params, auth=("sk_test_tests", ""), timeout=30
    )
    made.raise_for_status()
    return str(made.json()["id"])


def _kept(service: Service, *types: str) -> dict[str, StripeEvent]:
    return {event.type: event for event in stored(service).values() if event.type in types}


@pytest.mark.parametrize("mode", ["payment", "subscription"])
def test_a_foreign_sale_leaves_nothing_but_ignored_events(service: Service, mode: str) -> None:
    service.stand_in.pay(foreign_session(service, mode))

    service.deliver()

    kept = _kept(service, *HANDLED_TYPES[mode])
    assert kept.keys() == HANDLED_TYPES[mode]
    assert {(event.state, event.reason) for event in kept.values()} == {("ignored", REASON)}
    found = rows(service.database)
    assert not any((found.payments, found.memberships, found.periods, found.checkouts, found.supporters))


def test_a_foreign_sale_to_a_supporter_of_ours_is_no_payment(service: Service) -> None:
    service.stand_in.pay(service.begin(email="reader@example.com"))
    service.deliver()
    before = rows(service.database)

    service.stand_in.pay(foreign_session(service, "subscription", customer_email="reader@example.com"))
    service.deliver()

    assert rows(service.database) == before


def test_the_metadata_of_others_is_not_ours(service: Service) -> None:
    theirs = {"metadata[order]": "1", "payment_intent_data[metadata][support]": "yes"}
    service.stand_in.pay(foreign_session(service, "payment", **theirs))

    service.deliver()

    assert not rows(service.database).payments


def test_an_object_that_stripe_does_not_know_is_ignored(service: Service) -> None:
    service.stand_in.pay(service.begin(interval="once"))
    (event,) = [one for one in service.stand_in.events() if one["type"] == "charge.succeeded"]
    event["data"]["object"]["id"] = "pi_of_another_account"

    service.deliver([event])

    assert [(kept.state, kept.reason) for kept in stored(service).values()] == [
        ("ignored", "Stripe has no such object")
    ]
