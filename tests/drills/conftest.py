"""Drills ask more of the database than other tests do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.databases import PostgresDatabases


@pytest.fixture(scope="module", autouse=True)
def durable(postgres_databases: PostgresDatabases) -> Iterator[None]:
    """PostgreSQL has what it has committed on disk, as an operator's has."""
    postgres_databases.fsync("on")
    yield
    postgres_databases.fsync("off")
