"""Services for tests that need no database of both kinds, and for those that listen to what we say to Stripe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from demo.stripe.hooks import Hook
from tests.services import SECRET, Service, StandIn, running_service, running_stand_in
from tests.support.mailbox import Mailed, running_mailed
from tests.support.notices.stories import Telling
from tests.support.wire import Wire, recording

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.databases import SqliteDatabases


@dataclass
class Watched(Service):
    """A service whose calls to Stripe are kept on `wire`."""

    wire: Wire


@pytest.fixture
def sqlite_service(sqlite_url: str, stand_in: StandIn) -> Iterator[Service]:
    """The service on a SQLite database of this test's own."""
    with running_service(sqlite_url, stand_in) as running:
        yield running


@pytest.fixture
def mailed(database_url: str, stand_in: StandIn) -> Iterator[Mailed]:
    """The service and its mailbox, on this test's database."""
    with running_mailed(database_url, stand_in) as running:
        yield running


@pytest.fixture
def sqlite_mailed(sqlite_url: str, stand_in: StandIn) -> Iterator[Mailed]:
    """The same on SQLite, for what does not depend on the database."""
    with running_mailed(sqlite_url, stand_in) as running:
        yield running


@pytest.fixture
def telling(database_url: str, tmp_path: Path) -> Iterator[Telling]:
    """The service, a mailbox, and a stand-in of its own whose clock both follow."""
    clock_file = tmp_path / "clock"
    with (
        running_stand_in(clock_file, Hook("we_tests", "http://127.0.0.1:9/", SECRET)) as stand_in,
        running_mailed(
            database_url, stand_in, clock_file=clock_file, newsroom_legal="The Test Courier, 1 Example Street"
        ) as running,
    ):
        yield Telling(**vars(running))


@pytest.fixture
def watched(sqlite_url: str, stand_in: StandIn) -> Iterator[Watched]:
    """The service, listened to."""
    with recording(stand_in) as wire, running_service(sqlite_url, wire.stand_in) as running:
        yield Watched(running.url, running.app, running.settings, stand_in, wire)


@pytest.fixture(scope="module")
def refusing(sqlite_databases: SqliteDatabases, stand_in_server: StandIn) -> Iterator[Watched]:
    """One listened-to service for a whole file of what it must refuse: nothing may change in it."""
    with (
        recording(stand_in_server) as wire,
        running_service(sqlite_databases.new(), wire.stand_in) as running,
    ):
        yield Watched(running.url, running.app, running.settings, stand_in_server, wire)


@pytest.fixture
def kept(database_url: str, stand_in: StandIn, tmp_path: Path) -> Iterator[Mailed]:
    """The service with its mailbox and erase log, on this test's database."""
    with running_mailed(database_url, stand_in, erase_log=tmp_path / "erase.log") as running:
        yield running


@pytest.fixture
def sqlite_kept(sqlite_url: str, stand_in: StandIn, tmp_path: Path) -> Iterator[Mailed]:
    """The same on SQLite."""
    with running_mailed(sqlite_url, stand_in, erase_log=tmp_path / "erase.log") as running:
        yield running
