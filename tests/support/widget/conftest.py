"""The service for tests that only look: one for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.services import Service, running_service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.databases import SqliteDatabases
    from tests.services import StandIn

NEWSROOM_PAGES = {
    "newsroom_terms_url": "http://localhost:8000/terms",
    "newsroom_privacy_url": "http://localhost:8000/privacy",
}


@pytest.fixture(scope="module")
def support(sqlite_databases: SqliteDatabases, stand_in_server: StandIn) -> Iterator[Service]:
    """The service with its first campaign."""
    with running_service(sqlite_databases.new(), stand_in_server, **NEWSROOM_PAGES) as running:
        yield running
