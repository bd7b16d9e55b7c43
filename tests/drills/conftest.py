"""Drills ask more of the database than other tests do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.databases import SqliteDatabases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.databases import PostgresDatabases


@pytest.fixture(scope="module", autouse=True)
def durable(postgres_databases: PostgresDatabases) -> Iterator[None]:
    """PostgreSQL has what it has committed on disk, as an operator's has."""
    postgres_databases.fsync("on")
    yield
    postgres_databases.fsync("off")


@pytest.fixture(scope="session")
def sqlite_databases(sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    """SQLite waits for a disk, too."""
    return SqliteDatabases(tmp_path_factory.mktemp("drills"), sqlite_databases.template)
