"""An export as an answer: it opens its own session and streams."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

from flask import Response, stream_with_context

from support.db import current_database
from support.finance.exports.files import MEDIA_TYPES, pieces
from support.finance.exports.shape import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from support.finance.exports.shape import Wanted


# Of a file's name without its ending: systems take some 250.
_NAME_LENGTH = 150


def as_response(wanted: Wanted, ended: Callable[[int], None] = lambda _rows: None) -> Response:
    """A download whose name says what is in it. `ended(rows)` is called once it is over, also if cut short.

    Raises InvalidInput where the file cannot be made, before anything is sent. The session stays open while the file
    is sent: call this outside any other transaction.
    """
    tally = Tally()
    sending = _pieces(wanted, tally)
    next(sending)
    response = Response(stream_with_context(sending), content_type=MEDIA_TYPES[wanted.file_format])
    response.call_on_close(sending.close)
    response.call_on_close(lambda: ended(tally.rows))
    response.headers["Content-Disposition"] = f'attachment; filename="{_name(wanted)}"'
    response.headers["Content-Security-Policy"] = "sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def _name(wanted: Wanted) -> str:
    """Report, table, days and filters, in letters that every system takes: `income-2026-01-01-2026-01-31.csv`."""
    opens = dict(wanted.filters.opens())
    words = [wanted.source.name, wanted.table or "", opens.pop("from"), opens.pop("to"), *chain(*opens.items())]
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", "-".join(filter(None, words)))[:_NAME_LENGTH].strip("-")
    return f"{stem}.{wanted.file_format}"


def _pieces(wanted: Wanted, tally: Tally) -> Generator[bytes, None, None]:
    """Nothing, once the file can be made; then the file."""
    with current_database().snapshot() as session:
        found = pieces(session, wanted, tally)
        yield b""
        yield from found
