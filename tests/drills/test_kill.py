"""No acknowledged event is lost and every cent is counted once, whenever web and worker are killed with SIGKILL."""

from __future__ import annotations

import sys

import pytest

from tests.drills.drill import Outcome, Plan, run
from tests.drills.sent import TOLD_ONCE

SHORT = Plan(payments=24, web_kills=2, worker_kills=3, skips_leases=True)
LONG = Plan(payments=300, web_kills=40, worker_kills=40, seconds=120)
PLANTED = Plan(
    payments=30,
    web_kills=0,
    worker_kills=5,
    kinds=(TOLD_ONCE,),
    worker=("-m", "tests.drills.planted"),
    skips_leases=True,
)


def _say(outcome: Outcome) -> None:
    """For whoever runs it with -s."""
    kills = f"{outcome.web_kills} web and {outcome.worker_kills} worker kills"
    sys.stdout.write(f"\n{outcome.events} events, {kills}, answers {dict(outcome.statuses)}\n")


@pytest.mark.timeout(180)
def test_nothing_is_lost_or_counted_twice_through_some_kills(database_url: str) -> None:
    outcome = run(database_url, SHORT, seed=1)
    _say(outcome)

    assert outcome.events >= 120
    assert outcome.differences == []


@pytest.mark.drill
@pytest.mark.timeout(180)
def test_the_drill_finds_a_worker_that_marks_before_it_has_done_the_work(sqlite_url: str) -> None:
    outcome = run(sqlite_url, PLANTED, seed=1)
    _say(outcome)

    missing = [difference for difference in outcome.differences if difference.startswith("payment ")]
    assert missing, "the planted bug went unseen"
    assert all(": None instead of " in difference for difference in missing)


@pytest.mark.drill
@pytest.mark.timeout(1200)
def test_nothing_is_lost_or_counted_twice_through_eighty_kills(database_url: str) -> None:
    outcome = run(database_url, LONG, seed=2)
    _say(outcome)

    assert outcome.events >= 2000
    assert (outcome.web_kills, outcome.worker_kills) == (40, 40)
    assert outcome.differences == []
