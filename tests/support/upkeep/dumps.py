"""Everything that a database holds, to look for what must not be there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.db import Database

if TYPE_CHECKING:
    from collections.abc import Iterator


def places_of(canary: str, database_url: str) -> list[str]:
    """`table.column` for every value that contains the canary, however its letters are cased."""
    database = Database(database_url)
    with database.engine.connect() as connection:
        found = [place for place, value in _values(connection) if canary.lower() in value.lower()]
    database.engine.dispose()
    return found


def _values(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    tables = sa.MetaData()
    tables.reflect(connection)
    for table in tables.tables.values():
        for row in connection.execute(sa.select(table)).mappings():
            for column, value in row.items():
                text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
                yield f"{table.name}.{column}", text
