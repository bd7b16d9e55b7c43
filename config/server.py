"""The production server: granian, plain WSGI. nginx with request buffering belongs in front (docs/deploy.md)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from granian import Granian
from granian.constants import Interfaces

if TYPE_CHECKING:
    from config.settings import Settings

_BLOCKING_THREADS = 4


def web_processes(settings: Settings) -> int:
    """SQLite has one writer: several processes would wait on its lock for up to a second. PostgreSQL: one per core."""
    return 1 if settings.database_url.startswith("sqlite") else max(2, os.cpu_count() or 1)


def serve(target: str, settings: Settings) -> None:
    """Serve the WSGI app `target` ("module:name") until SIGTERM or SIGINT; SIGHUP replaces the workers gracefully."""
    server = Granian(
        target,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=web_processes(settings),
        blocking_threads=_BLOCKING_THREADS,
        respawn_failed_workers=True,
        log_access=False,
    )
    server.serve()
