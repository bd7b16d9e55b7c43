"""Logs: one JSON object a line on stdout. Addresses of people, keys and request bodies are never passed to it."""

from __future__ import annotations

import logging
import sys
import time
from typing import Any

import orjson

_PLAIN = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """`log.info("event handled", extra={"event": "evt_1"})` -> {"at", "level", "logger", "message", "event"}."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {key: value for key, value in vars(record).items() if key not in _PLAIN}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


def start_logging(level: str = "INFO") -> None:
    """Send every logger of the process to stdout."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # The Stripe SDK logs whole request bodies at INFO, WeasyPrint each step towards a PDF.
    for chatty in ("alembic", "stripe", "weasyprint.progress"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
