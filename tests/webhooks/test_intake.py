"""What Stripe signed is kept once, whatever it is about, and answered 200."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson
import requests
import sqlalchemy as sa

from support.payments.models import Payment
from tests.services import running_service
from tests.webhooks.events import a_body, an_event, header, post, stored

if TYPE_CHECKING:
    from pathlib import Path

    from tests.services import Service, StandIn


def test_an_event_waits_as_the_bytes_that_came(service: Service) -> None:
    event = an_event()
    body = orjson.dumps(event, option=orjson.OPT_INDENT_2)

    answer = post(service, body)

    assert (answer.status_code, answer.json()) == (200, {"received": True})
    kept = stored(service)[event["id"]]
    assert (kept.state, kept.type, kept.body) == ("waiting", "charge.succeeded", body)
    assert kept.object_key == f"charge {event['data']['object']['id']}"


def test_the_same_bytes_fifty_times_at_once_are_one_row_and_one_effect(service: Service) -> None:
    service.stand_in.pay(service.begin(interval="once", amount="60"))
    (event,) = [one for one in service.stand_in.events() if one["type"] == "charge.succeeded"]
    body = orjson.dumps(event)
    signed = header(body)

    with ThreadPoolExecutor(10) as senders:
        answers = list(senders.map(lambda _: post(service, body, Stripe_Signature=signed).status_code, range(50)))
    service.work()

    assert answers == [200] * 50
    assert [kept.state for kept in stored(service).values()] == ["handled"]
    with service.database.reading() as session:
        assert session.scalars(sa.select(Payment.amount_minor)).all() == [6000]


def test_an_id_that_is_known_keeps_its_first_bytes(service: Service) -> None:
    first, second = a_body(id="evt_1"), a_body(id="evt_1", type="invoice.paid")

    assert [post(service, body).status_code for body in (first, second)] == [200, 200]

    assert [kept.body for kept in stored(service).values()] == [first]


def test_a_handled_event_that_comes_again_is_not_handled_again(service: Service) -> None:
    service.stand_in.pay(service.begin())
    events = service.stand_in.events()
    service.deliver(events)
    handled = {key: kept.handled_at for key, kept in stored(service).items()}

    service.deliver(events)

    assert {key: kept.handled_at for key, kept in stored(service).items()} == handled


def test_a_thin_event_of_the_same_object_does_the_same(service: Service) -> None:
    service.stand_in.pay(service.begin(interval="once", amount="60"))
    (paid,) = [one for one in service.stand_in.events() if one["type"] == "charge.succeeded"]
    charge = paid["data"]["object"]
    thin = {
        "id": "evt_test_thin",
        "object": "v2.core.event",
        "type": "v1.charge.succeeded",
        "livemode": False,
        "created": "2026-11-23T12:00:00.000Z",
        "related_object": {"id": charge["id"], "type": "charge", "url": f"/v1/charges/{charge['id']}"},
    }

    assert post(service, orjson.dumps(thin)).status_code == 200
    assert stored(service)["evt_test_thin"].object_key == f"charge {charge['id']}"
    service.work()

    assert stored(service)["evt_test_thin"].state == "handled"
    with service.database.reading() as session:
        assert session.scalars(sa.select(Payment.stripe_charge_id)).all() == [charge["id"]]


def test_an_unknown_type_is_kept_and_ignored_with_a_reason(service: Service) -> None:
    event = an_event(type="issuing_card.created", data={"object": {"id": "ic_1", "object": "issuing.card"}})

    assert post(service, orjson.dumps(event)).status_code == 200
    service.work()

    kept = stored(service)[event["id"]]
    assert (kept.state, kept.reason) == ("ignored", "nothing here follows from this type")
    assert (kept.body, len(kept.body_hash)) == (None, 64)
    assert kept.object_key == "issuing.card ic_1"


def test_a_preview_without_an_id_is_kept_and_ignored(service: Service) -> None:
    event = an_event(type="invoice.upcoming", data={"object": {"object": "invoice", "amount_due": 1000}})

    assert post(service, orjson.dumps(event)).status_code == 200

    assert stored(service)[event["id"]].state == "ignored"


def test_an_event_of_live_mode_is_kept_and_ignored_under_a_test_key(service: Service) -> None:
    service.stand_in.pay(service.begin(interval="once", amount="60"))
    (paid,) = [one for one in service.stand_in.events() if one["type"] == "charge.succeeded"]

    assert post(service, orjson.dumps({**paid, "livemode": True})).status_code == 200
    service.work()

    kept = stored(service)[paid["id"]]
    assert (kept.state, kept.reason) == ("ignored", "livemode is True")
    with service.database.reading() as session:
        assert session.scalars(sa.select(Payment)).all() == []


def test_an_event_in_chunks_is_kept_too(service: Service) -> None:
    body = a_body()
    headers = {"Stripe-Signature": header(body)}

    answer = requests.post(f"{service.url}/webhooks/stripe", iter([body[:50], body[50:]]), headers=headers, timeout=30)

    assert (answer.status_code, answer.json()) == (200, {"received": True})
    assert [kept.body for kept in stored(service).values()] == [body]


def test_when_it_came_is_told_by_the_service_s_clock(sqlite_url: str, stand_in: StandIn, tmp_path: Path) -> None:
    ahead = tmp_path / "ahead"
    ahead.write_text("86400")
    with running_service(sqlite_url, stand_in, clock_file=ahead) as service:
        assert post(service, a_body()).status_code == 200
        (kept,) = stored(service).values()

    assert (kept.received_at - datetime.now(UTC)).total_seconds() > 80_000


def test_fields_that_nobody_knows_yet_are_welcome(service: Service) -> None:
    event = an_event(new_in_2030={"deep": [1, None, "ї"]}, context="acct_1", api_version=None)

    assert post(service, orjson.dumps(event)).status_code == 200
    assert stored(service)[event["id"]].state == "waiting"
