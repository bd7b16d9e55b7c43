"""What strikes while a drill goes on: a fault begins, lasts until it is felt, and ends before it returns."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
import sqlalchemy as sa

from tests.drills.disks import no_room_for

if TYPE_CHECKING:
    from tests.drills.disks import SmallDisk
    from tests.drills.servers import OwnServer
    from tests.services import StandIn

# The worker asks Stripe again for twenty seconds before it puts an event off.
FELT_WITHIN_SECONDS = 40
STRIPE_SECONDS = 0.7


@dataclass(frozen=True)
class Ground:
    """What can be struck, and how it is felt: events refused by the web process, complaints in the worker's log.

    `send_more` lets more events come; `programs` are the groups of their processes.
    """

    database_url: str
    stand_in: StandIn
    refusals: Callable[[], int]
    complaints: Callable[[], int]
    send_more: Callable[[], None]
    programs: Callable[[], list[int]]


Fault = Callable[[Ground], None]


def ended_connections(ground: Ground) -> None:
    """Every connection to the drill's database is ended, three times over."""
    url = sa.make_url(ground.database_url)
    server = url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
    with psycopg.connect(server, autocommit=True) as connection:
        for _ in range(3):
            connection.execute(end, (url.database,))
            time.sleep(0.05)


def restarted_by(server: OwnServer, how: str) -> Fault:
    """PostgreSQL stops, `fast` or `immediate`, and starts again once an event was refused for it."""

    def strike(ground: Ground) -> None:
        before = ground.refusals()
        server.stop(how)
        try:
            _until_one_is_refused(ground, before)
        finally:
            server.start()

    return strike


def full(disk: SmallDisk) -> Fault:
    """No byte is left on the disk of the database until an event was refused for it."""

    def strike(ground: Ground) -> None:
        before = ground.refusals()
        _give_back_the_log(ground.database_url)
        with disk.full():
            _until_one_is_refused(ground, before)

    return strike


def no_room(ground: Ground) -> None:
    """Our programs can write to no file until an event was refused for it."""
    before = ground.refusals()
    with no_room_for(ground.programs()):
        _until_one_is_refused(ground, before)


def _give_back_the_log(database_url: str) -> None:
    """What SQLite's log has once taken it writes over, and would feel no full disk for megabytes."""
    engine = sa.create_engine(database_url)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 10000")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()


def _until_one_is_refused(ground: Ground, before: int) -> None:
    """What was allowed may all have come before the fault began."""
    ground.send_more()
    _wait_for_more(ground.refusals, before)


def _stripe(ground: Ground, *, seconds: float = STRIPE_SECONDS, **how: Any) -> None:
    ground.stand_in.control("faults", **how)
    time.sleep(seconds)
    ground.stand_in.control("faults")


def busy_stripe(ground: Ground) -> None:
    """Stripe answers 429 until an event had to be put off."""
    before = ground.complaints()
    ground.stand_in.control("faults", api_status=429)
    _wait_for_more(ground.complaints, before)
    ground.stand_in.control("faults")


broken_stripe: Fault = partial(_stripe, api_status=503, api_rate=0.8)
cut_stripe: Fault = partial(_stripe, api_reset=True, api_rate=0.8)
slow_stripe: Fault = partial(_stripe, api_delay=0.3)


def silent_stripe(ground: Ground) -> None:
    """Longer than the worker's patience; over when everybody who asked meanwhile has given up."""
    _stripe(ground, api_delay=22)
    time.sleep(22)


STRIPE_FAULTS = (busy_stripe, broken_stripe, cut_stripe, slow_stripe)


def _wait_for_more(count: Callable[[], int], before: int) -> None:
    give_up = time.monotonic() + FELT_WITHIN_SECONDS
    while count() == before:
        assert time.monotonic() < give_up, "nobody felt the fault"
        time.sleep(0.02)
