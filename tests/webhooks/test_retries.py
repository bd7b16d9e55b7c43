"""What fails is tried again: Stripe's trouble for three days, anything else five times, then it is parked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from support.checkout.models import Checkout
from tests.webhooks.events import stored
from tests.webhooks.rows import rows
from tests.webhooks.workers import impatient
from webhooks.models import StripeEvent
from webhooks.retries import Again, Park, after_other_failure, after_passing_failure

if TYPE_CHECKING:
    from tests.services import Service

THREE_DAYS = 3 * 24 * 3600

OUTAGES: dict[str, dict[str, Any]] = {
    "too many requests": {"api_status": 429},
    "an internal error": {"api_status": 500},
    "unavailable": {"api_status": 503},
    "a conflict": {"api_status": 409},
    "an ended connection": {"api_reset": True},
    "no answer in time": {"api_delay": 1.5},
}


def test_a_passing_failure_waits_from_ten_seconds_to_an_hour_for_three_days() -> None:
    waits = [after_passing_failure(tries, failing_for=0) for tries in range(1, 12)]

    assert waits == [Again(min(10.0 * 2**number, 3600)) for number in range(11)]
    assert after_passing_failure(10_000, THREE_DAYS - 1) == Again(3600)
    assert after_passing_failure(10_000, THREE_DAYS) == Park()


def test_any_other_failure_is_tried_five_times_within_two_minutes() -> None:
    waits = [after_other_failure(tries) for tries in range(1, 6)]

    pauses = [wait.seconds for wait in waits[:4] if isinstance(wait, Again)]
    assert len(pauses) == 4
    assert sum(pauses) <= 120
    assert waits[4] == Park()


@pytest.fixture
def paid(service: Service) -> Service:
    """A donation was paid, and its `charge.succeeded` waits in the inbox."""
    service.stand_in.pay(service.begin(interval="once", amount="60"))
    (event,) = [one for one in service.stand_in.events() if one["type"] == "charge.succeeded"]
    assert service.post_event(event).status_code == 200
    return service


def the_event(service: Service) -> StripeEvent:
    """The only event in the inbox."""
    (event,) = stored(service).values()
    return event


def work(service: Service) -> None:
    """`flask worker --once`, impatient."""
    with impatient(service):
        service.work()


def change(service: Service, **values: Any) -> None:
    """Move the event in time."""
    with service.database.transaction() as session:
        session.execute(sa.update(StripeEvent).values(**values))


def command(service: Service, *arguments: str) -> tuple[int, str]:
    """`flask webhooks …`: its exit code and what it prints."""
    done = service.app.test_cli_runner().invoke(args=["webhooks", *arguments])
    return done.exit_code, done.output


@pytest.mark.parametrize("fault", OUTAGES.values(), ids=OUTAGES)
def test_while_stripe_is_away_an_event_waits(paid: Service, fault: dict[str, Any]) -> None:
    paid.stand_in.control("faults", **fault)
    work(paid)

    event = the_event(paid)
    assert (event.state, event.tries, event.reason) == ("waiting", 1, "StripeUnavailable")
    assert event.due_at - (event.first_failed_at or 0) == pytest.approx(10)

    paid.stand_in.control("faults")
    work(paid)
    assert the_event(paid).state == "waiting", "it was tried before its time"
    change(paid, due_at=0)
    work(paid)
    assert the_event(paid).state == "handled"
    assert [payment[2] for payment in rows(paid.database).payments] == [6000]


def test_the_pauses_grow_and_after_three_days_it_is_parked(paid: Service) -> None:
    paid.stand_in.control("faults", api_status=503)
    pauses = []
    for _ in range(3):
        change(paid, due_at=0, first_failed_at=None)
        work(paid)
        event = the_event(paid)
        pauses.append(event.due_at - (event.first_failed_at or 0))
    change(paid, due_at=0, first_failed_at=StripeEvent.first_failed_at - THREE_DAYS)
    work(paid)

    assert pauses == pytest.approx([10, 20, 40])
    assert the_event(paid).state == "parked"


def test_what_stripe_refuses_is_parked_after_five_tries_seen_and_replayed(paid: Service) -> None:
    paid.stand_in.control("faults", api_status=400)
    for tries in range(1, 6):
        change(paid, due_at=0)
        work(paid)
        assert (the_event(paid).tries, the_event(paid).state) == (tries, "waiting" if tries < 5 else "parked")
    event = the_event(paid)
    paid.stand_in.control("faults")
    change(paid, due_at=0)
    work(paid)
    assert the_event(paid).state == "parked", "a parked event moved by itself"

    code, shown = command(paid, "failed")
    assert (code, shown.splitlines()) == (
        0,
        [f"{event.stripe_event_id}  parked  tries 5  charge.succeeded  {event.object_key}  StripeRefused"],
    )

    assert command(paid, "replay", event.stripe_event_id) == (0, "waiting\n")
    fresh = the_event(paid)
    assert (fresh.state, fresh.tries, fresh.first_failed_at, fresh.reason) == ("waiting", 0, None, "")
    work(paid)
    assert the_event(paid).state == "handled"
    assert command(paid, "failed") == (0, "")
    assert [payment[2] for payment in rows(paid.database).payments] == [6000]


def test_a_handled_event_replayed_changes_nothing(paid: Service) -> None:
    work(paid)
    before = rows(paid.database)

    assert command(paid, "replay", the_event(paid).stripe_event_id)[0] == 0
    assert the_event(paid).state == "waiting"
    work(paid)

    assert the_event(paid).state == "handled"
    assert rows(paid.database) == before


def test_replaying_what_is_not_there_says_so(service: Service) -> None:
    code, shown = command(service, "replay", "evt_nobody")

    assert code == 1
    assert "there is no event evt_nobody" in shown


def test_an_event_that_nothing_follows_from_is_not_replayed(service: Service) -> None:
    service.stand_in.pay(service.begin(interval="once"))
    (event,) = [one for one in service.stand_in.events() if one["type"] == "payment_intent.created"]
    service.deliver([event])

    code, shown = command(service, "replay", event["id"])

    assert code == 1
    assert "anything follows from" in shown
    assert the_event(service).state == "ignored"


def test_an_event_kept_before_its_type_was_handled_can_be_replayed(paid: Service) -> None:
    stripe_id = the_event(paid).object_key.partition(" ")[2]
    change(paid, state="ignored", object_key=f"stripes_name_for_it {stripe_id}")

    command(paid, "replay", the_event(paid).stripe_event_id)
    work(paid)

    assert the_event(paid).state == "handled"


def test_an_event_before_our_row_waits_for_it(paid: Service) -> None:
    with paid.database.transaction() as session:
        public_id = session.scalars(sa.select(Checkout.public_id)).one()
        session.execute(sa.update(Checkout).values(public_id="not-committed-yet"))
    work(paid)
    early = the_event(paid)
    with paid.database.transaction() as session:
        session.execute(sa.update(Checkout).values(public_id=public_id))
    change(paid, due_at=0)
    work(paid)

    assert (early.state, early.tries, early.reason) == ("waiting", 1, "NotYet")
    assert early.due_at - (early.first_failed_at or 0) == pytest.approx(10), "as patient as with Stripe's own trouble"
    assert the_event(paid).state == "handled"
    assert [payment[2] for payment in rows(paid.database).payments] == [6000]
