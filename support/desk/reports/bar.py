"""The filter bar: what was asked for, what is wrong with it, and the addresses of the same report asked otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from babel.dates import format_date
from flask import current_app, request

from support import clock
from support.desk.figures import LOCALE
from support.desk.reports.queries import Choices, choices_of
from support.desk.reports.rules import usual_periods
from support.desk.reports.tables import in_words
from support.errors import InvalidInput
from support.finance.listings import Listing
from support.finance.listings.forms import ListingQuery, check_listing
from support.finance.reports.forms import FILTERS, FilterQuery, check_filters
from support.http import read_query

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date
    from zoneinfo import ZoneInfo

    from sqlalchemy.orm import Session

    from config.settings import Settings
    from support.finance.reports import Kind
    from support.finance.reports.filters import Filters

_DAYS = ("from", "to")
_FIELDS = (*_DAYS, *FILTERS)
_WORDS = {
    "at_least": "At least (minor units)",
    "below": "Below (minor units)",
    "asked_by": "Asked by",
    "paid_for": "Paid for a membership at",
    "earned_in": "Earned in",
    "membership_plan": "Plan of the membership",
}


@dataclass(frozen=True)
class Link:
    """An address and its name. `is_current`: it shows what is shown now."""

    name: str
    address: str
    is_current: bool = False


@dataclass(frozen=True)
class Narrowing:
    """A filter that is on, in words, and the address of the page without it."""

    name: str
    value: str
    without: str


@dataclass(frozen=True)
class Bar:
    """Everything that the bar shows. `typed`: fields as they came; `errors`: {field: what is wrong with it}.

    `takes`: the fields that say something here, days left out; `own`: those of a listing alone. If anything is wrong,
    `filters` is None and `period` empty.
    """

    takes: Collection[str]
    typed: Mapping[str, str]
    own: Mapping[str, str]
    errors: Mapping[str, str]
    filters: Filters | None
    choices: Choices
    periods: tuple[Link, ...]
    narrowings: tuple[Narrowing, ...]
    period: str

    @property
    def asked(self) -> dict[str, str]:
        """The filters as an address has them, the period among them; nothing while anything is wrong."""
        fields = {field: self.typed[field] for field in _FIELDS if field in self.typed}
        return {**fields, **self.own} if self.filters else {}

    def asked_of(self, kind: Kind) -> dict[str, str]:
        """The same filters for another report, as far as it takes them."""
        return {field: value for field, value in self.asked.items() if field in {*_DAYS, *kind.takes}}

    def shows(self, field: str) -> bool:
        """Whether the bar has this field: it says something here, or was sent."""
        return field in self.takes or field in self.errors

    @property
    def strange(self) -> tuple[tuple[str, str], ...]:
        """What is wrong with fields that the bar does not have."""
        return tuple((field, message) for field, message in self.errors.items() if field not in _FIELDS)


def today_here() -> tuple[date, ZoneInfo]:
    """The newsroom's day and time zone."""
    settings: Settings = current_app.extensions["settings"]
    return clock.local_day(clock.now()), settings.time_zone


def without_empty() -> str | None:
    """The request's address without its empty fields, which a form sends, too; None if it has none."""
    if "" not in [value for _field, value in request.args.items(multi=True)]:
        return None
    return _address([(field, value) for field, value in request.args.items(multi=True) if value])


def filter_bar(session: Session, about: Kind | Listing) -> Bar:
    """The bar for this request's address: a report's, or that of a listing, which has filters of its own."""
    today, _zone = today_here()
    typed = {field: value for field, value in request.args.items() if value}
    taken = (*_FIELDS, *sorted(about.takes)) if isinstance(about, Listing) else _FIELDS
    kept = {field: typed[field] for field in taken if field in typed}
    filters, errors = _checked(session, kept, about)
    choices = choices_of(session)
    if filters is not None:
        typed = {**typed, "from": filters.first_day.isoformat(), "to": filters.last_day.isoformat()}
    return Bar(
        takes=about.filters if isinstance(about, Listing) else about.takes,
        typed=typed,
        own={field: value for field, value in kept.items() if field not in _FIELDS},
        errors=errors,
        filters=filters,
        choices=choices,
        periods=_periods(kept, filters, today),
        narrowings=_narrowings(kept, choices),
        period=_in_words(filters),
    )


def _checked(session: Session, kept: Mapping[str, str], about: Kind | Listing) -> tuple[Filters | None, dict[str, str]]:
    """The filters of the address, or everything that is wrong with it at once."""
    model = ListingQuery if isinstance(about, Listing) else FilterQuery
    today, zone = today_here()
    errors: dict[str, str] = {}
    try:
        query = read_query(model)
    except InvalidInput as error:
        errors = _by_field(error)
        query = model.model_validate({field: value for field, value in kept.items() if field not in errors})
    try:
        if isinstance(about, Listing) and isinstance(query, ListingQuery):
            filters = check_listing(session, about, query, today, zone).filters
        else:
            filters = check_filters(session, query, today, zone, about.takes)
    except InvalidInput as error:
        errors |= _by_field(error)
    return (None if errors else filters), errors


def _by_field(error: InvalidInput) -> dict[str, str]:
    return {one.field: one.message for one in error.errors}


def _periods(kept: Mapping[str, str], filters: Filters | None, today: date) -> tuple[Link, ...]:
    shown = (filters.first_day, filters.last_day) if filters else None
    return tuple(
        Link(
            period.name,
            _address({**kept, "from": period.first_day.isoformat(), "to": period.last_day.isoformat()}),
            is_current=(period.first_day, period.last_day) == shown,
        )
        for period in usual_periods(today)
    )


def _narrowings(kept: Mapping[str, str], choices: Choices) -> tuple[Narrowing, ...]:
    known = {choice.value: choice.name for choice in (*choices.campaign, *choices.plan)}
    return tuple(
        Narrowing(
            _WORDS.get(field, field.capitalize()),
            in_words(field, known.get(value, value)),
            _address({one: other for one, other in kept.items() if one != field}),
        )
        for field, value in kept.items()
        if field not in _DAYS
    )


def _in_words(filters: Filters | None) -> str:
    """The period, its days in full."""
    if filters is None:
        return ""
    return " – ".join(format_date(day, "long", LOCALE) for day in (filters.first_day, filters.last_day))


def _address(fields: Mapping[str, str] | Sequence[tuple[str, str]]) -> str:
    return f"{request.path}?{urlencode(fields)}" if fields else request.path
