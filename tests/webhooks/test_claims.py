"""One object is worked on by one worker at a time; whoever lost its lease changes nothing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from support.clock import wall_seconds
from support.sync.models import SyncedObject
from tests.webhooks.between import between
from tests.webhooks.events import stored
from tests.webhooks.rows import rows
from tests.webhooks.workers import Thread, end_leases, run_once
from webhooks.claims import LostClaim, next_objects, release, take_claim
from webhooks.models import EventClaim
from webhooks.operations import fail, finish

if TYPE_CHECKING:
    from tests.services import Service
    from webhooks.claims import Claim


def a_paid_monthly(service: Service, *types: str) -> list[dict[str, Any]]:
    """Pay a monthly; its events of these types wait in the inbox."""
    service.stand_in.pay(service.begin())
    found = [event for event in service.stand_in.events() if event["type"] in types]
    for event in found:
        assert service.post_event(event).status_code == 200
    return found


@pytest.fixture
def waiting(service: Service) -> str:
    """The key of an object whose one event waits."""
    (event,) = a_paid_monthly(service, "invoice.paid")
    return f"invoice {event['data']['object']['id']}"


def take(service: Service, key: str) -> Claim | None:
    """take_claim in a transaction of its own."""
    return service.database.transact(lambda session: take_claim(session, key))


def taken(service: Service, key: str) -> Claim:
    """A claim that nobody else held."""
    claim = take(service, key)
    assert claim is not None
    return claim


def states(service: Service) -> list[str]:
    """The state of every event."""
    return [event.state for event in stored(service).values()]


def test_a_claimed_object_is_nobody_elses(service: Service, waiting: str) -> None:
    taken(service, waiting)

    assert take(service, waiting) is None
    with service.database.reading() as session:
        assert next_objects(session, at_once=True) == []


def test_a_lease_that_ended_is_taken_over_and_its_holder_is_fenced(service: Service, waiting: str) -> None:
    dead = taken(service, waiting)
    end_leases(service)
    alive = taken(service, waiting)

    for late in (
        lambda session: finish(session, dead, "handled"),
        lambda session: fail(session, dead, "late", is_passing=True),
        lambda session: release(session, dead),
    ):
        with pytest.raises(LostClaim):
            service.database.transact(late)
    assert states(service) == ["waiting"]
    assert [event.tries for event in stored(service).values()] == [0]

    service.database.transact(lambda session: finish(session, alive, "handled"))
    assert states(service) == ["handled"]
    with service.database.reading() as session:
        assert session.scalars(sa.select(EventClaim)).all() == []


def test_a_holder_whose_lease_ended_but_nobody_wanted_may_finish(service: Service, waiting: str) -> None:
    claim = taken(service, waiting)
    end_leases(service)

    service.database.transact(lambda session: finish(session, claim, "handled"))

    assert states(service) == ["handled"]


def test_the_lease_of_a_dead_worker_is_sat_out(service: Service, waiting: str) -> None:
    taken(service, waiting)
    with service.database.transaction() as session:
        session.execute(sa.update(EventClaim).values(leased_until=wall_seconds() + 0.5))

    service.work()

    assert states(service) == ["handled"]


def test_all_waiting_events_of_an_object_cost_one_read(service: Service) -> None:
    (event,) = a_paid_monthly(service, "customer.subscription.created")
    for number in range(3):
        assert service.post_event({**event, "id": f"evt_{number}"}).status_code == 200

    with between(service.stand_in.base) as stripe:
        run_once(service, stripe.base)

    assert states(service) == ["handled"] * 4
    assert len(stripe.asked) == 1


def test_what_comes_while_its_object_is_being_read_is_read_again(service: Service) -> None:
    first, second = a_paid_monthly(service, "customer.subscription.created", "invoice.paid")
    subscription = next(one for one in (first, second) if one["type"].startswith("customer"))
    with between(service.stand_in.base) as stripe:
        held = stripe.hold("/v1/subscriptions/")
        worker = Thread(lambda: run_once(service, stripe.base))
        held.wait()
        assert service.post_event({**subscription, "id": "evt_later"}).status_code == 200
        held.release()
        worker.end()

    assert set(states(service)) == {"handled"}
    assert len([path for path in stripe.asked if path.startswith("/v1/subscriptions/")]) == 2


def test_a_worker_that_wakes_after_its_lease_changes_nothing(service: Service, waiting: str) -> None:
    with between(service.stand_in.base) as stripe:
        held = stripe.hold("/v1/invoices/")
        asleep = Thread(lambda: run_once(service, stripe.base))
        held.wait()
        end_leases(service)
        run_once(service, stripe.base)
        handled = {key: event.handled_at for key, event in stored(service).items()}
        before, numbers = rows(service.database), _numbers(service)
        held.release()
        asleep.end()

    assert states(service) == ["handled"]
    assert {key: event.handled_at for key, event in stored(service).items()} == handled
    assert rows(service.database) == before
    assert len(before.periods) == 1
    assert _numbers(service) == numbers
    assert len(stripe.asked) >= 2, waiting


def test_a_lease_is_renewed_while_stripe_takes_its_time(service: Service, waiting: str) -> None:
    with between(service.stand_in.base) as stripe:
        held = stripe.hold("/v1/invoices/")
        worker = Thread(lambda: run_once(service, stripe.base))
        held.wait()
        first = _leased_until(service)
        patience = time.monotonic() + 20
        while _leased_until(service) == first:
            assert time.monotonic() < patience, f"{waiting}: never renewed"
            time.sleep(0.1)
        held.release()
        worker.end()

    assert states(service) == ["handled"]


def test_a_poisonous_object_holds_nobody_up(service: Service) -> None:
    a_paid_monthly(service, "invoice.paid")
    a_paid_monthly(service, "customer.subscription.created", "invoice.paid")
    with between(service.stand_in.base) as stripe:
        stripe.refuse("/v1/subscriptions/")
        run_once(service, stripe.base)

    found = {event.object_key.partition(" ")[0]: event.state for event in stored(service).values()}
    assert found == {"invoice": "handled", "subscription": "waiting"}


def _numbers(service: Service) -> dict[str, int]:
    with service.database.reading() as session:
        return {one.object_key: one.applied_number for one in session.scalars(sa.select(SyncedObject))}


def _leased_until(service: Service) -> float:
    with service.database.reading() as session:
        return session.scalars(sa.select(EventClaim.leased_until)).one()
