"""A small load client: kept-open connections in one thread, requests as ready bytes, so that it costs little itself."""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

WARM_UP_SECONDS = 0.5
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass
class Load:
    """What came back after the warm-up. `times` are seconds per answer; `answers` counts the warm-up's, too."""

    seconds: float = 0
    answers: int = 0
    times: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.times) / self.seconds if self.seconds else 0

    def percentile(self, share: float) -> float:
        """Milliseconds that this share of answers took at most."""
        ordered = sorted(self.times)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0


@dataclass
class _Connection:
    line: socket.socket
    sent_at: float = 0
    got: bytes = b""

    def send(self, request: bytes) -> None:
        self.got = b""
        self.sent_at = time.perf_counter()
        self.line.sendall(request)

    def status(self) -> int | None:
        """The status once the whole answer is there."""
        head, _, body = self.got.partition(b"\r\n\r\n")
        if len(head) == len(self.got):
            return None
        length = _LENGTH.search(head)
        return int(head[9:12]) if len(body) >= (int(length[1]) if length else 0) else None


def load(address: tuple[str, int], requests: Iterator[bytes], connections: int, seconds: float) -> Load:
    """Send requests one after the other on each connection, until the time is over or there are no more."""
    found = Load()
    waiting = selectors.DefaultSelector()
    for _ in range(connections):
        connection = _Connection(socket.create_connection(address))
        connection.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        waiting.register(connection.line, selectors.EVENT_READ, connection)
        connection.send(next(requests))
    begun = time.perf_counter()
    try:
        _run(waiting, requests, found, begun, begun + WARM_UP_SECONDS + seconds)
    finally:
        found.seconds = time.perf_counter() - begun - WARM_UP_SECONDS
        for key in list(waiting.get_map().values()):
            key.data.line.close()
        waiting.close()
    return found


def _run(waiting: selectors.BaseSelector, requests: Iterator[bytes], found: Load, begun: float, ends_at: float) -> None:
    warm_at = begun + WARM_UP_SECONDS
    while True:
        for key, _ in waiting.select(5):
            connection: _Connection = key.data
            connection.got += connection.line.recv(65_536)
            status = connection.status()
            if status is None:
                continue
            now = time.perf_counter()
            found.answers += 1
            if now > warm_at:
                found.times.append(now - connection.sent_at)
                found.statuses[status] += 1
            request = next(requests, None)
            if request is None or now > ends_at:
                return
            connection.send(request)


def get(path: str, **headers: str) -> bytes:
    """The bytes of a GET."""
    return _request("GET", path, headers, b"")


def post(path: str, body: bytes, **headers: str) -> bytes:
    """The bytes of a POST of JSON."""
    return _request("POST", path, {"Content_Type": "application/json", **headers}, body)


def _request(method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
    named = {"Host": "localhost", **headers, "Content_Length": str(len(body))}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name.replace('_', '-')}: {value}" for name, value in named.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
