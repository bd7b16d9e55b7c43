"""What the pages of the flight recorder take in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from support.desk.pages import StaffBody
from support.errors import FieldError, InvalidInput
from support.finance.reports.filters import day_begins
from support.finance.reports.forms import read_day
from support.http import Body
from support.sync.kinds import KINDS
from support.sync.operations import object_key
from webhooks.models import STATES

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from zoneinfo import ZoneInfo

Id = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,17}$")]


_EVENT = "evt_"


class EventsQuery(Body):
    """GET /finance/events. All may be absent or empty; `after` is a page's `next`.

    `object` is Stripe's id of an object, a kind and the id as the list shows it, or the id of an event; `again` counts
    what was just replayed.
    """

    state: str = Field("", max_length=10)
    type: str = Field("", max_length=255)
    object: str = Field("", max_length=300)
    day: str = Field("", max_length=10)
    after: str = Field("", max_length=500)
    again: str = Field("", pattern=r"^[0-9]{0,4}$")


class RunsQuery(Body):
    """GET /finance/events/differences: `before` is the id of the run above the page."""

    before: Id | None = None


class DifferencesQuery(Body):
    """GET /finance/events/differences/<run>: `after` is the id of the difference above the page."""

    after: Id | None = None


class ReasonBody(StaffBody):
    """POST /finance/events/replay"""

    reason: Annotated[str, Field(max_length=500)]


@dataclass(frozen=True)
class Wanted:
    """Which events a list is of; None: whatever it is. `day`: from the first moment up to, not including, the second.

    `object_keys` are what one object may be called; `event_id` is one event's.
    """

    state: str | None = None
    type: str | None = None
    object_keys: tuple[str, ...] | None = None
    day: tuple[datetime, datetime] | None = None
    event_id: str | None = None


def object_keys(named: str) -> tuple[str, ...]:
    """What an object may be called that is named by kind and id, or by the id alone."""
    return (named,) if " " in named else tuple(object_key(kind, named) for kind in KINDS)


def check_events(query: EventsQuery, zone: ZoneInfo) -> Wanted:
    """What `query` asks for. Raises InvalidInput, which names every bad field."""
    checks: dict[str, Callable[[str], Any]] = {
        "state": _state,
        "type": _type,
        "object": _object,
        "day": lambda text: _span(text, zone),
    }
    found, errors = {}, []
    for name, check in checks.items():
        try:
            found[name] = check(text) if (text := getattr(query, name).strip()) else None
        except ValueError as error:
            errors.append(FieldError(name, str(error)))
    if errors:
        raise InvalidInput(errors)
    if (named := found["object"]) is not None and named.startswith(_EVENT):
        return Wanted(found["state"], found["type"], None, found["day"], named)
    keys = object_keys(named) if named is not None else None
    return Wanted(found["state"], found["type"], keys, found["day"])


def _state(text: str) -> str:
    if text not in STATES:
        raise ValueError(f"Use one of: {', '.join(STATES)}.")
    return text


def _type(text: str) -> str:
    if not (text.isascii() and text.replace(".", "").replace("_", "").isalnum()):
        raise ValueError("Use a type of Stripe's such as charge.succeeded.")
    return text


def _object(text: str) -> str:
    if not (text.isascii() and text.isprintable() and text.count(" ") <= 1):
        raise ValueError("Use an id of Stripe's such as ch_123.")
    return text


def _span(text: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    day = read_day(text)
    return day_begins(day, zone), day_begins(day + timedelta(days=1), zone)
