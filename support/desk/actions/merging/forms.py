"""What the pages of merging take in."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from support.desk.pages import StaffBody


class OtherBody(StaffBody):
    """POST /finance/supporters/<id>/merge: whom to compare with, by address or number."""

    other: Annotated[str, StringConstraints(strip_whitespace=True, max_length=320)]
