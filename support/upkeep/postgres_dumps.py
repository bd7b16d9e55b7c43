"""PostgreSQL: its own programs write and read the backup. See backups.Backups for each method."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.upkeep.refusals import BadBackup

if TYPE_CHECKING:
    from pathlib import Path

    from support.db import Database

_REVISION = re.compile(r"^COPY \S*alembic_version .*\n(\w+)$", re.MULTILINE)
_SET_ASIDE = ("ALTER SCHEMA public RENAME TO before_restore", "CREATE SCHEMA public")
_PUT_BACK = ("DROP SCHEMA public CASCADE", "ALTER SCHEMA before_restore RENAME TO public")
_LET_GO = ("DROP SCHEMA IF EXISTS before_restore CASCADE",)


class PostgresDumps:
    """pg_dump and pg_restore, found on PATH; they must be as new as the server."""

    def __init__(self, database: Database) -> None:
        self._engine = database.engine
        self._url = database.url.set(drivername="postgresql")

    def save(self, path: Path) -> None:
        """In pg_dump's own format: one snapshot."""
        self._run("pg_dump", "--format=custom", f"--file={path}", self._database())

    def revision_of(self, path: Path) -> str:
        """After all of it was unpacked once."""
        self._run("pg_restore", f"--file={os.devnull}", str(path))
        rows = self._run("pg_restore", "--data-only", "--table=alembic_version", "--file=-", str(path))
        found = _REVISION.search(rows)
        if found is None:
            raise BadBackup(f"{path} is no backup of this service")
        return found[1]

    def is_empty(self) -> bool:
        """No table at all."""
        return not sa.inspect(self._engine).get_table_names()

    def bring_back(self, path: Path) -> None:
        """Into an empty schema, in one transaction; what was there stands aside until that has succeeded.

        Dropping it by pg_restore's --clean would not do: it knows only the tables of the backup, not newer ones.
        """
        was_empty = self.is_empty()
        if not was_empty:
            self._execute(_SET_ASIDE)
        how = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--schema=public")
        try:
            self._run("pg_restore", *how, self._database(), str(path))
        except BaseException:
            if not was_empty:
                self._execute(_PUT_BACK)
            raise
        self._execute(_LET_GO)

    def _execute(self, statements: tuple[str, ...]) -> None:
        with self._engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def _database(self) -> str:
        """Its address without the password, which everybody on this machine could read."""
        return f"--dbname={self._url.set(password=None).render_as_string(hide_password=False)}"

    def _run(self, program: str, *arguments: str) -> str:
        found = shutil.which(program)
        if found is None:
            needed = "install PostgreSQL's client programs (Debian: postgresql-client), as new as the server"
            raise BadBackup(f"{program} is not on PATH: {needed}")
        secret = {"PGPASSWORD": self._url.password} if self._url.password else {}
        done = subprocess.run(  # noqa: S603  # no shell, and every argument is ours
            [found, *arguments], env=os.environ | secret, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise BadBackup(" ".join(done.stderr.split())[:500] or f"{program} ended with {done.returncode}")
        return done.stdout
