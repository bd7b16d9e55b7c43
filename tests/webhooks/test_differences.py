"""What reconcile found is on the pages of the flight recorder, run by run."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from support import clock
from support.sync.models import Difference, ReconcileRun
from tests.support.desk.staffing import a_colleague
from tests.support.readers import rows as all_rows
from tests.support.sync.walking import listed, run
from tests.webhooks.recording import shown, walked
from tests.webhooks.workers import impatient

if TYPE_CHECKING:
    from tests.services import Service
    from tests.support.desk.staffing import Colleague


@pytest.fixture
def missed(moving_service: Service) -> Service:
    """A donation and its payout, of which no event came."""
    session_id = moving_service.begin(interval="once", amount="50", email="reader@example.com")
    assert moving_service.stand_in.pay(session_id).status_code == 200
    moving_service.stand_in.control("clock", advance=60)
    moving_service.stand_in.control("clock", advance=7 * 86400)
    moving_service.stand_in.control("payout")
    moving_service.stand_in.control("clock", advance=3 * 86400)
    return moving_service


def runs(who: Colleague) -> list[str]:
    """Addresses of the runs, the newest first."""
    return re.findall(r'href="(/finance/events/differences/\d+)"', who.get("/finance/events/differences").text)


def test_what_a_run_found_is_listed_with_what_it_is_here(missed: Service) -> None:
    code, output = run(missed, "reconcile", "--by", "daily timer")
    assert code == 0, output
    assert "1 differed" in output
    run(missed, "reconcile")
    finance = a_colleague(missed, "finance")

    second, first = runs(finance)
    assert "It found nothing that differed." in shown(finance, second)
    assert "By command line Ended 20" in shown(finance, second)
    page = shown(finance, first)
    assert "By daily timer Ended 20" in page
    charge = listed(missed, "charges")[0]["id"]
    assert f"charge {charge} differed payment 1 , supporter 1" in page
    assert re.search(r"checkout session cs_\w+ differed checkout 1, supporter 1", page)
    assert re.search(r"payout po_(\w+) differed payout po_\1", page)
    assert page.count(" differed ") == len(all_rows(missed, Difference))
    for link in re.findall(r'href="(/finance/(?:payments|supporters|payouts)/[^"]+)"', finance.get(first).text):
        assert finance.get(link).status_code == 200
    found = shown(finance, f"/finance/events?object=charge%20{charge}")
    assert "There is no such event." in found


def test_a_run_that_broke_off_is_told(missed: Service) -> None:
    missed.stand_in.control("faults", api_status=503)
    with impatient(missed), missed.app.app_context():
        assert run(missed, "reconcile", "--days", "1")[0] != 0
    missed.stand_in.control("faults")
    finance = a_colleague(missed, "finance")
    assert "not yet, or it broke off command line" in shown(finance, "/finance/events/differences")


def test_runs_go_after_90_days_with_what_they_found(missed: Service) -> None:
    run(missed, "reconcile")
    with missed.database.transaction() as session:
        session.execute(sa.update(ReconcileRun).values(started_at=clock.now() - timedelta(days=91)))
    run(missed, "reconcile")

    code, output = run(missed, "prune")

    assert code == 0, output
    assert len(all_rows(missed, ReconcileRun)) == 1
    assert all_rows(missed, Difference) == []
    finance = a_colleague(missed, "finance")
    assert finance.get("/finance/events/differences/1").status_code == 404


def test_runs_and_what_they_found_come_page_by_page(missed: Service) -> None:
    with missed.database.transaction() as session:
        for number in range(1, 46):
            session.add(ReconcileRun(by=f"run {number}", since=None, started_at=clock.now()))
        session.flush()
        for number in range(120):
            session.add(Difference(run_id=45, kind="charge", stripe_id=f"ch_{number}", word="waiting"))
    finance = a_colleague(missed, "finance")
    numbers = partial(re.findall, r"<td>run (\d+)")
    assert walked(finance, "/finance/events/differences", numbers) == [str(one) for one in range(45, 0, -1)]
    numbers = partial(re.findall, r">ch_(\d+)<")
    assert walked(finance, "/finance/events/differences/45", numbers) == [str(one) for one in range(120)]
