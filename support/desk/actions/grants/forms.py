"""What the pages of grants take in."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from support.desk.pages import ActBody, Reason
from support.errors import FieldError, InvalidInput

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_LONGEST = timedelta(days=5 * 366)


class GrantBody(ActBody):
    """POST /finance/grants: `plan` is an id, absent for any; `until` the last day, as 2027-01-31."""

    email: Annotated[str, Field(max_length=320)]
    until: Annotated[str, Field(max_length=10)]
    reason: Reason
    plan: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,17}$")] | None = None
    locale: Literal["en", "uk"] = "en"


def end_of(text: str, today: date, zone: ZoneInfo) -> datetime:
    """The end of the day that is written here, from today to five years ahead. Raises InvalidInput."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InvalidInput([FieldError("until", "Enter a day, such as 2027-01-31.")]) from None
    if not today <= day <= today + _LONGEST:
        raise InvalidInput([FieldError("until", "Choose a day from today to five years ahead.")])
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
