"""A page of another site that carries the element, under the strictest policy that it must work with."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

STYLE = "support-cta a { color: #0a5c4a } body { margin: 8px; color-scheme: light dark }"
PAGE = """<!doctype html>
<html lang="{lang}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>A page</title><link rel="stylesheet" href="/style.css">{head}</head>
<body><main><h1>An article</h1><p>Its text.</p>
<support-cta {attributes}><a href="{support}/support">Support us</a></support-cta></main>
{script}</body></html>"""


@dataclass
class HostPages:
    """Pages by path, on one origin; each is answered with the strict policy."""

    origin: str
    support: str = ""
    stripe: str = ""
    bodies: dict[str, str] = field(default_factory=dict)

    @property
    def policy(self) -> str:
        """The policy of a careful news site: names the service and Stripe, and nothing else."""
        return (
            f"default-src 'none'; script-src {self.support}; connect-src {self.support}; style-src 'self'; "
            f"form-action {self.support} {self.stripe}; require-trusted-types-for 'script'; base-uri 'none'"
        )

    def add(
        self, path: str, attributes: str = "", *, lang: str = "en", head: str = "", script: str | None = None
    ) -> str:
        """Put a page with the element at `path` and return its address."""
        source = f'<script async src="{self.support}/widget.js"></script>' if script is None else script
        self.bodies[path] = PAGE.format(
            lang=lang, head=head, attributes=attributes, support=self.support, script=source
        )
        return self.origin + path


@contextmanager
def host_pages() -> Iterator[HostPages]:
    """Serve such pages on a free port of a host name that is not the service's."""
    pages = HostPages("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            is_style = path == "/style.css"
            body = STYLE if is_style else pages.bodies.get(path)
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Type", "text/css" if is_style else "text/html; charset=utf-8")
            if not is_style:
                self.send_header("Content-Security-Policy", pages.policy)
            self.end_headers()
            self.wfile.write((body or "").encode())

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  # the standard library's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    pages.origin = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield pages
    finally:
        server.shutdown()
        server.server_close()
