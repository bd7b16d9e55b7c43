"""Operators hear of what needs them, by mail and by /metrics."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import requests
import sqlalchemy as sa

from support import clock
from support.emails.models import Mail
from tests.services import running_service
from webhooks.alarms import look_for_alarms
from webhooks.models import StripeEvent
from webhooks.queries import InboxHealth
from webhooks.rules import alarms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.services import Service, StandIn

HOUR = 3600.0


@pytest.fixture
def watched_over(database_url: str, stand_in: StandIn) -> Iterator[Service]:
    """The service with somebody to tell, and two events in its inbox."""
    with running_service(database_url, stand_in, alarm_mail="operators@example.com") as service:
        service.stand_in.pay(service.begin(interval="once", amount="10"))
        for event in service.stand_in.events()[:2]:
            assert service.post_event(event).status_code == 200
        yield service


def look(service: Service) -> list[str]:
    """The subjects of the alarms in the outbox, after a look."""
    with service.app.app_context():
        look_for_alarms()
    with service.database.reading() as session:
        return list(session.scalars(sa.select(Mail.subject).where(Mail.name == "alarm").order_by(Mail.id)))


def change(service: Service, **values: object) -> None:
    with service.database.transaction() as session:
        session.execute(sa.update(StripeEvent).values(**values))


def figures(service: Service) -> dict[str, float]:
    answer = requests.get(f"{service.url}/metrics", timeout=10)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_nothing_is_told_while_all_is_well(watched_over: Service) -> None:
    watched_over.work()
    assert look(watched_over) == []


def test_an_event_that_waits_for_a_minute_is_told_once_an_hour(watched_over: Service) -> None:
    change(watched_over, state="waiting", due_at=clock.wall_seconds() - 70)
    assert look(watched_over) == ["Alarm: Events from Stripe have been waiting for 70 seconds"]
    assert len(look(watched_over)) == 1


def test_a_parked_event_is_told(watched_over: Service) -> None:
    watched_over.work()
    change(watched_over, state="parked")
    assert look(watched_over) == ["Alarm: 2 events from Stripe could not be handled and are parked"]


def test_silence_is_told(watched_over: Service) -> None:
    watched_over.work()
    change(watched_over, received_at=clock.now() - timedelta(hours=30))
    assert look(watched_over) == ["Alarm: No event has come from Stripe for 30 hours"]


def test_metrics_say_the_same(watched_over: Service) -> None:
    change(watched_over, state="waiting", due_at=clock.wall_seconds() - 70)
    found = figures(watched_over)
    assert found['support_events{state="waiting"}'] == 2
    assert found['support_events{state="parked"}'] == 0
    assert 69 < found["support_events_oldest_waiting_seconds"] < 100
    assert found["support_mails_waiting"] == 0


@pytest.mark.parametrize(
    ("silent", "usual_gap", "is_told"),
    [(23 * HOUR, 60.0, False), (25 * HOUR, 60.0, True), (25 * HOUR, HOUR, False), (61 * HOUR, HOUR, True)],
)
def test_silence_is_measured_by_what_is_usual(silent: float, usual_gap: float, *, is_told: bool) -> None:
    health = InboxHealth(waiting=0, parked=0, oldest_waiting=0.0, silent=silent, usual_gap=usual_gap)
    assert [alarm.name for alarm in alarms(health)] == (["silence"] if is_told else [])


def test_before_the_first_event_nobody_is_alarmed() -> None:
    health = InboxHealth(waiting=0, parked=0, oldest_waiting=59.0, silent=None, usual_gap=None)
    assert alarms(health) == []
