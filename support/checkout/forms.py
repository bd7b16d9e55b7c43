"""The ask: what a reader may send to POST /checkout, checked against what the newsroom offers."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import Field

from support.addresses import BadAddress, article_address, return_address
from support.campaigns.queries import campaign_by_slug, running_campaign
from support.errors import FieldError, InvalidInput
from support.http import Body
from support.i18n import gettext as _
from support.i18n import known
from support.money import BadAmount, Money

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from support.campaigns.models import Campaign, Plan, PlanTerms

Short = Annotated[str, Field(max_length=100)]
Long = Annotated[str, Field(max_length=2000)]


class CheckoutBody(Body):
    """The fields of POST /checkout as they arrive. A form may send `amount=other` with `other_amount`."""

    campaign: Short | None = None
    plan: Short | None = None
    interval: Short | None = None
    currency: Short | None = None
    amount: Short | None = None
    other_amount: Short | None = None
    email: Annotated[str, Field(max_length=320)] | None = None
    article: Long | None = None
    return_to: Long | None = None
    locale: Short | None = None
    attempt: Annotated[str, Field(min_length=22, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")] | None = None


@dataclass(frozen=True)
class CheckoutForm:
    """A checked ask. `attempt_key` is None where the page carried no `attempt`."""

    campaign: Campaign
    plan: Plan
    terms: PlanTerms
    amount: Money
    email: str | None
    article: str | None
    return_to: str | None
    locale: str
    attempt_key: str | None


@dataclass
class _Checker:
    """Collects every bad field, so that a reader mends them all at once."""

    errors: list[FieldError] = field(default_factory=list)

    def refuse(self, name: str, message: str) -> None:
        self.errors.append(FieldError(name, message))


def new_attempt() -> str:
    """A fresh `attempt` for one page view."""
    return secrets.token_urlsafe(16)


def check_ask(body: CheckoutBody, locale: str, origins: Sequence[str], now: datetime) -> CheckoutForm:
    """The ask, every field checked. `locale` is the page's where the body names none.

    Raises InvalidInput, which names each bad field.
    """
    checker = _Checker()
    campaign = _campaign(checker, body.campaign, now)
    plan = _plan(checker, body, campaign)
    terms = _terms(checker, body.currency, plan)
    amount = _amount(checker, body, terms)
    email = _email(checker, body.email)
    article = _address(checker, "article", body.article, origins)
    return_to = _address(checker, "return_to", body.return_to, origins) or article
    if body.locale is not None and known(body.locale) is None:
        checker.refuse("locale", _("We do not have this language."))
    if checker.errors or campaign is None or plan is None or terms is None or amount is None:
        raise InvalidInput(checker.errors)
    return CheckoutForm(
        campaign, plan, terms, amount, email, article, return_to, known(body.locale) or locale, _attempt_key(body)
    )


def _campaign(checker: _Checker, slug: str | None, now: datetime) -> Campaign | None:
    campaign = running_campaign(now) if slug is None else campaign_by_slug(slug)
    if campaign is None or not campaign.is_running(now):
        checker.refuse("campaign", _("This campaign is not running."))
        return None
    return campaign


def _plan(checker: _Checker, body: CheckoutBody, campaign: Campaign | None) -> Plan | None:
    if body.plan is None and body.interval is None:
        checker.refuse("interval", _("Choose how often you want to give."))
        return None
    if body.interval not in {None, "once", "month", "year"}:
        checker.refuse("interval", _("Choose once, every month or every year."))
        return None
    if campaign is None:
        return None
    name = "plan" if body.plan is not None else "interval"
    plan = next((one for one in campaign.active_plans() if _is_asked(one, body)), None)
    if plan is None:
        checker.refuse(name, _("This plan is not offered."))
    elif body.interval not in {None, plan.interval}:
        checker.refuse("interval", _("This plan has another interval."))
    else:
        return plan
    return None


def _is_asked(plan: Plan, body: CheckoutBody) -> bool:
    return plan.slug == body.plan if body.plan is not None else plan.interval == body.interval


def _terms(checker: _Checker, currency: str | None, plan: Plan | None) -> PlanTerms | None:
    if currency is None:
        checker.refuse("currency", _("This is required."))
        return None
    terms = plan.terms_in(currency.upper()) if plan is not None and currency.isascii() else None
    if plan is not None and terms is None:
        checker.refuse("currency", _("This plan is not offered in this currency."))
    return terms


def _amount(checker: _Checker, body: CheckoutBody, terms: PlanTerms | None) -> Money | None:
    is_other = body.amount == "other"
    name, text = ("other_amount", body.other_amount) if is_other else ("amount", body.amount)
    if not is_other and body.other_amount is not None and body.amount is None:
        name, text = "other_amount", body.other_amount
    if terms is None:
        if text is None:
            checker.refuse(name, _("Enter an amount."))
        return None
    if text is None and terms.fixed is not None:
        return terms.fixed
    if text is None:
        checker.refuse(name, _("Enter an amount."))
        return None
    try:
        amount = Money.parse(text, terms.currency)
    except BadAmount:
        checker.refuse(name, _("Enter an amount such as %(example)s.") % {"example": terms.minimum.text})
        return None
    if terms.fixed is not None and amount != terms.fixed:
        checker.refuse(name, _("This plan has a fixed amount."))
    elif amount < terms.minimum:
        checker.refuse(name, _("The smallest amount is %(amount)s.") % {"amount": terms.minimum.text})
    elif terms.maximum < amount:
        checker.refuse(name, _("The largest amount is %(amount)s.") % {"amount": terms.maximum.text})
    else:
        return amount
    return None


def _email(checker: _Checker, text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return str(validate_email(text, check_deliverability=False, test_environment=True).normalized)
    except EmailNotValidError:
        checker.refuse("email", _("Enter one e-mail address."))
        return None


def _address(checker: _Checker, name: str, text: str | None, origins: Sequence[str]) -> str | None:
    if text is None:
        return None
    try:
        return article_address(text, origins) if name == "article" else return_address(text, origins)
    except BadAddress:
        checker.refuse(name, _("This is no address on the news site."))
        return None


def _attempt_key(body: CheckoutBody) -> str | None:
    """One key for `attempt` and every other field: a retry joins only if all of them are the same."""
    if body.attempt is None:
        return None
    return hashlib.sha256(body.model_dump_json().encode()).hexdigest()
