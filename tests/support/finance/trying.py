"""Writes that a test looks at and nobody keeps."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.db import Database


@contextmanager
def undone(database: Database) -> Iterator[Session]:
    """A transaction that may write and is undone in the end."""
    connection = database.engine.execution_options(is_writing=True).connect()
    session = Session(connection)
    yield session
    session.close()
    connection.rollback()
    connection.close()
