"""Workers race, slow readers wake: the newest reading stays, and one person stays one supporter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from support.sync.flows import sync_now
from support.sync.reading import StaleRead
from tests.webhooks.between import Between, Hold, between
from tests.webhooks.events import stored
from tests.webhooks.rows import rows
from tests.webhooks.workers import Thread, another_database, gateway_by, run_once

if TYPE_CHECKING:
    from tests.services import Service

PAIRS = 4


@pytest.fixture
def subscription_id(service: Service) -> str:
    """A membership that was paid and is known."""
    service.stand_in.pay(service.begin())
    events = service.stand_in.events()
    service.deliver(list(events))
    return next(
        str(event["data"]["object"]["id"]) for event in events if event["type"] == "customer.subscription.created"
    )


def change_at_stripe(service: Service, subscription_id: str, how: str = "true") -> None:
    """Whether the membership ends with its period."""
    requests.post(
        f"{service.stand_in.base}/v1/subscriptions/{subscription_id}",
        data={"cancel_at_period_end": how},
        auth=("sk_test_tests", ""),
        timeout=30,
    ).raise_for_status()


def sync_by(service: Service, base: str, subscription_id: str) -> None:
    """What a worker, the thanks page or the replay button of another process does."""
    with service.app.app_context(), another_database(service) as database:
        sync_now(database, gateway_by(service, base), "subscription", subscription_id)


def ends_at(service: Service) -> object:
    """When the only membership ends."""
    (membership,) = rows(service.database).memberships
    return membership[4]


def test_a_slow_reader_never_overwrites_a_fast_one(service: Service, subscription_id: str) -> None:
    with between(service.stand_in.base) as stripe:
        held = stripe.hold(subscription_id)
        slow = Thread(lambda: sync_by(service, stripe.base, subscription_id))
        held.wait()
        change_at_stripe(service, subscription_id)
        sync_by(service, service.stand_in.base, subscription_id)
        newest = ends_at(service)
        held.release()
        slow.end()

    assert newest is not None
    assert ends_at(service) == newest
    assert len(stripe.asked) == 2, "it read again"


def test_a_reader_that_is_overtaken_every_time_gives_up_and_changes_nothing(
    service: Service, subscription_id: str
) -> None:
    with between(service.stand_in.base) as stripe:
        holds = [stripe.hold(subscription_id) for _ in range(3)]
        slow = Thread(lambda: sync_by(service, stripe.base, subscription_id))
        for number, held in enumerate(holds):
            held.wait()
            change_at_stripe(service, subscription_id, "false" if number % 2 else "true")
            sync_by(service, service.stand_in.base, subscription_id)
            held.release()
        with pytest.raises(StaleRead):
            slow.end()

    assert ends_at(service) is not None


def test_two_payments_of_one_address_at_once_are_one_supporter_and_an_exact_total(service: Service) -> None:
    for number in range(PAIRS):
        email = f"reader{number}@example.com"
        with between(service.stand_in.base) as stripe:
            holds = [_a_paid_session(service, stripe, email) for email in (email, email.upper())]
            workers = [Thread(lambda base=stripe.base: run_once(service, base)) for _ in holds]  # type: ignore[misc]
            for held in holds:
                held.wait()
            for held in holds:
                held.release()
            for worker in workers:
                worker.end()

    found = rows(service.database)
    assert {event.state for event in stored(service).values()} == {"handled"}
    assert len({supporter[0] for supporter in found.supporters}) == PAIRS
    assert len(found.supporters) == 2 * PAIRS, "two customers each"
    assert [payment[2] for payment in found.payments] == [6000] * 2 * PAIRS
    assert {payment[7] for payment in found.payments} == {f"reader{number}@example.com" for number in range(PAIRS)}


def _a_paid_session(service: Service, stripe: Between, email: str) -> Hold:
    """Its completion waits in the inbox; the answer to whoever reads the session is held."""
    session_id = service.begin(interval="once", amount="60", email=email)
    service.stand_in.pay(session_id)
    (event,) = [one for one in service.stand_in.events() if one["type"] == "checkout.session.completed"]
    assert service.post_event(event).status_code == 200
    return stripe.hold(session_id)


def test_three_workers_share_an_inbox_and_handle_each_event_once(moving_service: Service) -> None:
    service = moving_service  # a stand-in of its own: what came late of another test would wait here for good
    for number in range(6):
        service.stand_in.pay(service.begin(email=f"reader{number % 2}@example.com"))
    for event in service.stand_in.events():
        assert service.post_event(event).status_code == 200

    with between(service.stand_in.base) as stripe:
        workers = [Thread(lambda: run_once(service, stripe.base)) for _ in range(3)]
        for worker in workers:
            worker.end()

    found = rows(service.database)
    assert {event.state for event in stored(service).values()} <= {"handled", "ignored"}
    assert [membership[1] for membership in found.memberships] == ["active"] * 6
    assert [payment[2] for payment in found.payments] == [1000] * 6
    assert len(found.periods) == 6
    assert len({supporter[0] for supporter in found.supporters}) == 2
