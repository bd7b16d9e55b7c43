"""Save everything into one file while the service goes on, and bring it back."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING, Protocol

from support.db import revisions
from support.upkeep.postgres_dumps import PostgresDumps
from support.upkeep.refusals import BadBackup
from support.upkeep.sqlite_copies import SqliteCopies

if TYPE_CHECKING:
    from pathlib import Path

    from support.db import Database


class Backups(Protocol):
    """How one kind of database is saved and brought back. Every method raises BadBackup."""

    def save(self, path: Path) -> None:
        """Write everything that is committed now into the empty file `path`; writers go on meanwhile."""

    def revision_of(self, path: Path) -> str:
        """The migration at which the backup `path` was made, once all of it has been read."""

    def is_empty(self) -> bool:
        """Whether there is nothing to lose in the database."""

    def bring_back(self, path: Path) -> None:
        """Put the backup in the place of everything that is there; if that fails, nothing has changed."""


def backups_of(database: Database) -> Backups:
    """For this kind of database."""
    return SqliteCopies(database) if database.is_sqlite else PostgresDumps(database)


def back_up(database: Database, target: Path) -> None:
    """Make the file `target`, whole and for our eyes alone, or none. Raises BadBackup."""
    if target.exists():
        raise BadBackup(f"{target} is there already: a backup never overwrites anything")
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)) as file:
            backups = backups_of(database)
            backups.save(part)
            _require_ours(backups, part)
            os.fsync(file.fileno())
        part.rename(target)
    except OSError as error:
        raise BadBackup(f"{target}: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)


def restore(database: Database, path: Path, *, may_replace: bool) -> None:
    """Bring the backup back. Raises BadBackup, and then has changed nothing."""
    backups = backups_of(database)
    if not path.is_file():
        raise BadBackup(f"{path} is no file")
    _require_ours(backups, path)
    if not may_replace and not backups.is_empty():
        raise BadBackup("the database is not empty: say --replace to lose what is in it")
    database.engine.dispose()
    backups.bring_back(path)


def _require_ours(backups: Backups, path: Path) -> None:
    revision = backups.revision_of(path)
    if revision not in revisions():
        raise BadBackup(f"{path} is of migration {revision}, which this version of the service does not know")
