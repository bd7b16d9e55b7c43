"""Where events wait: one row per Stripe event id, committed before Stripe gets its 200."""

from __future__ import annotations

import logging
import queue
import threading
import time
from typing import TYPE_CHECKING, Protocol

import psycopg
from flask import current_app
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus

from support.errors import ServiceUnavailable
from support.sql import insert
from webhooks.envelopes import COLUMNS
from webhooks.models import StripeEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from psycopg.pq.abc import PGconn, PGresult
    from sqlalchemy.orm import Session

    from support.db import Database
    from webhooks.envelopes import Row

log = logging.getLogger(__name__)

CHANNEL = "stripe_events"
_WAKE_SECONDS = 0.02
_STATEMENT = b"store"
_FORMATS = [int(column == "body") for column in COLUMNS]  # 1: bytes as they are
_OPTIONS = "-c statement_timeout=5000"


class Inbox(Protocol):
    """Keeps events."""

    def store(self, row: Row) -> None:
        """Return once the event is committed, now or earlier. Raises ServiceUnavailable if it is not."""

    def close(self) -> None:
        """Give connections back."""


class PostgresInbox:
    """One prepared INSERT by libpq itself on a connection that stays open; the worker is notified after the commit.

    The driver's cursor, and a pool above it, take and give back the interpreter's lock several times for each event:
    with a few threads at once that costs more than the INSERT.
    """

    def __init__(self, database: Database) -> None:
        self._url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        places = ", ".join(f"${number}" for number in range(1, len(COLUMNS) + 1))
        self._insert = (
            f"INSERT INTO stripe_events ({', '.join(COLUMNS)}) VALUES ({places}) "  # noqa: S608  # our own columns
            "ON CONFLICT (stripe_event_id) DO NOTHING"
        ).encode()
        self._idle: list[psycopg.Connection] = []
        self._waker = _Waker(self._notify)

    def store(self, row: Row) -> None:
        """See Inbox."""
        values = [value if value is None or isinstance(value, bytes) else str(value).encode() for value in row]
        try:
            self._put(self._connection(), values)
        except psycopg.Error:  # gone, or a server that only reads; the same INSERT is safe to repeat
            self.close()
            try:
                self._put(self._connect(), values)
            except psycopg.Error as error:
                raise ServiceUnavailable from error
        self._waker.wake()

    def close(self) -> None:
        """See Inbox."""
        while self._idle:
            self._idle.pop().close()

    def _put(self, connection: psycopg.Connection, values: list[bytes | None]) -> None:
        self._ask(connection, lambda line: line.exec_prepared(_STATEMENT, values, _FORMATS))  # type: ignore[arg-type]  # None is NULL
        self._idle.append(connection)

    def _notify(self) -> None:
        connection = self._connection()
        self._ask(connection, lambda line: line.exec_(f"NOTIFY {CHANNEL}".encode()))
        self._idle.append(connection)

    def _connection(self) -> psycopg.Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return self._connect()

    def _connect(self) -> psycopg.Connection:
        connection = psycopg.connect(self._url, autocommit=True, connect_timeout=3, options=_OPTIONS)
        self._ask(connection, lambda line: line.prepare(_STATEMENT, self._insert))
        return connection

    def _ask(self, connection: psycopg.Connection, ask: Callable[[PGconn], PGresult]) -> None:
        try:
            done = ask(connection.pgconn)
            if done.status != ExecStatus.COMMAND_OK:
                raise error_from_result(done)
        except psycopg.Error:
            connection.close()
            raise


class _Waker:
    """NOTIFY in its own transaction, at most one per 20 ms: inside the INSERT's it would serialize the commits."""

    def __init__(self, notify: Callable[[], None]) -> None:
        self._notify = notify
        self._asked = threading.Event()
        self._started = threading.Lock()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        self._asked.set()
        if self._thread is None:
            with self._started:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="inbox waker", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        while True:
            self._asked.wait()
            self._asked.clear()
            try:
                self._notify()
            except psycopg.Error:
                log.warning("could not wake the worker; it looks every second anyway")
            time.sleep(_WAKE_SECONDS)


class SqliteInbox:
    """One writer thread that commits what has gathered: several writers would wait for each other's lock by polling."""

    _AT_ONCE = 100
    _PATIENCE_SECONDS = 10

    def __init__(self, database: Database) -> None:
        self._engine = database.engine
        self._queue: queue.SimpleQueue[_Waiting] = queue.SimpleQueue()
        self._started = threading.Lock()
        self._thread: threading.Thread | None = None
        places = ", ".join("?" * len(COLUMNS))
        self._insert = (
            f"INSERT INTO stripe_events ({', '.join(COLUMNS)}) VALUES ({places}) "  # noqa: S608  # our own columns
            "ON CONFLICT (stripe_event_id) DO NOTHING"
        )

    def store(self, row: Row) -> None:
        """See Inbox."""
        self._start()
        received_at = row[-1].replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
        waiting = _Waiting((*row[:-1], received_at))
        self._queue.put(waiting)
        if not waiting.is_done.acquire(timeout=self._PATIENCE_SECONDS):
            raise ServiceUnavailable
        if isinstance(waiting.error, self._engine.dialect.loaded_dbapi.Error):
            raise ServiceUnavailable from waiting.error
        if waiting.error is not None:
            raise waiting.error

    def close(self) -> None:
        """See Inbox: the connection is the database's own."""

    def _start(self) -> None:
        if self._thread is None:
            with self._started:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="inbox writer", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        while True:
            gathered = [self._queue.get()]
            while len(gathered) < self._AT_ONCE and not self._queue.empty():
                gathered.append(self._queue.get())
            error = self._commit([waiting.row for waiting in gathered])
            for waiting in gathered:
                waiting.error = error
                waiting.is_done.release()

    def _commit(self, rows: Sequence[Row]) -> Exception | None:
        """By the driver itself, which keeps the interpreter's lock only between statements."""
        try:
            connection = self._engine.raw_connection()
            try:
                cursor = connection.cursor()
                cursor.execute("BEGIN IMMEDIATE")
                cursor.executemany(self._insert, rows)
                cursor.execute("COMMIT")
            finally:
                connection.close()  # back to the pool, which rolls back what is not committed
        except Exception as error:  # noqa: BLE001  # whoever waits gets it; the thread goes on for the others
            return error
        return None


class _Waiting:
    """A row that a request waits for: a bare lock wakes it sooner than a Future would."""

    __slots__ = ("error", "is_done", "row")

    def __init__(self, row: Row) -> None:
        self.row = row
        self.error: Exception | None = None
        self.is_done = threading.Lock()
        self.is_done.acquire()


def keep(session: Session, rows: Sequence[Row]) -> int:
    """Put rows that we fetched into the inbox, in the caller's transaction; how many of them were not there."""
    if not rows:
        return 0
    values = [dict(zip(COLUMNS, row, strict=True)) | {"is_backfilled": True} for row in rows]
    kept = insert(session, StripeEvent).on_conflict_do_nothing(index_elements=["stripe_event_id"])
    return len(session.execute(kept.returning(StripeEvent.stripe_event_id), values).all())


def new_inbox(database: Database) -> Inbox:
    """The inbox for this database; threads begin with the first event, in the process that takes it."""
    return SqliteInbox(database) if database.is_sqlite else PostgresInbox(database)


def current_inbox() -> Inbox:
    """The inbox of the app that is running."""
    inbox: Inbox = current_app.extensions["inbox"]
    return inbox
