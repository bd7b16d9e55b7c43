"""The least that keeping an event costs on this disk, now: the same INSERT by eight connections and nothing else."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg

if TYPE_CHECKING:
    from collections.abc import Sequence

CONNECTIONS, SECONDS = 8, 2.0
_TABLE = "CREATE TABLE IF NOT EXISTS bench_floor (id text PRIMARY KEY, body bytea)"
_INSERT = b"INSERT INTO bench_floor VALUES ($1, $2) ON CONFLICT (id) DO NOTHING"
_BODY = b"x" * 5000


def inserts_per_second(url: str) -> float:
    """Committed rows a second, straight by libpq from threads."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_TABLE)
    together = threading.Barrier(CONNECTIONS)
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        counts: Sequence[int] = list(pool.map(lambda _: _insert(url, together), range(CONNECTIONS)))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("TRUNCATE bench_floor")
    return sum(counts) / SECONDS


def _insert(url: str, together: threading.Barrier) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        line = connection.pgconn
        line.prepare(b"floor", _INSERT)
        together.wait()
        done = 0
        ends_at = time.perf_counter() + SECONDS
        while time.perf_counter() < ends_at:
            line.exec_prepared(b"floor", [uuid4().hex.encode(), _BODY], [0, 1])
            done += 1
    return done
