"""Whom staff seek."""

from __future__ import annotations

from pydantic import Field

from support.desk.pages import StaffBody
from support.http import Body


class SearchForm(StaffBody):
    """`sought`: a part of an address, or a whole id or receipt's number; `after`: where the page begins."""

    sought: str = Field(min_length=3, max_length=320)
    after: str = Field("", max_length=500)


class TimelineQuery(Body):
    """`after`: where the page of what happened begins."""

    after: str = Field("", max_length=500)
