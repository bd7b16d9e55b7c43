"""Days and moments as the page's language writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from babel.dates import format_date, format_datetime

if TYPE_CHECKING:
    from datetime import date, datetime

_MOMENT = {"en": "MMMM d, y h:mm a", "uk": "d MMMM y, HH:mm"}


def day(value: date) -> str:
    """Thursday, November 19, 2026"""
    return str(format_date(value, "full", locale="en"))


def moment(value: datetime, locale: str) -> str:
    """November 18, 2026 7:40 PM, by the newsroom's own clock."""
    return str(format_datetime(value, _MOMENT[locale], tzinfo=value.tzinfo, locale=locale))
