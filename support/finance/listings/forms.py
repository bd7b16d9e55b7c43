"""The address of a listing, checked: a report's filters, and those that only single rows have."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from pydantic import Field

from support.errors import FieldError, InvalidInput
from support.finance.reports.forms import NO_SUCH_PLAN, FilterQuery, check_filters, plan_id_of
from support.finance.reports.parts import JUST_BEFORE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date
    from zoneinfo import ZoneInfo

    from sqlalchemy.orm import Session

    from support.finance.listings.paging import Place
    from support.finance.reports.filters import Filters
    from support.finance.reports.parts import Span

    # {a listing's own filter: the words that it knows}
    Takes = Mapping[str, tuple[str, ...]]


class Taking(Protocol):
    """A listing, as far as an address goes: which of a report's filters it takes, and its own."""

    @property
    def filters(self) -> Collection[str]:
        """Some of FILTERS."""

    @property
    def takes(self) -> Takes:
        """Its own, and the words that each knows."""


class ListingQuery(FilterQuery):
    """All may be absent or empty. `payment` and `payout` name one, whatever the period; `after` is a page's `next`.

    `at_least` and `below` are minor units. Each listing takes its own.
    """

    kind: str = Field("", max_length=20)
    through: str = Field("", max_length=8)
    at_least: str = Field("", max_length=15)
    below: str = Field("", max_length=15)
    payment: str = Field("", max_length=18)
    dispute: str = Field("", max_length=40)
    payout: str = Field("", max_length=255)
    category: str = Field("", max_length=60)
    whose: str = Field("", max_length=5)
    status: str = Field("", max_length=30)
    reason: str = Field("", max_length=100)
    moment: str = Field("", max_length=9)
    code: str = Field("", max_length=100)
    asked_by: str = Field("", max_length=8)
    outcome: str = Field("", max_length=9)
    paid_for: str = Field("", max_length=5)
    earned_in: str = Field("", max_length=7)
    membership_plan: str = Field("", max_length=121)
    interval: str = Field("", max_length=5)
    supporter: str = Field("", max_length=18)
    movement: str = Field("", max_length=12)
    after: str = Field("", max_length=500)


@dataclass(frozen=True)
class Asked:
    """A report's filters, a listing's own by name, and the place after which it goes on.

    `filters.asked` has all of them.
    """

    filters: Filters
    own: Mapping[str, str]
    place: Place | None = None

    @property
    def without_own(self) -> Filters:
        """The filters, as a report has them."""
        asked = {name: value for name, value in self.filters.asked.items() if name not in self.own}
        return replace(self.filters, asked=asked)

    @property
    def span(self) -> Span:
        """The period up to the place, where the list is in the order of that moment.

        Of two upper bounds an index would take the period's, and walk to the other.
        """
        whole = self.filters.span
        if self.place is None:
            return whole
        return whole.cut(whole.begins_at, min(whole.ends_at - JUST_BEFORE, self.place.moment) + JUST_BEFORE)


def asked_of(filters: Filters, takes: Collection[str]) -> Asked:
    """The same from filters alone, for a listing that `takes` these of its own."""
    return Asked(filters, {name: value for name, value in filters.asked.items() if name in takes})


# What memberships pay, first payments and renewals.
MEMBERSHIP = "membership"
# What a list is about instead of what happened in the period: one of these.
_ABOUT = ("payment", "payout", "dispute", "moment", "paid_for", "earned_in")
_NUMBERS = ("at_least", "below", "payment", "supporter")
_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
# Instead of a filter's words, where they are not ours to list.
ANYTHING: tuple[str, ...] = ()


def check_listing(session: Session, its: Taking, query: ListingQuery, today: date, zone: ZoneInfo) -> Asked:
    """What `query` asks of a listing. Raises InvalidInput, naming each bad field.

    Without days, as a report: the twelve months that end with the present one.
    """
    own = query.model_dump(exclude={*FilterQuery.model_fields, "after"}, exclude_defaults=True)
    errors = [FieldError(name, message) for name, value in own.items() if (message := _refusal(name, value, its.takes))]
    first, *more = [name for name in own if name in _ABOUT and name in its.takes] or [""]
    errors += [FieldError(name, f"It cannot be asked for together with {first}.") for name in more]
    try:
        filters = check_filters(session, query, today, zone, its.filters)
    except InvalidInput as error:
        raise InvalidInput([*error.errors, *errors]) from None
    if own.get("membership_plan") and plan_id_of(session, own["membership_plan"]) is None:
        errors.append(FieldError("membership_plan", NO_SUCH_PLAN))
    if errors:
        raise InvalidInput(errors)
    return Asked(replace(filters, asked={**filters.asked, **own}), own)


def _refusal(name: str, value: str, takes: Takes) -> str | None:
    """Why this cannot be used; None if it can."""
    if name not in takes:
        return "This list has no such filter."
    if name in _NUMBERS and not (value.isascii() and value.isdecimal()):
        return "Use a whole number."
    if name == "earned_in" and not _MONTH.fullmatch(value):
        return "Use a month such as 2026-01."
    if takes[name] and value not in takes[name]:
        return f"Use one of: {', '.join(takes[name])}."
    return None
