"""The database: SQLite for one machine, PostgreSQL for more. Sessions, column types, migrations' start check.

`transaction()` writes and commits; `reading()` only reads. A function that takes a `session` never commits and never
touches the network.
"""

from __future__ import annotations

import functools
import sqlite3
import threading
import time
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import psycopg
import sqlalchemy as sa
from flask import current_app
from sqlalchemy import event
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from config.settings import SettingsError

try:  # the wheel carries a fixed SQLite; where there is none (not Linux), the start check below decides
    import pysqlite3 as sqlite_driver
except ImportError:  # pragma: no cover
    sqlite_driver = sqlite3

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from flask import Flask
    from sqlalchemy.engine import Connection, Dialect, ExceptionContext

T = TypeVar("T")
MIGRATIONS = Path(__file__).parent / "migrations"
_BUSY_SECONDS = 5
_TRUSTED_SECONDS = 1.0


class UtcDateTime(sa.TypeDecorator[datetime]):
    """An aware moment, kept and returned in UTC on both databases; a naive one is refused."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


BigInt = sa.BigInteger().with_variant(sa.Integer, "sqlite")


class Base(DeclarativeBase):
    """Every table. Constraint names follow one convention, so that migrations can name them on both databases."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {
        datetime: UtcDateTime(),
        int: BigInt,
        dict[str, Any]: sa.JSON(),
        list[int]: sa.JSON(),
        list[str]: sa.JSON(),
    }


def one_of(column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    """A named CHECK that a text column holds one of a few words."""
    words = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({words})", name=column)


class Database:
    """One engine and its sessions."""

    def __init__(self, url: str) -> None:
        self.url = sa.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(self.url) if self.is_sqlite else _postgresql_engine(self.url)
        self._writing = sessionmaker(self.engine.execution_options(is_writing=True), expire_on_commit=False)
        self._reading = sessionmaker(self.engine, expire_on_commit=False)
        still = self.engine if self.is_sqlite else self.engine.execution_options(isolation_level="REPEATABLE READ")
        self._standing_still = sessionmaker(still, expire_on_commit=False)
        # SQLite lets one write at a time and the others try again and again; in one process they can wait in a row.
        self._turn: AbstractContextManager[object] = threading.Lock() if self.is_sqlite else nullcontext()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One transaction that may write: committed at the end, rolled back on any exception."""
        with self._turn, self._writing.begin() as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One transaction that only reads; on SQLite it waits for no writer."""
        with self._reading() as session:
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """The same, but all of it sees what was there at its first statement: figures that must agree with each other.

        On SQLite every transaction does.
        """
        with self._standing_still() as session:
            yield session

    def transact(self, work: Callable[[Session], T]) -> T:
        """`work(session)` in one transaction, once more if a UNIQUE constraint says that somebody else was first.

        The second time the other's row is committed and visible, so `work` must look before it inserts.
        """
        try:
            with self.transaction() as session:
                return work(session)
        except sa.exc.IntegrityError:
            with self.transaction() as session:
                return work(session)


def init_app(app: Flask, url: str) -> None:
    """Open the database of this app (connections are made when first needed)."""
    app.extensions["database"] = Database(url)


def current_database() -> Database:
    """The database of the app that is running."""
    database: Database = current_app.extensions["database"]
    return database


@functools.cache
def revisions() -> frozenset[str]:
    """Every migration's number: the files are named by it. A web process need not load Alembic to know them."""
    return frozenset(path.name.partition("_")[0] for path in MIGRATIONS.glob("versions/[0-9]*_*.py"))


def newest_revision() -> str:
    """The newest migration's number."""
    return max(revisions())


def has_pending_migrations(database: Database) -> bool:
    """Whether the database is not at the newest migration."""
    with database.engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return True
        current: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return current != newest_revision()


def refuse_affected_sqlite(version: tuple[int, int, int]) -> None:
    """End the program if this SQLite can lose committed rows in WAL mode (the WAL-reset bug).

    Affected: 3.7.0 to 3.51.2 and the withdrawn 3.52.0, except 3.44.6 and later 3.44, 3.50.7 and later 3.50.
    Source: sqlite.org/wal.html, section "The WAL-Reset Bug".
    """
    is_backported = any(version[:2] == fixed[:2] and version >= fixed for fixed in ((3, 44, 6), (3, 50, 7)))
    is_affected = (3, 7, 0) <= version < (3, 51, 3) and not is_backported
    if is_affected or version == (3, 52, 0):
        name = ".".join(map(str, version))
        raise SettingsError(f"DATABASE_URL: SQLite {name} can lose committed rows; install the pysqlite3 package")


def _sqlite_engine(url: sa.URL) -> sa.Engine:
    refuse_affected_sqlite(sqlite_driver.sqlite_version_info)
    engine = sa.create_engine(
        url.set(drivername="sqlite+pysqlite"),
        module=sqlite_driver,
        connect_args={"timeout": _BUSY_SECONDS},
        hide_parameters=True,  # an error that nobody expected is logged: it must not say whom it was about
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        # secure_delete: what is erased leaves the file, too.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A writer takes the lock at once: a reader that turns into a writer half-way fails instead of waiting.
        is_writing = connection.get_execution_options().get("is_writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")

    return engine


def _postgresql_engine(url: sa.URL) -> sa.Engine:
    settings = {"statement_timeout": "30000", "lock_timeout": "5000", "jit": "off", "timezone": "UTC"}
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    engine = sa.create_engine(url, connect_args={"connect_timeout": 3, "options": options}, hide_parameters=True)

    @event.listens_for(engine, "checkin")
    def _note(_connection: Any, record: Any) -> None:
        record.info["used_at"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _try(connection: Any, record: Any, _proxy: object) -> None:
        # The server may have gone meanwhile. A try before every use would cost more than most of our statements.
        if time.monotonic() - record.info.get("used_at", time.monotonic()) > _TRUSTED_SECONDS:
            _ping(connection)

    @event.listens_for(engine, "handle_error")
    def _leave_out_the_row(context: ExceptionContext) -> None:
        """PostgreSQL adds the row that it refuses to what it says, addresses and all: only its first line is kept."""
        for error in (context.original_exception, context.sqlalchemy_exception):
            if error is not None and error.args:
                error.args = (str(error.args[0]).partition("\n")[0], *error.args[1:])

    return engine


def _ping(connection: Any) -> None:
    """Raise DisconnectionError, for which the pool takes another connection."""
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except psycopg.Error as error:
        raise sa.exc.DisconnectionError from error


def on_first_content(app: Flask, load: Callable[[Session], None]) -> None:
    """Run `load` after every `flask db upgrade`; it fills its tables only when they are empty."""
    app.extensions.setdefault("first_content", []).append(load)


def load_first_content(app: Flask) -> None:
    """Fill the tables that are still empty: campaigns, the gate, the first signing key."""
    with app.app_context(), current_database().transaction() as session:
        for load in app.extensions.get("first_content", []):
            load(session)
