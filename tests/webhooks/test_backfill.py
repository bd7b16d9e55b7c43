"""What Stripe could not deliver is fetched, once, and from where a killed run stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from support.chores import Chore, taken
from support.errors import StripeUnavailable
from support.gateway import worker_gateway
from tests.webhooks.events import stored
from tests.webhooks.rows import rows
from tests.webhooks.workers import impatient
from webhooks.backfill import CHORE, backfill

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.services import Service
    from webhooks.backfill import BackfillReport


def run(service: Service, every: float = 0, progress: Callable[[int], None] = lambda _: None) -> BackfillReport | None:
    database = service.database
    with service.app.app_context(), taken(database, CHORE, every=every) as is_ours:
        return backfill(database, worker_gateway(), is_live=False, progress=progress) if is_ours else None


@pytest.fixture
def unheard(moving_service: Service) -> Service:
    """Twenty readers gave, and no event of it ever reached us: more than one page of them."""
    for number in range(20):
        session_id = moving_service.begin(interval="once", amount="50", email=f"reader{number}@example.com")
        assert moving_service.stand_in.pay(session_id).status_code == 200
    # What happens a moment later, such as the balance transactions, has happened.
    moving_service.stand_in.control("clock", advance=60)
    return moving_service


def test_everything_is_found_and_a_second_run_changes_nothing(unheard: Service) -> None:
    report = run(unheard)
    assert report is not None
    assert report.new == report.looked_at >= 60
    unheard.work()
    assert len(rows(unheard.database).payments) == 20

    before = rows(unheard.database)
    again = run(unheard)
    assert again is not None
    assert (again.looked_at, again.new) == (report.looked_at, 0)
    unheard.work()
    assert rows(unheard.database) == before


def test_a_run_that_broke_off_goes_on_where_it_stopped(unheard: Service) -> None:
    def stop_after_a_page(count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(unheard, progress=stop_after_a_page)
    kept = len(stored(unheard))
    assert kept > 0
    with unheard.database.reading() as session:
        assert session.scalar(sa.select(Chore.cursor).where(Chore.name == CHORE)) is not None
    rest = run(unheard)
    assert rest is not None
    assert rest.looked_at == rest.new
    unheard.work()
    assert len(rows(unheard.database).payments) == 20


def test_a_run_that_broke_off_at_an_event_that_stripe_keeps_no_more_begins_anew(unheard: Service) -> None:
    with unheard.database.transaction() as session:
        session.add(Chore(name=CHORE, leased_until=0, cursor="evt_of_last_month"))
    report = run(unheard)
    assert report is not None
    assert report.new >= 60


def test_of_two_at_once_one_does_it_and_not_before_its_time(unheard: Service) -> None:
    with unheard.database.transaction() as session:
        session.add(Chore(name=CHORE, leased_until=4_000_000_000))
    assert run(unheard) is None
    with unheard.database.transaction() as session:
        session.execute(sa.update(Chore).values(leased_until=0))
    assert run(unheard, every=3600) is not None
    assert run(unheard, every=3600) is None


def test_stripe_away_keeps_what_was_fetched(service: Service) -> None:
    service.stand_in.control("faults", api_status=429)
    with impatient(service), pytest.raises(StripeUnavailable):
        run(service)
    assert stored(service) == {}
