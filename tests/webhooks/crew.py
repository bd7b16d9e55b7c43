"""Two workers at the same inbox, and whoever else looks at Stripe beside them."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import requests
import sqlalchemy as sa

from support import chores
from support.sync.walk import Walk
from tests.webhooks.workers import Thread, another_database, gateway_by
from webhooks.models import StripeEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from support.db import Database
    from support.gateway.client import Gateway
    from tests.services import Service
    from webhooks.worker import Worker

PASSES = 5


@dataclass(frozen=True)
class Crew:
    """Each has connections of its own."""

    service: Service
    databases: Sequence[Database]
    worker: type[Worker]

    def work(self, *others: Callable[[], None]) -> None:
        """Both workers and the others at once, until the last is done."""
        working = [Thread(partial(self._work, database)) for database in self.databases]
        for thread in [*working, *map(Thread, others)]:
            thread.end()

    def finish(self) -> None:
        """Work until nothing waits: a try that came too early is made again at once, not in ten seconds."""
        for _ in range(PASSES):
            self.work()
            if not self._in_state("waiting"):
                break
            with self.service.database.transaction() as session:
                session.execute(sa.update(StripeEvent).values(due_at=0))
        assert self._in_state("waiting", "parked") == []

    def reconcile(self) -> None:
        """What `flask reconcile` does."""
        name, database = "reconcile", self.service.database
        with self.service.app.app_context(), chores.taken(database, name):
            Walk(database, self._gateway(), name, None).run()

    def thank(self, session_id: str) -> None:
        """The reader comes back from Stripe's page."""
        address = f"{self.service.url}/checkout/thanks"
        answer = requests.get(address, {"session_id": session_id}, allow_redirects=False, timeout=30)
        assert answer.status_code == 303

    def _work(self, database: Database) -> None:
        with self.service.app.app_context():
            self.worker(database, self._gateway(), threads=2).run_once()

    def _gateway(self) -> Gateway:
        return gateway_by(self.service, self.service.stand_in.base)

    def _in_state(self, *states: str) -> list[tuple[str, str]]:
        wanted = sa.select(StripeEvent.type, StripeEvent.reason).where(StripeEvent.state.in_(states))
        with self.service.database.reading() as session:
            return [(row.type, row.reason) for row in session.execute(wanted)]


@contextmanager
def a_crew(service: Service, worker: type[Worker]) -> Iterator[Crew]:
    """Two workers, until the end of the test."""
    with ExitStack() as stack:
        databases = [stack.enter_context(another_database(service)) for _ in range(2)]
        yield Crew(service, databases, worker)
