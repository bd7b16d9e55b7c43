"""An export as an answer: it opens its own session and streams."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flask import Response, stream_with_context

from support.db import current_database
from support.finance.exports.files import MEDIA_TYPES, pieces
from support.finance.exports.shape import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from support.finance.exports.shape import Wanted


def as_response(wanted: Wanted, stem: str, ended: Callable[[int], None] = lambda _rows: None) -> Response:
    """A download named `stem` and the format's ending. `ended(rows)` is called once it is over, also if cut short.

    Raises InvalidInput where the file cannot be made, before anything is sent. The session stays open while the file
    is sent: call this outside any other transaction.
    """
    tally = Tally()
    sending = _pieces(wanted, tally)
    next(sending)
    response = Response(stream_with_context(sending), content_type=MEDIA_TYPES[wanted.file_format])
    response.call_on_close(sending.close)
    response.call_on_close(lambda: ended(tally.rows))
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-") or "export"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{wanted.file_format}"'
    response.headers["Content-Security-Policy"] = "sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def _pieces(wanted: Wanted, tally: Tally) -> Generator[bytes, None, None]:
    """Nothing, once the file can be made; then the file."""
    with current_database().snapshot() as session:
        found = pieces(session, wanted, tally)
        yield b""
        yield from found
