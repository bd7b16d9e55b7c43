"""Where the stand-in keeps everything: one SQLite file (or `:memory:`), one connection, one lock.

A transaction that was left through an exception leaves nothing behind; one that committed survives SIGKILL (WAL; only a
loss of power could lose it, which a stand-in may).
"""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, body TEXT NOT NULL, private TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, seq);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS idempotency (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, request_id TEXT NOT NULL, status INTEGER NOT NULL,
    body TEXT NOT NULL, created INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS idempotency_by_age ON idempotency (created);
CREATE TABLE IF NOT EXISTS tasks (id INTEGER PRIMARY KEY, due REAL NOT NULL, name TEXT NOT NULL, object TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS tasks_by_due ON tasks (due);
CREATE TABLE IF NOT EXISTS queue (
    id INTEGER PRIMARY KEY, event TEXT NOT NULL, attempt INTEGER NOT NULL, due REAL NOT NULL);
CREATE INDEX IF NOT EXISTS queue_by_due ON queue (due);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY, event TEXT NOT NULL, type TEXT NOT NULL, object TEXT, url TEXT NOT NULL,
    attempt INTEGER NOT NULL, status INTEGER, error TEXT, at REAL NOT NULL, seconds REAL NOT NULL);
"""

# :filters is {"$.path": [allowed, ...]}; every one must hold.
SELECT = """
SELECT body FROM objects WHERE kind = :kind AND seq > :above AND seq < :below
   AND json_extract(body, '$.created') BETWEEN :since AND :until
   AND NOT EXISTS (SELECT 1 FROM json_each(:filters) AS f WHERE NOT EXISTS (
       SELECT 1 FROM json_each(f.value) AS allowed WHERE allowed.value IS json_extract(objects.body, f.key)))
"""
NEWEST = SELECT + " ORDER BY seq DESC LIMIT :limit"
OLDEST = SELECT + " ORDER BY seq ASC LIMIT :limit"
FAR = 2**62


@dataclass(frozen=True)
class Span:
    """Part of a list: between two objects (by sequence) and between two moments (`created`, both included)."""

    above: int = 0
    below: int = FAR
    since: int = 0
    until: int = FAR


class Store:
    def __init__(self, file: str) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(SCHEMA)
        self._depth = 0
        self._loaded: dict[str, Json] = {}

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Alone with the state until the block ends. May be nested: only the outermost commits."""
        with self._lock:
            self._depth += 1
            try:
                if self._depth == 1:
                    self._loaded.clear()
                    self._db.execute("BEGIN IMMEDIATE")
                yield
            except BaseException:
                if self._depth == 1:
                    self._db.execute("ROLLBACK")
                raise
            else:
                if self._depth == 1:
                    self._db.execute("COMMIT")
            finally:
                self._depth -= 1

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    # Objects. Within one transaction the same id is the same dictionary, so that nobody saves a stale copy.

    def find(self, stripe_id: str) -> Json | None:
        if stripe_id not in self._loaded:
            found = self.rows("SELECT body FROM objects WHERE id = ?", stripe_id)
            if not found:
                return None
            self._loaded[stripe_id] = json.loads(found[0]["body"])
        return self._loaded[stripe_id]

    def save(self, document: Json) -> None:
        """Insert or update by id; the order of creation stays."""
        self.rows(
            "INSERT INTO objects (id, kind, body, private) VALUES (?, ?, ?, '{}') "
            "ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            document["id"],
            document["object"],
            json.dumps(document),
        )
        self._loaded[document["id"]] = document

    def private(self, stripe_id: str) -> Json:
        """What the account knows of an object and the API never shows."""
        found: Json = json.loads(self.rows("SELECT private FROM objects WHERE id = ?", stripe_id)[0]["private"])
        return found

    def keep_private(self, stripe_id: str, **facts: Any) -> None:
        merged = json.dumps(self.private(stripe_id) | facts)
        self.rows("UPDATE objects SET private = ? WHERE id = ?", merged, stripe_id)

    def sequence(self, kind: str, stripe_id: str) -> int | None:
        found = self.rows("SELECT seq FROM objects WHERE kind = ? AND id = ?", kind, stripe_id)
        return int(found[0]["seq"]) if found else None

    def select(
        self,
        kind: str,
        filters: dict[str, list[Any]],
        *,
        span: Span | None = None,
        limit: int = -1,
        oldest: bool = False,
    ) -> list[Json]:
        """Objects of a kind, newest first (`oldest`: the other way round), whose JSON paths have one of the values."""
        values = {"kind": kind, "filters": json.dumps(filters), "limit": limit} | vars(span or Span())
        with self._lock:
            found = self._db.execute(OLDEST if oldest else NEWEST, values).fetchall()
        return [json.loads(row["body"]) for row in found]

    # Settings

    def setting(self, name: str, default: str) -> str:
        found = self.rows("SELECT value FROM settings WHERE name = ?", name)
        return str(found[0]["value"]) if found else default

    def set(self, name: str, value: str) -> None:
        self.rows(
            "INSERT INTO settings VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value
        )
