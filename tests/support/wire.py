"""The wire between the service and Stripe: passes every call on to the stand-in and keeps what was said."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import requests
from flask import Flask, Response, request
from werkzeug.serving import make_server

from tests.services import StandIn

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_ANSWER = 0


@dataclass(frozen=True)
class Call:
    """One call: its parameters as Stripe gets them, such as `line_items[0][quantity]`, and its answer's status.

    NO_ANSWER is a connection that ended without one.
    """

    method: str
    path: str
    params: dict[str, str]
    idempotency_key: str
    status: int


@dataclass
class Wire:
    """`stand_in` is the stand-in as reached over this wire; `calls` what passed, oldest first.

    `struck`: {path: status or NO_ANSWER} of what POST there answers, once it has taken effect.
    """

    stand_in: StandIn
    calls: list[Call] = field(default_factory=list)
    struck: dict[str, int] = field(default_factory=dict)

    def posts(self, path: str) -> list[Call]:
        """The calls that ask for something new there."""
        return [call for call in self.calls if (call.method, call.path) == ("POST", path)]

    def sessions(self) -> list[Call]:
        """The calls that ask for a checkout page."""
        return self.posts("/v1/checkout/sessions")


@contextmanager
def recording(stand_in: StandIn) -> Iterator[Wire]:
    """A wire to `stand_in` on a port of its own."""
    app = Flask(__name__)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    wire = Wire(StandIn(f"http://127.0.0.1:{server.server_port}"))

    @app.route("/<path:_path>", methods=["GET", "POST", "DELETE"])
    def pass_on(_path: str) -> Response:
        params = request.form.to_dict() or request.args.to_dict()
        key = request.headers.get("Idempotency-Key", "")
        try:
            answer = requests.request(
                request.method,
                stand_in.base + request.full_path,
                headers={name: value for name, value in request.headers if name not in {"Host", "Content-Length"}},
                data=params if request.method == "POST" else None,
                timeout=30,
            )
        except requests.ConnectionError:
            wire.calls.append(Call(request.method, request.path, params, key, NO_ANSWER))
            request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            return Response()
        is_struck = request.method == "POST" and request.path in wire.struck
        status = wire.struck[request.path] if is_struck else answer.status_code
        wire.calls.append(Call(request.method, request.path, params, key, status))
        if status == NO_ANSWER:
            request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            return Response()
        if is_struck:
            return Response('{"error": {"type": "api_error"}}', status, {"Content-Type": "application/json"})
        kept = {name: answer.headers[name] for name in ("Content-Type", "Request-Id") if name in answer.headers}
        return Response(answer.content, answer.status_code, kept)

    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield wire
    finally:
        server.shutdown()
