"""The inbox on its page: how it does, filters, one page after the other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from tests.support.desk.staffing import Colleague, a_colleague
from tests.support.readers import buy
from tests.webhooks.events import an_event, stored
from tests.webhooks.recording import ago, listed, shown, text_of, walked
from webhooks.models import EventTry, StripeEvent

if TYPE_CHECKING:
    from tests.services import Service


def test_the_health_counts_and_measures(service: Service) -> None:
    buy(service, service.browser())
    finance = a_colleague(service, "finance")
    handled = sum(one.state == "handled" for one in stored(service).values())
    with service.database.transaction() as session:
        for place, one in enumerate(session.scalars(sa.select(EventTry).order_by(EventTry.id))):
            received_at = session.get_one(StripeEvent, one.stripe_event_id).received_at
            one.ended_at = received_at + timedelta(seconds=90 if place == 0 else 0.25)
    assert service.post_event(an_event()).status_code == 200
    front = shown(finance, "/finance/events")
    assert f"Waiting 1 of them backing off 0 Parked 0 Handled in the last hour {handled}" in front
    assert f"Handled in the last day {handled} From received to handled, median 250 ms" in front
    assert "99 of 100 within 90.0 s" in front

    ago(service, hours=3)
    front = shown(finance, "/finance/events")
    assert f"Handled in the last hour 0 Handled in the last day {handled}" in front


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("state=lost", "state"),
        ("type=charge%20succeeded", "type"),
        ("type=%27--", "type"),
        ("object=%E2%80%93", "object"),
        ("object=a%20b%20c", "object"),
        ("day=2026-02-30", "day"),
        ("day=0001-01-01", "day"),
        ("after=nowhere", "after"),
        ("again=many", "again"),
        ("colour=red", "colour"),
        ("state=parked&state=waiting", "state"),
        ("object=" + "x" * 301, "object"),
    ],
)
def test_a_bad_filter_is_refused_by_name(finance: Colleague, address: str, field: str) -> None:
    answer = finance.get(f"/finance/events?{address}")
    assert answer.status_code == 422
    assert f'id="{field}-about"' in answer.text or f"{field}: " in text_of(answer.text)


@pytest.mark.parametrize("path", ["?before=0", "?before=x", "/1?after=-1", "/1?before=1"])
def test_bad_places_among_differences_are_refused(finance: Colleague, path: str) -> None:
    assert finance.get(f"/finance/events/differences{path}").status_code == 422


def test_pages_follow_each_other_under_any_filter(finance: Colleague) -> None:
    database, now = finance.service.database, datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    with database.transaction() as session:
        for number in range(120):
            kept = {"body_hash": "", "due_at": 0, "object_key": f"charge ch_{number % 3}", "reason": ""}
            session.add(
                StripeEvent(
                    stripe_event_id=f"evt_{number:03}",
                    type="charge.updated" if number % 2 else "charge.succeeded",
                    state=("handled", "ignored", "parked", "waiting")[number % 4],
                    received_at=now + timedelta(hours=number // 10),  # ten come at one moment
                    **kept,
                )
            )
    every = [f"evt_{number:03}" for number in reversed(range(120))]
    filters: dict[str, list[str]] = {
        "": every,
        "state=ignored": [one for one in every if int(one[4:]) % 4 == 1],
        "state=parked&type=charge.succeeded": [one for one in every if int(one[4:]) % 4 == 2],
        "type=charge.updated": [one for one in every if int(one[4:]) % 2],
        "object=ch_1": [one for one in every if int(one[4:]) % 3 == 1],
        "object=charge%20ch_1&type=": [one for one in every if int(one[4:]) % 3 == 1],
        "day=2026-03-01": every[-10:],
        "day=2026-03-02&state=": every[:-10],
        "object=ch_9": [],
        "object=evt_007": ["evt_007"],
    }
    for asked, wanted in filters.items():
        assert walked(finance, f"/finance/events?{asked}", listed) == wanted, asked
