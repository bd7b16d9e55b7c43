"""Webhook deliveries as they really arrive; every signature is verified on arrival."""

import itertools
import json
import time

import requests

from tests.demo.stripe.harness import Delivery, Receiver, StandIn, eventually
from tests.demo.stripe.walk import strange


def test_events_are_delivered_as_they_are_listed(stand_in: StandIn, receiver: Receiver) -> None:
    session = stand_in.session()
    stand_in.pay(session)
    arrived: Delivery = eventually(lambda: receiver.of_type("checkout.session.completed", session.id))[0]
    assert strange(arrived.event) == []
    assert arrived.headers["Content-Type"] == "application/json; charset=utf-8"
    assert arrived.headers["User-Agent"].startswith("Stripe/1.0")
    assert (arrived.event["object"], arrived.event["api_version"]) == ("event", "2026-10-28.endive")
    listed = eventually(lambda: _if_delivered(stand_in, arrived.id))
    assert listed["data"] == arrived.event["data"]


def _if_delivered(stand_in: StandIn, event_id: str) -> object:
    event = stand_in.get(f"/v1/events/{event_id}").json()
    return event if event["pending_webhooks"] == 0 else None


def test_a_snapshot_stays_as_it_was(stand_in: StandIn) -> None:
    customer = stand_in.api.customers.create({"name": "before"})
    stand_in.api.customers.update(customer.id, {"name": "after"})
    created, updated = stand_in.events(customer.id)
    assert created.data.object["name"] == "before"
    assert (updated.type, updated.data.object["name"]) == ("customer.updated", "after")
    assert updated.data.previous_attributes
    assert updated.data.previous_attributes["name"] == "before"


def test_an_update_that_changes_nothing_makes_no_event(stand_in: StandIn) -> None:
    customer = stand_in.api.customers.create({"name": "same"})
    stand_in.api.customers.update(customer.id, {"name": "same"})
    assert stand_in.types(customer.id) == ["customer.created"]


def test_signatures_carry_wall_time_though_the_clock_is_ahead(stand_in: StandIn, receiver: Receiver) -> None:
    stand_in.control("clock", advance=86400)
    customer = stand_in.api.customers.create({})
    arrived: Delivery = eventually(lambda: receiver.about(customer.id))[0]
    signed_at = int(arrived.headers["Stripe-Signature"].split(",")[0].removeprefix("t="))
    assert abs(signed_at - time.time()) < 5
    assert arrived.event["created"] > time.time() + 80000


def test_a_failed_delivery_is_tried_again_with_growing_pauses(stand_in: StandIn, receiver: Receiver) -> None:
    answers = iter([500, 302, 404])
    receiver.answer = lambda delivery: next(answers, 200) if delivery.type == "customer.created" else 200
    customer = stand_in.api.customers.create({})
    event_id = stand_in.events(customer.id)[0].id
    assert _pending(stand_in, customer.id) == 1
    tries = eventually(lambda: receiver.about(customer.id)[3:] and receiver.about(customer.id))
    assert {one.id for one in tries} == {event_id}
    pauses = [later.at - earlier.at for earlier, later in itertools.pairwise(tries)]
    assert 0.4 < pauses[0] < pauses[1] < pauses[2]
    eventually(lambda: _pending(stand_in, customer.id) == 0)
    log = [one for one in stand_in.shown("deliveries")["deliveries"] if one["event"] == event_id]
    assert [(one["attempt"], one["status"]) for one in reversed(log)] == [(1, 500), (2, 302), (3, 404), (4, 200)]
    assert {one["url"] for one in log} == {receiver.url}
    assert {one["type"] for one in log} == {"customer.created"}


def _pending(stand_in: StandIn, stripe_id: str) -> int:
    return stand_in.events(stripe_id)[0].pending_webhooks


