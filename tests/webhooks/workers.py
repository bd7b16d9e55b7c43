"""Workers beside the service's own: each with its own connections to database and Stripe, as another process has."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.db import Database
from support.gateway.calling import WEB, Patience
from support.gateway.client import Gateway
from webhooks.models import EventClaim
from webhooks.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from tests.services import Service

PATIENT = Patience(connect=5, read=30, total=30)
# One try: our worker tries again for half a minute.
IMPATIENT = Patience(connect=1, read=1, total=1)


@contextmanager
def another_database(service: Service) -> Iterator[Database]:
    """The service's database, by connections of its own."""
    database = Database(service.settings.database_url)
    try:
        yield database
    finally:
        database.engine.dispose()


def gateway_by(service: Service, base: str, patience: Patience = PATIENT) -> Gateway:
    """A gateway that takes `base` for Stripe."""
    return Gateway(service.settings.stripe_api_key, base, patience)


@contextmanager
def asking(
    service: Service, base: str, patience: Patience = PATIENT, gateway: str = "worker_gateway"
) -> Iterator[None]:
    """Until the block ends the service's commands and worker (or another `gateway`) take `base` for Stripe."""
    gateways = service.app.extensions
    usual = gateways[gateway]
    gateways[gateway] = gateway_by(service, base, patience)
    yield
    gateways[gateway] = usual


def impatient(service: Service) -> AbstractContextManager[None]:
    """Until the block ends they ask Stripe once, not for half a minute."""
    return asking(service, service.stand_in.base, IMPATIENT)


def as_readers_wait(service: Service) -> AbstractContextManager[None]:
    """Until the block ends the web threads are as impatient as in the real service (see `SLOW_MACHINE`)."""
    return asking(service, service.settings.stripe_api_base, WEB, "gateway")


def run_once(service: Service, base: str) -> None:
    """`flask worker --once` of another process."""
    with service.app.app_context(), another_database(service) as database:
        Worker(database, gateway_by(service, base)).run_once()


class Thread(threading.Thread):
    """A thread whose failure is the test's."""

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self.error: BaseException | None = None
        self.start()

    def run(self) -> None:
        """See threading.Thread."""
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001  # raised again by `end`
            self.error = error

    def end(self) -> None:
        """Wait for the end, and raise what was raised there."""
        self.join(30)
        assert not self.is_alive(), "it does not end"
        if self.error is not None:
            raise self.error


def end_leases(service: Service) -> None:
    """As if fifteen seconds had gone by without a renewal: the holder is dead, or asleep."""
    with service.database.transaction() as session:
        session.execute(sa.update(EventClaim).values(leased_until=0))
