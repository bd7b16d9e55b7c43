"""SQLite: one file, copied whole while others write. See backups.Backups for each method."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from support.upkeep.refusals import BadBackup

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from support.db import Database

_PATIENCE_SECONDS = 1


class SqliteCopies:
    """Copies by SQLite itself: a plain copy of the file would miss what is still in the log beside it."""

    def __init__(self, database: Database) -> None:
        self._path = str(database.url.database)
        # The driver that the service uses: its SQLite is the one that is safe.
        self._driver: Any = database.engine.dialect.loaded_dbapi

    def save(self, path: Path) -> None:
        """By VACUUM INTO: one reading transaction, and what was deleted is not copied."""
        with self._trouble("the database cannot be read"), closing(self._connect()) as connection:
            connection.execute("VACUUM INTO ?", (str(path),))

    def revision_of(self, path: Path) -> str:
        """After a check of every page."""
        with self._trouble(f"{path} is no backup, or it is damaged"), closing(self._reading(path)) as connection:
            (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            if verdict != "ok":
                raise BadBackup(f"{path} is damaged")
            (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(revision)

    def is_empty(self) -> bool:
        """No table at all."""
        with self._trouble(f"{self._path} is damaged: move it away first"), closing(self._connect()) as connection:
            return connection.execute("SELECT name FROM sqlite_master LIMIT 1").fetchone() is None

    def bring_back(self, path: Path) -> None:
        """One writing transaction over all pages, so that a crash leaves the old or the new."""
        busy = "another process writes to the database: stop the service and the worker first"
        with self._trouble(busy), closing(self._reading(path)) as source, closing(self._connect()) as target:
            # The copy itself would wait for others without end.
            target.execute("BEGIN IMMEDIATE")
            target.execute("ROLLBACK")
            source.backup(target)

    def _connect(self) -> sqlite3.Connection:
        connection: sqlite3.Connection = self._driver.connect(self._path, timeout=_PATIENCE_SECONDS)
        connection.isolation_level = None
        return connection

    def _reading(self, path: Path) -> sqlite3.Connection:
        connection: sqlite3.Connection = self._driver.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        return connection

    @contextmanager
    def _trouble(self, meaning: str) -> Iterator[None]:
        try:
            yield
        except (self._driver.Error, TypeError) as error:  # TypeError: a table without the row that is asked for
            raise BadBackup(meaning) from error
