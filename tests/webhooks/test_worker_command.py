"""`flask worker` and `flask worker --once`, as an operator runs them."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from support.clock import wall_seconds
from tests.databases import ROOT, flask
from tests.drills.processes import worker_program
from tests.webhooks.events import stored
from webhooks.models import EventClaim
from webhooks.worker import Worker

if TYPE_CHECKING:
    from typing import Any

    from tests.services import Service

# Two seconds are given to these to be joined by more of the same object.
COALESCING = "payment_intent.payment_failed"


def a_declined_donation(service: Service) -> dict[str, Any]:
    """Its failed payment waits in the inbox for more events."""
    service.stand_in.pay(service.begin(interval="once"), card="4000000000000002")
    (event,) = [one for one in service.stand_in.events() if one["type"] == COALESCING]
    assert service.post_event(event).status_code == 200
    return event


def settings(service: Service) -> dict[str, str]:
    """The environment that makes a process a worker of this service."""
    return {
        "DATABASE_URL": service.settings.database_url,
        "STRIPE_API_BASE": service.settings.stripe_api_base,
        "PUBLIC_URL": service.url,
    }


def states(service: Service) -> list[str]:
    """The state of every event."""
    return [event.state for event in stored(service).values()]


def untried(service: Service) -> list[str]:
    """The types of what waits and was not tried.

    What another test began at this Stripe is none of our checkouts: if Stripe tells of it just now, that backs off.
    """
    return [event.type for event in stored(service).values() if event.state == "waiting" and not event.tries]


def test_once_works_on_everything_that_waits_and_exits(service: Service) -> None:
    service.stand_in.pay(service.begin())
    for event in service.stand_in.events():
        assert service.post_event(event).status_code == 200
    declined = a_declined_donation(service)

    done = flask("worker", "--once", folder=ROOT, **settings(service))

    assert done.returncode == 0, done.stderr
    assert stored(service)[declined["id"]].state == "handled"
    assert untried(service) == [], done.stdout


def test_once_exits_when_nothing_waits(sqlite_url: str) -> None:
    done = flask("worker", "--once", DATABASE_URL=sqlite_url)

    assert (done.returncode, done.stderr) == (0, "")


def test_an_event_that_may_get_company_is_not_due_at_once(service: Service) -> None:
    event = a_declined_donation(service)
    kept = stored(service)[event["id"]]

    assert 0 < kept.due_at - kept.received_at.timestamp() <= 3
    service.work()
    assert states(service) == ["handled"]


def test_once_leaves_what_backs_off_and_what_is_parked(service: Service) -> None:
    a_declined_donation(service)
    with service.database.transaction() as session:
        (event,) = stored(service).values()
        event.tries, event.due_at = 1, wall_seconds() + 60
        session.merge(event)

    service.work()

    assert states(service) == ["waiting"]


def test_once_sits_out_a_lease_on_what_waits_only(service: Service) -> None:
    with service.database.transaction() as session:
        session.add(EventClaim(object_key="invoice in_1", token="of a dead worker", leased_until=wall_seconds() + 60))

    service.work()

    assert states(service) == []


def test_a_stopped_worker_takes_nothing_more(service: Service) -> None:
    a_declined_donation(service)
    worker = Worker(service.database, service.app.extensions["worker_gateway"])

    worker.stop()
    worker.run_once()
    worker.run()

    assert states(service) == ["waiting"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_running_worker_handles_what_comes_and_ends_when_told(service: Service, number: signal.Signals) -> None:
    with worker_program(**settings(service)) as worker:
        service.stand_in.pay(service.begin())
        told = service.stand_in.events()
        for event in told:
            assert service.post_event(event).status_code == 200
        until_tried(service)

        assert worker.stop(number) == 0
    (paid,) = [event["id"] for event in told if event["type"] == "checkout.session.completed"]
    assert stored(service)[paid].state == "handled"


def until_tried(service: Service) -> None:
    """Return once nothing waits any more that was not tried."""
    give_up = wall_seconds() + 30
    while left := untried(service):
        assert wall_seconds() < give_up, left
