"""The faults of a drill, one after another; after each of them the inbox must be emptied soon."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.clock import wall_seconds
from webhooks.models import EventClaim, StripeEvent
from webhooks.queries import inbox_health

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from support.db import Database
    from tests.drills.drill import Victim
    from tests.drills.faults import Fault, Ground

PATIENCE = 60
SOON_SECONDS = 5
_BETWEEN_LOOKS = 0.1
# Between two holds of the same locks: those who wait for them come first.
_FOR_KILLS = 0.5
# Longer than any work on one object: a lease that is ended again and again would let nobody finish.
_BETWEEN_LEASES = 3.0


class Strikes:
    """`recoveries`: for each fault, seconds from its end until all that had waited was handled."""

    def __init__(self, ground: Ground, faults: Sequence[Fault], database: Database, victims: Sequence[Victim]) -> None:
        self._ground = ground
        self._faults = faults
        self._database = database
        self._victims = victims
        self.recoveries: list[float] = []
        self.trouble: list[str] = []

    def suffer(self, ready: Callable[[], None]) -> None:
        """Strike once all victims have begun, while they live; `ready` is called before each and once work began.

        Whoever was to be killed meanwhile is killed right after it; then all live until they have recovered.
        """
        for victim in self._victims:
            assert victim.has_begun.wait(PATIENCE), "it never began"
        for number, fault in enumerate(self._faults):
            with self._all_alive():
                ready()
                self._let_work_begin()
                ready()
                fault(self._ground)
            time.sleep(_FOR_KILLS)
            with self._all_alive():
                self._recover(f"fault {number}")

    def _let_work_begin(self) -> None:
        """A fault that meets nobody at work shows nothing: some of what was allowed to come has come."""
        give_up = time.monotonic() + SOON_SECONDS
        while time.monotonic() < give_up:
            with self._database.reading() as session:
                if inbox_health(session).waiting:
                    return
            time.sleep(_BETWEEN_LOOKS / 5)

    @contextmanager
    def _all_alive(self) -> Iterator[None]:
        """Nobody is killed until the block ends."""
        with ExitStack() as calm:
            for victim in self._victims:
                calm.enter_context(victim.calm)
            yield

    def _recover(self, name: str) -> None:
        self._database.engine.dispose()  # the drill's own connections were ended with the others
        began = time.monotonic()
        next_leases = 0.0
        while (waited := time.monotonic() - began) < PATIENCE:
            if waited >= next_leases:
                end_waits(self._database)
                next_leases += _BETWEEN_LEASES
            end_pauses(self._database)
            with self._database.reading() as session:
                oldest = inbox_health(session).oldest_waiting
            if oldest < min(SOON_SECONDS, time.monotonic() - began):
                self.recoveries.append(waited)
                return
            time.sleep(_BETWEEN_LOOKS)
        self.trouble.append(f"after {name} an event has waited for {oldest} s")


def end_waits(database: Database) -> None:
    """What anybody held is free and what waits is due, as if fifteen seconds had gone by."""
    with database.transaction() as session:
        session.execute(sa.update(EventClaim).values(leased_until=0))
    end_pauses(database)


def end_pauses(database: Database) -> None:
    """What failed is due now: a drill has no ten seconds to an hour for each, and how long they are is tested apart."""
    later = (StripeEvent.state == "waiting", StripeEvent.due_at > wall_seconds())
    with database.transaction() as session:
        session.execute(sa.update(StripeEvent).where(*later).values(due_at=wall_seconds()))
