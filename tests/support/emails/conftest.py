"""A service with a mailbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.mailbox import Mailed, running_mailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.services import StandIn


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
