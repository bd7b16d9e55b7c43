"""What tests share: databases, the stand-in Stripe, the running service. Nothing of ours is patched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from demo.stripe.hooks import Hook
from tests.chromium import chromium, new_context
from tests.databases import PostgresDatabases, SqliteDatabases, postgres_server, quick_folder
from tests.services import SECRET, Service, StandIn, running_service, running_stand_in

__all__ = ["chromium", "new_context"]

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that are given more time than most go first: at the end nobody waits for the last of them."""
    items.sort(key=lambda item: item.get_closest_marker("timeout") is None)


@pytest.fixture(scope="session")
def sqlite_databases() -> Iterator[SqliteDatabases]:
    """Copies of a migrated SQLite file, in memory."""
    with quick_folder("support-sqlite-", 1) as folder:
        yield SqliteDatabases(folder)


@pytest.fixture(scope="session")
def postgres_databases() -> Iterator[PostgresDatabases]:
    """Copies of a migrated PostgreSQL database, in memory."""
    # Not below pytest's own folder: every pytest that starts closes that to other users, the server's among them.
    with quick_folder("support-postgres-", 6) as folder:
        for url in postgres_server(folder):
            databases = PostgresDatabases(url)
            yield databases
            databases.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated database of this test's own: every test runs once on each kind."""
    kinds = {"sqlite": "sqlite_databases", "postgresql": "postgres_databases"}
    databases: SqliteDatabases | PostgresDatabases = request.getfixturevalue(kinds[request.param])
    yield (url := databases.new())
    databases.drop(url)


@pytest.fixture
def sqlite_url(sqlite_databases: SqliteDatabases) -> Iterator[str]:
    """A migrated SQLite database, for what does not depend on the kind."""
    yield (url := sqlite_databases.new())
    sqlite_databases.drop(url)


@pytest.fixture(scope="session")
def stand_in_server() -> Iterator[StandIn]:
    """One stand-in Stripe for all tests of this process."""
    with running_stand_in() as stand_in:
        yield stand_in


@pytest.fixture
def stand_in(stand_in_server: StandIn) -> Iterator[StandIn]:
    """The stand-in without faults; what happened before this test is known and left out."""
    stand_in_server.events()
    yield stand_in_server
    stand_in_server.control("faults")


@pytest.fixture
def moving_service(database_url: str, tmp_path: Path) -> Iterator[Service]:
    """The service with a stand-in of its own, whose clock both follow: `stand_in.control("clock", advance=…)`.

    Stripe knows a webhook there that nothing reaches.
    """
    clock_file = tmp_path / "clock"
    with (
        running_stand_in(clock_file, Hook("we_tests", "http://127.0.0.1:9/", SECRET)) as stand_in,
        running_service(database_url, stand_in, clock_file=clock_file) as running,
    ):
        yield running


@pytest.fixture
def service(database_url: str, stand_in: StandIn) -> Iterator[Service]:
    """The service, running on this test's database."""
    with running_service(database_url, stand_in) as running:
        yield running
