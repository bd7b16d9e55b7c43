"""What the staff's pages about statements take in."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from support.desk.pages import Reason, Sought, StaffBody
from support.http import Body, told


def _year(text: str) -> str:
    if not re.fullmatch(r"20[0-9]{2}", text):
        raise told("Use a year such as 2025.")
    return text


def _year_or_none(text: str) -> str:
    return _year(text) if text else text


class ListingQuery(Body):
    """GET /finance/statements: the year in which fiscal years begin (empty: all); `after`: where the page begins."""

    year: Annotated[str, AfterValidator(_year_or_none)] = ""
    after: Annotated[str, Field(max_length=500)] = ""


class SearchForm(StaffBody):
    """POST /finance/statements: a whole number, or a part of an address."""

    sought: Sought
    after: Annotated[str, Field(max_length=500)] = ""


class IssueForm(StaffBody):
    """POST /finance/statements/issue: a supporter's number or whole address."""

    supporter: Annotated[str, StringConstraints(strip_whitespace=True, max_length=320)]
    year: Annotated[str, AfterValidator(_year)]


class ReasonForm(StaffBody):
    """POST /finance/statements/<public id>/void, …/reissue"""

    reason: Reason
