"""What the staff's pages about statements take in."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from support.desk.pages import StaffBody
from support.http import Body

_Year = Annotated[str, Field(pattern=r"^(20[0-9]{2})?$")]


class ListingQuery(Body):
    """GET /finance/statements: the year in which fiscal years begin (empty: all); `after`: where the page begins."""

    year: _Year = ""
    after: Annotated[str, Field(max_length=500)] = ""


class SearchForm(StaffBody):
    """POST /finance/statements: a whole number, or a part of an address."""

    sought: Annotated[str, Field(min_length=3, max_length=320)]
    after: Annotated[str, Field(max_length=500)] = ""


class IssueForm(StaffBody):
    """POST /finance/statements/issue: a supporter's number or whole address."""

    supporter: Annotated[str, Field(max_length=320)]
    year: Annotated[str, Field(pattern=r"^20[0-9]{2}$")]


class ReasonForm(StaffBody):
    """POST /finance/statements/<public id>/void, …/reissue"""

    reason: Annotated[str, Field(min_length=3, max_length=500, pattern=r"\S")]
