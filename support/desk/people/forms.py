"""Whom staff seek."""

from __future__ import annotations

from pydantic import Field

from support.desk.pages import Sought, StaffBody
from support.http import Body


class SearchForm(StaffBody):
    """`sought`: a part of an address, or a whole id or receipt's number; `after`: where the page begins."""

    sought: Sought
    after: str = Field("", max_length=500)


class TimelineQuery(Body):
    """`after`: where the page of what happened begins."""

    after: str = Field("", max_length=500)
