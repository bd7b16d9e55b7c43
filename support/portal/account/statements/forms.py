"""What the pages about statements take in."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from support.http import Body


class YearBody(Body):
    """POST /account/statements: the year in which the fiscal year begins. The guard has looked at `form_key`."""

    form_key: str = ""
    year: Annotated[str, Field(pattern=r"^20[0-9]{2}$")]