def test_a_slow_endpoint_does_not_hold_up_other_deliveries(stand_in: StandIn, receiver: Receiver) -> None:
    slow = stand_in.api.customers.create({"name": "slow"})
    eventually(lambda: receiver.about(slow.id))

    def answer(delivery: Delivery) -> int:
        if delivery.event["data"]["object"]["id"] == slow.id:
            time.sleep(1.5)
        return 200

    receiver.answer = answer
    stand_in.api.customers.update(slow.id, {"name": "slower"})
    began = time.time()
    fast = [stand_in.api.customers.create({}).id for _ in range(5)]
    eventually(lambda: {one.event["data"]["object"]["id"] for one in receiver.about(*fast)} == set(fast))
    assert time.time() - began < 1.2


def test_duplicates_carry_the_same_event(stand_in: StandIn, receiver: Receiver) -> None:
    stand_in.control("faults", webhook_duplicate=1)
    customer = stand_in.api.customers.create({})
    twice = eventually(lambda: receiver.about(customer.id)[1:] and receiver.about(customer.id))
    assert len({one.id for one in twice}) == 1
    assert len(stand_in.types(customer.id)) == 1
    time.sleep(0.3)
    assert len(receiver.about(customer.id)) == 2


def test_shuffled_events_arrive_in_another_order(stand_in: StandIn, receiver: Receiver) -> None:
    stand_in.control("faults", webhook_shuffle=True)
    ids = [stand_in.api.customers.create({}).id for _ in range(12)]
    arrived = eventually(lambda: receiver.about(*ids)[11:] and receiver.about(*ids))
    assert [one.event["data"]["object"]["id"] for one in arrived] != ids


def test_a_dropped_event_is_listed_as_undelivered(stand_in: StandIn, receiver: Receiver) -> None:
    stand_in.control("faults", webhook_drop=1)
    customer = stand_in.api.customers.create({})
    stand_in.control("faults")
    after = stand_in.api.customers.create({})
    eventually(lambda: receiver.about(after.id) and _pending(stand_in, after.id) == 0)
    assert receiver.about(customer.id) == []
    missed = stand_in.api.events.list({"delivery_success": False, "limit": 1}).data[0]
    assert (missed.data.object["id"], missed.pending_webhooks) == (customer.id, 1)


def test_some_events_never_exist_though_the_object_does(stand_in: StandIn, receiver: Receiver) -> None:
    stand_in.control("faults", webhook_never=1)
    customer = stand_in.api.customers.create({})
    stand_in.control("faults")
    after = stand_in.api.customers.create({})
    eventually(lambda: receiver.about(after.id))
    assert (stand_in.types(customer.id), receiver.about(customer.id)) == ([], [])
    assert stand_in.api.customers.retrieve(customer.id).id == customer.id


def test_delayed_events_arrive_late(stand_in: StandIn, receiver: Receiver) -> None:
    stand_in.control("faults", webhook_delay=0.8)
    began = time.time()
    customer = stand_in.api.customers.create({})
    assert eventually(lambda: receiver.about(customer.id))[0].at - began >= 0.75


def test_the_dashboard_shows_it_all_and_its_forms_work(stand_in: StandIn) -> None:
    paid = stand_in.paid(recurring={"interval": "year"})
    page = requests.get(stand_in.base, timeout=10).text
    assert "TEST – no real money" in page
    assert "checkout.session.completed" in page
    assert "<script" not in page
    shown = requests.get(f"{stand_in.base}/objects/{paid.id}", timeout=10).text
    assert json.dumps(paid.id).replace('"', "&#34;") in shown
    before = stand_in.shown("clock")["offset"]
    requests.post(f"{stand_in.base}/clock", data={"advance": "3600"}, timeout=10)
    assert stand_in.shown("clock")["offset"] == before + 3600
    form = {"webhook_drop": "0.25", "webhook_shuffle": "on", "api_status": "", "api_rate": "1.0"}
    requests.post(f"{stand_in.base}/faults", data=form, timeout=10)
    assert stand_in.shown("faults") == {"webhook_drop": 0.25, "webhook_shuffle": True}
    assert requests.post(f"{stand_in.base}/faults", data={"webhook_drop": "much"}, timeout=10).status_code == 400
    requests.post(f"{stand_in.base}/faults", data={"clear": "yes"}, timeout=10)
    assert stand_in.shown("faults") == {}
