"""Where the stand-in keeps everything: one SQLite file (or `:memory:`), one connection, one lock.

A transaction that was left through an exception leaves nothing behind; one that committed survives SIGKILL (WAL; only a
loss of power could lose it, which a stand-in may).
"""

import functools
import itertools
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson

Json = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, created INTEGER NOT NULL,
    body TEXT NOT NULL, private TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, created, seq);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS idempotency (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, request_id TEXT NOT NULL, status INTEGER NOT NULL,
    body TEXT NOT NULL, created INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS idempotency_by_age ON idempotency (created);
CREATE TABLE IF NOT EXISTS tasks (id INTEGER PRIMARY KEY, due REAL NOT NULL, name TEXT NOT NULL, object TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS tasks_by_due ON tasks (due);
CREATE TABLE IF NOT EXISTS queue (
    id INTEGER PRIMARY KEY, event TEXT NOT NULL, hook TEXT NOT NULL, attempt INTEGER NOT NULL, due REAL NOT NULL);
CREATE INDEX IF NOT EXISTS queue_by_due ON queue (due);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY, event TEXT NOT NULL, type TEXT NOT NULL, object TEXT, url TEXT NOT NULL,
    attempt INTEGER NOT NULL, status INTEGER, error TEXT, at REAL NOT NULL, seconds REAL NOT NULL);
CREATE INDEX IF NOT EXISTS deliveries_by_event ON deliveries (event);
"""

LAYOUT = 3
OLDER = "was made by another version of the stand-in: remove it (the demo's: make demo-reset)"

# What lists may be filtered by, each with an index of its own; two paths in one text share an index.
INDEXED: dict[str, str] = {
    "balance_transaction": "$.source $.type $.currency $.status @payout @payout,$.status,$.currency",
    "billing_portal.configuration": "$.active $.is_default",
    "charge": "$.customer $.payment_intent",
    "checkout.session": "$.customer $.customer_details.email $.payment_intent $.status $.subscription",
    "customer": "$.email",
    "dispute": "$.charge $.payment_intent",
    "event": "$.type $.pending_webhooks $.pending_webhooks,$.type",
    "invoice": "$.collection_method $.customer $.status $.parent.subscription_details.subscription $.customer,$.status",
    "invoice_payment": "$.invoice $.status $.payment.type $.payment.payment_intent",
    "payment_intent": "$.customer",
    "payment_method": "$.customer $.type $.customer,$.type",
    "payout": "$.status",
    "price": "$.active $.currency $.product $.type $.lookup_key",
    "product": "$.active $.url $.id",
    "radar.early_fraud_warning": "$.charge $.payment_intent",
    "refund": "$.charge $.payment_intent",
    "subscription": "$.customer $.collection_method $.status $.customer,$.status",
}
FAR = 2**62


Place = tuple[int, int]
Row = tuple[str, str, int, str, str]
"""id, kind, created, body and private facts as JSON."""


@dataclass(frozen=True)
class Span:
    """Part of a list: between two objects (by their place in time) and two moments (`created`, both included)."""

    above: Place = (-1, 0)
    below: Place = (FAR, 0)
    since: int = 0
    until: int = FAR


class Store:
    def __init__(self, file: str) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._require_layout(file)
        self._db.executescript(SCHEMA + _indexes())
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

    def _require_layout(self, file: str) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version != LAYOUT and self._db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'objects'").fetchone():
            raise SystemExit(f"{file} {OLDER}")
        self._db.execute(f"PRAGMA user_version = {LAYOUT}")

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    # Objects. Within one transaction the same id is the same dictionary, so that nobody saves a stale copy.

    def find(self, stripe_id: str) -> Json | None:
        if stripe_id not in self._loaded:
            found = self.rows("SELECT body FROM objects WHERE id = ?", stripe_id)
            if not found:
                return None
            self._loaded[stripe_id] = orjson.loads(found[0]["body"])
        return self._loaded[stripe_id]

    def save(self, document: Json) -> None:
        """Insert or update by id; the order of creation stays."""
        self.rows(
            "INSERT INTO objects (id, kind, created, body, private) VALUES (?, ?, ?, ?, '{}') "
            "ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            document["id"],
            document["object"],
            document["created"],
            orjson.dumps(document).decode(),
        )
        self._loaded[document["id"]] = document

    def write(self, rows: list[Row]) -> None:
        """New objects in bulk."""
        self._db.executemany("INSERT INTO objects (id, kind, created, body, private) VALUES (?, ?, ?, ?, ?)", rows)

    def private(self, stripe_id: str) -> Json:
        """What the account knows of an object and the API never shows."""
        found: Json = orjson.loads(self.rows("SELECT private FROM objects WHERE id = ?", stripe_id)[0]["private"])
        return found

    def keep_private(self, stripe_id: str, **facts: Any) -> None:
        merged = orjson.dumps(self.private(stripe_id) | facts).decode()
        self.rows("UPDATE objects SET private = ? WHERE id = ?", merged, stripe_id)

    def forget(self, stripe_id: str, left: Json) -> None:
        """Take an object out of every list; `left` is what asking for its id gives from now on."""
        self.rows("UPDATE objects SET kind = 'deleted', body = ? WHERE id = ?", orjson.dumps(left).decode(), stripe_id)
        self._loaded[stripe_id] = left

    def place(self, kind: str, stripe_id: str) -> Place | None:
        """Where an object stands among those of its kind."""
        found = self.rows("SELECT created, seq FROM objects WHERE kind = ? AND id = ?", kind, stripe_id)
        return (found[0]["created"], found[0]["seq"]) if found else None

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
        sql = select_sql(kind, tuple(filters), oldest=oldest)
        place = vars(span or Span()) | {"limit": limit}
        place["above"], place["above_seq"] = place["above"]
        place["below"], place["below_seq"] = place["below"]
        found: list[Place] = []
        with self._lock:
            for values in itertools.product(*filters.values()):
                given = {f"value{index}": value for index, value in enumerate(values)}
                found += map(tuple, self._db.execute(sql, place | given))
            chosen = sorted(found, reverse=not oldest)[: None if limit < 0 else limit]
            bodies = [self.rows("SELECT body FROM objects WHERE seq = ?", seq)[0]["body"] for _, seq in chosen]
        return [orjson.loads(body) for body in bodies]

    # Settings

    def setting(self, name: str, default: str) -> str:
        found = self.rows("SELECT value FROM settings WHERE name = ?", name)
        return str(found[0]["value"]) if found else default

    def set(self, name: str, value: str) -> None:
        self.rows(
            "INSERT INTO settings VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value
        )


def _value_at(path: str) -> str:
    """SQL for a JSON path of an object; `@name` is one of its private facts."""
    return f"json_extract(private, '$.{path[1:]}')" if path.startswith("@") else f"json_extract(body, '{path}')"


def _indexes() -> str:
    return "".join(
        f'CREATE INDEX IF NOT EXISTS "{kind} {paths}" ON objects '
        f"({', '.join(map(_value_at, paths.split(',')))}, created, seq) WHERE kind = '{kind}';\n"
        for kind, line in INDEXED.items()
        for paths in line.split()
    )


@functools.cache
def select_sql(kind: str, paths: tuple[str, ...], *, oldest: bool) -> str:
    """The places of the objects whose values at `paths` are :value0, :value1, ...; every path must be `INDEXED`."""
    conditions = "".join(f" AND {_value_at(path)} IS :value{index}" for index, path in enumerate(paths))
    order = "ASC" if oldest else "DESC"
    return (
        f'SELECT created, seq FROM objects INDEXED BY "{_index_for(kind, paths)}" '  # noqa: S608 - from the table above
        f"WHERE kind = '{kind}'{conditions} "
        "AND (created, seq) > (:above, :above_seq) AND (created, seq) < (:below, :below_seq) "
        f"AND created BETWEEN :since AND :until ORDER BY created {order}, seq {order} LIMIT :limit"
    )


def _index_for(kind: str, paths: tuple[str, ...]) -> str:
    """The index over just these paths, else the first path's; SQLite's own guess is to walk the whole kind."""
    known = INDEXED.get(kind, "").split()
    missing = set(paths) - {path for one in known for path in one.split(",")}
    if missing:
        raise KeyError(f"{kind} has no index on {', '.join(missing)}")
    exact = [one for one in known if paths and sorted(one.split(",")) == sorted(paths)]
    return f"{kind} {exact[0] if exact else paths[0]}" if paths else "objects_by_kind"
