"""The flight recorder's pages: what came from Stripe, what became of it, and the button that does it again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson
import sqlalchemy as sa

from config.settings import STRIPE_API_BASE
from tests.services import Service, StandIn, running_service
from tests.support.desk.staffing import Colleague, a_colleague
from tests.support.readers import buy
from tests.webhooks.events import a_body, an_event, stored
from tests.webhooks.recording import EMAIL, PARKING, ago, listed, paid_and_parked, shown
from tests.webhooks.rows import rows
from webhooks.models import EventTry, StripeEvent

if TYPE_CHECKING:
    from pathlib import Path

    import requests


def test_a_parked_event_is_seen_with_its_reason_and_replayed_to_handled(service: Service) -> None:
    (parked,) = paid_and_parked(service)
    finance = a_colleague(service, "finance")
    front = shown(finance, "/finance/events")
    assert "1 events from Stripe could not be handled and are parked." in front
    assert "Parked Reason Events Oldest StripeRefused Replay all of this reason … The worker reads each" in front
    assert listed(finance.get("/finance/events?state=parked").text) == [parked]

    journey = shown(finance, f"/finance/events/{parked}")
    assert "Delivered by the webhook" in journey
    assert journey.count("Failed, to be tried again") == PARKING - 1
    assert journey.count("Failed and parked") == 1
    assert "In our tables nothing" in journey

    assert finance.send(f"/finance/events/{parked}/replay").status_code == 303
    assert "Next try" in shown(finance, f"/finance/events/{parked}")
    service.work()
    journey = shown(finance, f"/finance/events/{parked}")
    words = (
        "Received",
        "Failed, to be tried again",
        "Failed and parked",
        "Replayed by finance@example.com; it was parked",
        "Handled",
    )
    places = [journey.find(word) for word in words]
    assert -1 not in places, journey
    assert places == sorted(places), journey
    assert "In our tables payment 1" in journey
    assert "Replay this event" in journey
    assert [payment[2] for payment in rows(service.database).payments] == [6000]
    with service.database.reading() as session:
        outcomes = session.scalars(sa.select(EventTry.outcome).order_by(EventTry.id)).all()
    assert outcomes == ["waiting"] * 4 + ["parked", "handled"]
    audit = shown(a_colleague(service, "admin"), "/staff/audit")
    assert f"replayed event finance@example.com event {parked} it was parked" in audit


def test_all_that_is_parked_for_one_reason_is_replayed_at_once(service: Service) -> None:
    first, second, other = paid_and_parked(service, count=3)
    with service.database.transaction() as session:
        session.get_one(StripeEvent, other).reason = "KeyError"
    finance = a_colleague(service, "finance")

    answer = finance.send("/finance/events/replay", reason="StripeRefused")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/finance/events?again=2")
    assert "2 events wait again" in shown(finance, answer.headers["Location"])
    assert {name: event.state for name, event in stored(service).items()} == {
        first: "waiting",
        second: "waiting",
        other: "parked",
    }
    assert finance.send("/finance/events/replay").status_code == 422
    assert finance.send("/finance/events/replay", reason="no such").headers["Location"] == "/finance/events?again=0"


def test_what_cannot_be_replayed_has_no_button_and_says_so(service: Service) -> None:
    event = an_event(type="product.created")
    assert service.post_event(event).status_code == 200
    finance = a_colleague(service, "finance")

    assert "Replay" not in shown(finance, f"/finance/events/{event['id']}")
    assert finance.send(f"/finance/events/{event['id']}/replay").status_code == 404
    assert finance.get("/finance/events/evt_nobody").status_code == 404
    assert "nothing here follows from this type 1" in shown(finance, "/finance/events")


def test_an_ignored_event_tells_why_and_a_fetched_one_how_it_came(moving_service: Service) -> None:
    service = moving_service
    service.stand_in.pay(service.begin(interval="once", amount="60"))
    service.stand_in.control("clock", advance=60)
    done = service.app.test_cli_runner().invoke(args=["backfill"])
    assert done.exit_code == 0, done.output
    foreign = an_event()
    assert service.post_event(foreign).status_code == 200
    service.work()
    finance = a_colleague(service, "finance")

    fetched = next(one for one in stored(service).values() if one.type == "checkout.session.completed")
    journey = shown(finance, f"/finance/events/{fetched.stripe_event_id}")
    assert "Stripe could not deliver it; backfill fetched it" in journey
    assert "Handled" in journey
    assert "Stripe has no such object" in shown(finance, f"/finance/events/{foreign['id']}")
    assert "Delivered by the webhook" in shown(finance, f"/finance/events/{foreign['id']}")


def test_a_body_is_hidden_then_shown_to_an_admin_alone_and_gone_after_prune(service: Service) -> None:
    buy(service, service.browser(), email=EMAIL, interval="once", amount="60")
    event = next(one for one in stored(service).values() if one.type == "checkout.session.completed")
    path = f"/finance/events/{event.stripe_event_id}"
    finance, admin = (a_colleague(service, role) for role in ("finance", "admin"))

    page = shown(finance, path)
    assert '"customer_details": "(hidden)"' in page
    assert f'"id": "{event.object_key.partition(" ")[2]}"' in page
    assert '"amount_total": 6000' in page
    assert EMAIL not in page
    assert "Show everything" not in page
    assert "Show everything" in shown(admin, path)
    assert finance.send(f"{path}/body").status_code == 403
    whole = admin.send(f"{path}/body")
    assert whole.status_code == 200
    assert EMAIL in whole.text
    assert f"looked at event body admin@example.com event {event.stripe_event_id}" in shown(admin, "/staff/audit")

    ago(service, days=91)
    done = service.app.test_cli_runner().invoke(args=["prune"])
    assert re.search(r"^ *[1-9]\d* +event tries$", done.output, re.MULTILINE), done.output
    page = shown(admin, path)
    assert "It is not kept" in page
    assert "Handled" in page, "the tries are gone, what became of it is not"
    assert admin.send(f"{path}/body").status_code == 404


def test_tries_of_what_is_parked_are_kept(service: Service) -> None:
    (parked,) = paid_and_parked(service)
    ago(service, days=400)
    service.app.test_cli_runner().invoke(args=["prune"])
    assert shown(a_colleague(service, "finance"), f"/finance/events/{parked}").count("Failed") == PARKING


def test_nothing_of_an_erased_person_is_shown(database_url: str, stand_in: StandIn, tmp_path: Path) -> None:
    with running_service(database_url, stand_in, erase_log=tmp_path / "erase.log") as service:
        buy(service, service.browser(), email=EMAIL, interval="once", amount="60")
        done = service.app.test_cli_runner().invoke(args=["erase", EMAIL, "--yes"])
        assert done.exit_code == 0, done.output
        admin = a_colleague(service, "admin")
        for event in stored(service).values():
            answer = admin.get(f"/finance/events/{event.stripe_event_id}")
            assert answer.status_code == 200
            assert EMAIL not in answer.text
            assert event.state == "ignored" or "It is not kept" in answer.text


def test_a_body_is_cut_where_it_is_too_long_and_odd_ones_are_shown(finance: Colleague) -> None:
    deep: Any = "deep"
    for _ in range(200):
        deep = [deep]
    subject = {
        "id": "ch_odd",
        "object": "charge",
        "client_secret": "pi_1_secret_2",
        "receipt_url": "https://example.com/r",
        "metadata": {"support_checkout": "ours", "reason": "theirs", "status": "<script>"},
        "status": "<b>succeeded</b>",
        "deep": deep,
        "numbers": [0] * 30_000,
    }
    event = an_event(data={"object": subject})
    assert finance.service.post_event(orjson.dumps(event)).status_code == 200

    page = finance.get(f"/finance/events/{event['id']}").text
    assert "It is longer: this is its beginning." in page
    assert len(page) < 150_000
    for secret in ("secret_2", "example.com/r", "theirs", "<script>", "<b>succ", '"deep"</pre>'):
        assert secret not in page
    assert "ours" in page


def test_links_lead_to_stripes_dashboard_in_the_mode_of_the_key(database_url: str, stand_in: StandIn) -> None:
    with running_service(database_url, stand_in, stripe_api_base=STRIPE_API_BASE) as service:
        event = orjson.loads(a_body(type="payout.paid", data={"object": {"id": "po_1", "object": "payout"}}))
        strange = an_event(data={"object": {"id": "../x?<", "object": "charge"}})
        for one in (event, strange):
            assert service.post_event(one).status_code == 200
        finance = a_colleague(service, "finance")
        page = finance.get(f"/finance/events/{event['id']}").text
        assert 'href="https://dashboard.stripe.com/test/payouts/po_1" rel="noreferrer noopener external"' in page
        assert f'href="https://dashboard.stripe.com/test/events/{event["id"]}"' in page
        assert "this object at Stripe" not in finance.get(f"/finance/events/{strange['id']}").text
    with running_service(database_url, stand_in) as service:
        page = finance_again(service, finance).get(f"{service.url}/finance/events/{event['id']}", timeout=30).text
        assert "dashboard.stripe.com" not in page


def finance_again(service: Service, finance: Colleague) -> requests.Session:
    """The browser of a member, at the same service on another port."""
    browser = service.browser()
    for cookie in finance.browser.cookies:
        browser.cookies.set(cookie.name, cookie.value or "")
    return browser
