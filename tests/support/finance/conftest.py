"""Generated books in a database of each kind, which the tests here only read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.db import Database
from tests.support.finance.books import generate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.databases import PostgresDatabases, SqliteDatabases
    from tests.support.finance.facts import Books


@pytest.fixture(scope="package", params=["sqlite", "postgresql"])
def written(request: pytest.FixtureRequest) -> Iterator[tuple[Database, Books]]:
    """A database and what was written into it."""
    if request.param == "sqlite":
        sqlite: SqliteDatabases = request.getfixturevalue("sqlite_databases")
        database = Database(sqlite.new())
        yield database, generate(database, months=5, supporters=500)
        database.engine.dispose()
    else:
        postgres: PostgresDatabases = request.getfixturevalue("postgres_databases")
        url = postgres.new()
        database = Database(url)
        yield database, generate(database, months=5, supporters=500)
        database.engine.dispose()
        postgres.drop(url)
