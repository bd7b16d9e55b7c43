"""A small server between a worker and the stand-in: holds an answer back until the test lets it go, and counts."""

from __future__ import annotations

import http.client
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 30


@dataclass
class Hold:
    """The next answer for an address with `part` in it: `arrived` once Stripe has said it, sent on after `release`."""

    part: str
    arrived: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def wait(self) -> None:
        """Return when the answer is there: whoever asked has not got it yet."""
        assert self.arrived.wait(PATIENCE), f"nobody asked for {self.part}"

    def release(self) -> None:
        """Send it on."""
        self.released.set()


@dataclass
class Between:
    """`base` is what a gateway takes for Stripe; `asked` are the addresses that were asked for.

    `rewrite` makes of every answer what is sent on.
    """

    base: str = ""
    asked: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    rewrite: Callable[[bytes], bytes] = bytes
    _holds: list[Hold] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def hold(self, part: str) -> Hold:
        """Hold one answer; of several holds for one address each takes one answer, in this order."""
        hold = Hold(part)
        self._holds.append(hold)
        return hold

    def refuse(self, part: str) -> None:
        """Answer 400 for addresses with this in them."""
        self.refused.append(part)

    def pass_through(self, path: str) -> None:
        """Note the address, and wait if its answer is held."""
        with self._lock:
            self.asked.append(path)
            found = next((hold for hold in self._holds if hold.part in path), None)
            if found is not None:
                self._holds.remove(found)
        if found is not None:
            found.arrived.set()
            found.released.wait(PATIENCE)


@contextmanager
def between(stripe_base: str) -> Iterator[Between]:
    """A running one; only GET goes through."""
    there = Between()
    address = urlsplit(stripe_base).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if any(part in self.path for part in there.refused):
                self._answer(400, b'{"error": {"type": "invalid_request_error", "message": "no"}}')
                return
            asking = http.client.HTTPConnection(address, timeout=PATIENCE)
            asking.request("GET", self.path, headers={"Authorization": self.headers["Authorization"]})
            answer = asking.getresponse()
            body = answer.read()
            asking.close()
            there.pass_through(self.path)
            self._answer(answer.status, there.rewrite(body))

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    there.base = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield there
    finally:
        server.shutdown()
        server.server_close()
