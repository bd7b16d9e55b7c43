"""Web and worker are killed, and faults strike, while events come in; then the rows are held against the oracle."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.db import Database
from tests.drills.faults import Ground
from tests.drills.processes import WORKER, Program, free_port, stand_in_program, web_program, worker_program
from tests.drills.senders import Senders
from tests.drills.sent import DONATION, MONTHLY, TOLD_ONCE, Oracle, events_of, oracle_of
from tests.drills.strikes import Strikes, end_waits
from tests.drills.stripe_lists import ledger_at_stripe, ledger_of
from tests.services import StandIn, running_service
from tests.webhooks.rows import rows
from webhooks.models import StripeEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.drills.faults import Fault
    from tests.drills.sent import Event

LATEST_KILL_SECONDS = 0.5
TROUBLE = ("unexpected error", "could not be handled", "Traceback")


@dataclass(frozen=True)
class Plan:
    """How large a drill is. `worker` is the program that handles events; `seconds` is its patience at the end.

    `skips_leases`: what a killed worker held is free at once, as if fifteen seconds had gone by.
    """

    payments: int
    web_kills: int
    worker_kills: int
    kinds: Sequence[str] = (DONATION, MONTHLY, TOLD_ONCE)
    worker: tuple[str, ...] = WORKER
    skips_leases: bool = False
    seconds: float = 60
    faults: Sequence[Fault] = ()


@dataclass
class Outcome:
    """What a drill found. `differences` is empty when nothing was lost and the rows equal the oracle.

    `recoveries`: for each fault, how many seconds after its end whatever had waited until then was handled.
    """

    events: int
    statuses: Counter[int]
    web_kills: int = 0
    worker_kills: int = 0
    recoveries: list[float] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)


class Victim:
    """A program that is killed at random moments after it is ready, started again, and at last left alive.

    Whoever holds `calm` keeps it alive meanwhile.
    """

    def __init__(self, start: Callable[[], Program], kills: int, dice: random.Random) -> None:
        self._start = start
        self._moments = [dice.uniform(0, LATEST_KILL_SECONDS) for _ in range(kills)]
        self.calm = threading.Lock()
        self.has_begun = threading.Event()
        self.kills = 0
        self.said: list[str] = []
        self.alive: Program | None = None

    def suffer(self, ready: Callable[[], None]) -> None:
        """Run through all kills; `ready` is called each time it is up."""
        self.alive = self._start()
        self.has_begun.set()
        for seconds in self._moments:
            ready()
            time.sleep(seconds)
            with self.calm:
                self.end()
                self.kills += 1
                self.alive = self._start()

    def end(self) -> None:
        """Kill it."""
        if self.alive is not None:
            self.alive.kill()
            self.said += self.alive.said
            self.alive = None

    @property
    def complaints(self) -> int:
        """How many lines of its log are warnings or errors."""
        said = self.said + (self.alive.said if self.alive is not None else [])
        return sum('"level":"info"' not in line for line in said)

    @property
    def trouble(self) -> list[str]:
        """What it should never have said."""
        return [line for line in self.said if any(words in line for words in TROUBLE)]


def run(database_url: str, plan: Plan, seed: int) -> Outcome:
    """Make payments, send their events through all kills, wait until nothing waits, compare."""
    dice = random.Random(seed)  # noqa: S311
    stand_in, stripe_base = stand_in_program(":memory:")
    settings = {"DATABASE_URL": database_url, "STRIPE_API_BASE": stripe_base, "STRIPE_READS_PER_SECOND": "10000"}
    database = Database(database_url)
    try:
        with stand_in:
            with running_service(database_url, StandIn(stripe_base)) as service:
                events = events_of(service, plan.payments, plan.kinds)
            outcome = _suffer_and_compare(plan, events, settings, dice, database)
            outcome.differences += _compared("entry", ledger_of(database), ledger_at_stripe(service))
    finally:
        database.engine.dispose()
    return outcome


def _suffer_and_compare(
    plan: Plan, events: list[Event], settings: dict[str, str], dice: random.Random, database: Database
) -> Outcome:
    port = str(free_port())
    # For each fault one that is at work, one that comes meanwhile, and one for whoever still has to feel it.
    shares = 1 + plan.web_kills + plan.worker_kills + 3 * len(plan.faults)
    senders = Senders(f"http://localhost:{port}", events, dice, shares)
    web = Victim(lambda: web_program(**settings, PORT=port)[0], plan.web_kills, dice)
    worker = Victim(lambda: worker_program(*plan.worker, **settings), plan.worker_kills, dice)
    ground = Ground(
        settings["DATABASE_URL"],
        StandIn(settings["STRIPE_API_BASE"]),
        refusals=lambda: senders.statuses[503],
        complaints=lambda: worker.complaints,
        send_more=senders.allow_more,
        programs=lambda: [victim.alive.process.pid for victim in (web, worker) if victim.alive is not None],
    )
    strikes = Strikes(ground, plan.faults, database, (web, worker))
    try:
        sending = senders.start()
        with ThreadPoolExecutor(3) as pool:
            for suffering in [pool.submit(one.suffer, senders.allow_more) for one in (web, worker, strikes)]:
                suffering.result()
        senders.allow_all()
        sending.result()
        if plan.skips_leases:
            end_waits(database)
        outcome = Outcome(len(events), senders.statuses, web.kills, worker.kills, recoveries=strikes.recoveries)
        outcome.differences += _still_waiting(database, plan.seconds)
    finally:
        senders.stop()
        web.end()
        worker.end()
    outcome.differences += [*_lost(database, senders), *_differences(database, oracle_of(events))]
    outcome.differences += web.trouble + worker.trouble + strikes.trouble
    return outcome


def _still_waiting(database: Database, seconds: float) -> list[str]:
    give_up = time.monotonic() + seconds
    waiting = sa.select(StripeEvent.stripe_event_id, StripeEvent.reason).where(StripeEvent.state == "waiting")
    while True:
        with database.reading() as session:
            found = session.execute(waiting).all()
        if not found or time.monotonic() > give_up:
            return [f"still waits: {event_id} {reason}" for event_id, reason in found]
        time.sleep(0.1)


def _lost(database: Database, senders: Senders) -> list[str]:
    with database.reading() as session:
        known = session.execute(sa.select(StripeEvent.stripe_event_id, StripeEvent.state)).all()
    lost = senders.acknowledged - {event_id for event_id, _ in known}
    odd = [f"answered {status}" for status in senders.statuses if status not in {0, 200, 503}]
    return [
        *(f"acknowledged and lost: {event_id}" for event_id in sorted(lost)),
        *(f"parked: {event_id}" for event_id, state in known if state == "parked"),
        *odd,
    ]


def _differences(database: Database, oracle: Oracle) -> list[str]:
    found = rows(database)
    totals: Counter[str] = Counter()
    for payment in found.payments:
        if payment[7] is not None:
            totals[payment[7]] += payment[2]
    return [
        *_compared("payment", {row[0]: (row[2], row[3]) for row in found.payments}, oracle.payments),
        *_compared("membership", {row[0]: row[1] for row in found.memberships}, oracle.memberships),
        *_compared("period", {row[0]: (row[3], row[1], row[2]) for row in found.periods}, oracle.periods),
        *_compared("total of", dict(totals), dict(oracle.totals)),
    ]


def _compared(what: str, found: Mapping[str, object], expected: Mapping[str, object]) -> list[str]:
    return [
        f"{what} {key}: {found.get(key)} instead of {expected.get(key)}"
        for key in sorted(found.keys() | expected.keys())
        if found.get(key) != expected.get(key)
    ]
