"""The service on SQLite alone: the architecture is the same on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.services import Service, StandIn, running_service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.databases import SqliteDatabases


@pytest.fixture(scope="module")
def sqlite_service(sqlite_databases: SqliteDatabases, stand_in_server: StandIn) -> Iterator[Service]:
    """One running service for a whole file; its tests change nothing."""
    with running_service(sqlite_databases.new(), stand_in_server) as running:
        yield running
