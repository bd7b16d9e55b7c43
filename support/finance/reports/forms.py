"""The filters of an address or a command, checked. An address with its filters is a report that can be passed on."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from babel import Locale
from flask import current_app
from pydantic import Field

from support.addresses import article_address, origin_of
from support.campaigns.models import Campaign, Plan
from support.errors import FieldError, InvalidInput
from support.finance.reports.filters import Filters, next_month
from support.http import Body
from support.i18n import DEFAULT
from support.money import is_currency

if TYPE_CHECKING:
    from collections.abc import Collection
    from zoneinfo import ZoneInfo

    from sqlalchemy.orm import Session

# Every filter but the period, as an address names it.
FILTERS = ("currency", "campaign", "plan", "country", "article")
NO_SUCH_PLAN = "There is no such plan; write it as campaign/plan."
_YEARS_AT_MOST = 20


class FilterQuery(Body):
    """Days as `2026-01-31`, both included; `plan` as `campaign/plan`; all may be absent or empty."""

    from_: str = Field("", alias="from", max_length=10)
    to: str = Field("", max_length=10)
    currency: str = Field("", max_length=3)
    campaign: str = Field("", max_length=60)
    plan: str = Field("", max_length=121)
    country: str = Field("", max_length=2)
    article: str = Field("", max_length=2000)


@dataclass
class _Checked:
    """What is wrong so far."""

    errors: list[FieldError]

    def refuse(self, field: str, message: str) -> None:
        self.errors.append(FieldError(field, message))


def check_filters(
    session: Session, query: FilterQuery, today: date, zone: ZoneInfo, takes: Collection[str] = FILTERS
) -> Filters:
    """The filters that `query` asks for; without days, the twelve months that end with the present one.

    `takes` names the filters that say something about what is asked for. Raises InvalidInput, which names every bad
    field and every filter that would change nothing.
    """
    checked = _Checked([])
    asked = {name: value for name in FILTERS if (value := getattr(query, name))}
    strange = asked.keys() - set(takes)
    for name in strange:
        checked.refuse(name, "This report cannot be filtered by it.")
    query = query.model_copy(update=dict.fromkeys(strange, ""))
    last_day = _day(checked, "to", query.to) or next_month(today) - timedelta(days=1)
    first_day = _day(checked, "from", query.from_) or next_month(last_day).replace(year=next_month(last_day).year - 1)
    if first_day > last_day:
        checked.refuse("from", "It must not be after the last day.")
    elif (last_day - first_day).days > 366 * _YEARS_AT_MOST:
        checked.refuse("from", f"A report covers {_YEARS_AT_MOST} years at most.")
    if query.currency and not is_currency(query.currency):
        checked.refuse("currency", "There is no such currency: use three capital letters, such as EUR.")
    if query.country and query.country not in _countries():
        checked.refuse("country", "There is no such country: use two capital letters, such as DE.")
    if query.article:
        asked["article"] = _article(checked, query.article)
    campaign_id = _campaign(session, checked, query.campaign)
    plan_id = _plan(session, checked, query.plan)
    if checked.errors:
        raise InvalidInput(checked.errors)
    return Filters(
        first_day,
        last_day,
        zone,
        currency=query.currency or None,
        campaign_id=campaign_id,
        plan_id=plan_id,
        country=query.country or None,
        article=asked.get("article"),
        asked=asked,
    )


def read_day(text: str) -> date:
    """The day that an address names as `2026-01-31`. Raises ValueError with what to use instead."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or len(text) != 10 or not 2000 <= day.year <= 2100:
        raise ValueError("Use a day such as 2026-01-31, in the years 2000 to 2100.")
    return day


@functools.cache
def _countries() -> frozenset[str]:
    """The codes of two letters that there are, and the one for those that are not known."""
    return frozenset(code for code in map(str, Locale(DEFAULT).territories) if len(code) == 2)


def _day(checked: _Checked, field: str, text: str) -> date | None:
    try:
        return read_day(text) if text else None
    except ValueError as error:
        checked.refuse(field, str(error))
        return None


def _article(checked: _Checked, text: str) -> str:
    """The article's address as checkouts have it: a bare path is on the first of NEWS_ORIGINS.

    A whole one is on whichever origin: checkouts of a site of before are kept, too.
    """
    try:
        if text.startswith("/"):
            return article_address(text, current_app.extensions["settings"].news_origins)
        origin = origin_of(text.lower())
        if not origin.endswith("://"):
            return article_address(text, (origin,))
    except ValueError:
        pass
    checked.refuse("article", "Use an article's address, such as https://news.example/article, or its path.")
    return text


def _campaign(session: Session, checked: _Checked, slug: str) -> int | None:
    if not slug:
        return None
    found = session.scalar(sa.select(Campaign.id).where(Campaign.slug == slug))
    if found is None:
        checked.refuse("campaign", "There is no such campaign.")
    return found


def _plan(session: Session, checked: _Checked, name: str) -> int | None:
    if not name:
        return None
    found = plan_id_of(session, name)
    if found is None:
        checked.refuse("plan", NO_SUCH_PLAN)
    return found


def plan_id_of(session: Session, name: str) -> int | None:
    """The plan that is written so, as campaign/plan; None if there is none."""
    campaign, _, slug = name.partition("/")
    its = sa.select(Plan.id).join(Campaign, Campaign.id == Plan.campaign_id)
    return session.scalar(its.where(Campaign.slug == campaign, Plan.slug == slug))
