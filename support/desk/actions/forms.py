"""What cancellations, receipts and notes take in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from support.desk.pages import ActBody


class CancelBody(ActBody):
    """POST /finance/memberships/<id>/cancel"""

    when: Literal["end", "now"]


class NoteBody(ActBody):
    """POST /finance/supporters/<id>/notes"""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=5000)]
