"""No acknowledged event is lost and every cent is counted once, whatever database, disk and Stripe do meanwhile."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from tests.databases import PostgresDatabases
from tests.drills.disks import small_disk
from tests.drills.drill import Outcome, Plan, run
from tests.drills.faults import (
    STRIPE_FAULTS,
    Fault,
    busy_stripe,
    ended_connections,
    full,
    no_room,
    restarted_by,
    silent_stripe,
)
from tests.drills.sent import TOLD_ONCE
from tests.drills.servers import OwnServer, own_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.databases import SqliteDatabases

PLANTED = ("-m", "tests.drills.planted")


@dataclass(frozen=True)
class Place:
    """A database, and what can strike it there."""

    url: str
    faults: tuple[Fault, ...]


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[OwnServer, PostgresDatabases]]:
    with own_server() as running:
        databases = PostgresDatabases(running.url)
        databases.fsync("on")
        yield running, databases


@pytest.fixture
def on_postgresql(server: tuple[OwnServer, PostgresDatabases]) -> Place:
    own, databases = server
    return Place(databases.new(), (restarted_by(own, "fast"), ended_connections, restarted_by(own, "immediate")))


@pytest.fixture
def on_a_small_disk(sqlite_databases: SqliteDatabases, tmp_path: Path) -> Iterator[Place]:
    made = sa.make_url(sqlite_databases.new()).database
    with small_disk(tmp_path / "disk") as disk:
        if disk is None:
            yield Place(f"sqlite:///{made}", (no_room,))
            return
        file = shutil.copy(str(made), disk.folder)
        yield Place(f"sqlite:///{file}", (full(disk),))


@pytest.fixture(params=["on_postgresql", "on_a_small_disk"])
def place(request: pytest.FixtureRequest) -> Place:
    found: Place = request.getfixturevalue(request.param)
    return found


def _say(outcome: Outcome) -> None:
    """For whoever runs it with -s."""
    seconds = " ".join(f"{one:.1f}" for one in outcome.recoveries)
    kills = f"{outcome.web_kills} web and {outcome.worker_kills} worker kills"
    sys.stdout.write(f"\n{outcome.events} events, {kills}, answers {dict(outcome.statuses)}\n")
    sys.stdout.write(f"{len(outcome.recoveries)} faults, recovered after {seconds} s\n")
    sys.stdout.writelines(f"{difference}\n" for difference in outcome.differences)


@pytest.mark.timeout(180)
def test_nothing_is_lost_or_counted_twice_through_one_fault_of_each_kind(place: Place) -> None:
    faults = (*place.faults, *STRIPE_FAULTS)
    outcome = run(place.url, Plan(payments=24, web_kills=0, worker_kills=0, faults=faults), seed=1)
    _say(outcome)

    assert outcome.events >= 120
    assert len(outcome.recoveries) == len(faults)
    assert outcome.statuses[503] > 0, "nobody felt the database's faults"
    assert outcome.differences == []


@pytest.mark.drill
@pytest.mark.timeout(180)
@pytest.mark.parametrize("kind", ["database", "Stripe"])
def test_each_kind_of_fault_finds_a_worker_that_marks_before_it_has_done_the_work(
    on_postgresql: Place, kind: str
) -> None:
    faults = {"database": on_postgresql.faults, "Stripe": (busy_stripe,)}[kind]
    # As many as a planted bug needs to be met by a fault in the middle of its work.
    plan = Plan(payments=60, web_kills=0, worker_kills=0, kinds=(TOLD_ONCE,), worker=PLANTED, faults=faults)
    outcome = run(on_postgresql.url, plan, seed=1)
    _say(outcome)

    missing = [difference for difference in outcome.differences if difference.startswith("payment ")]
    assert missing, "the planted bug went unseen"
    assert all(": None instead of " in difference for difference in missing)


@pytest.mark.drill
@pytest.mark.timeout(1200)
def test_nothing_is_lost_or_counted_twice_through_many_faults_and_kills(place: Place) -> None:
    faults = (*(*place.faults, *STRIPE_FAULTS) * 4, silent_stripe)
    outcome = run(place.url, Plan(payments=1275, web_kills=40, worker_kills=40, faults=faults, seconds=120), seed=2)
    _say(outcome)

    assert outcome.events >= 10_000
    assert len(outcome.recoveries) == len(faults)
    assert outcome.differences == []
