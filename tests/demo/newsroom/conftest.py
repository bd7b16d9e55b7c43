"""The newsroom, running."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.demo.newsroom.running import Newsroom, running_newsroom

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.databases import SqliteDatabases
    from tests.services import StandIn


@pytest.fixture(scope="module")
def newsroom(sqlite_databases: SqliteDatabases, stand_in_server: StandIn) -> Iterator[Newsroom]:
    """One newsroom for the tests of a module: readers differ, it stays."""
    with running_newsroom(sqlite_databases.new(), stand_in_server) as running:
        yield running
