"""A campaign as the widget reads it: every word that it shows, in one language, and nothing about anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from babel import Locale

from support.i18n import gettext as _
from support.i18n import ngettext
from support.money import exponent

if TYPE_CHECKING:
    from config.settings import Settings
    from support.campaigns.models import Campaign, Plan, PlanTerms
    from support.money import Money


def campaign_json(campaign: Campaign, article: str | None, locale: str, settings: Settings) -> dict[str, Any]:
    """The ask in `locale`. An amount is `{"value": "10.50", "text": "€10.50"}`: what the form sends, what is read."""
    return {
        "campaign": campaign.slug,
        "locale": locale,
        "direction": Locale(locale).text_direction,
        "headline": campaign.text("headline", locale),
        "message": campaign.text("message", locale),
        "button": campaign.text("button", locale),
        "action": f"{settings.public_url}/checkout",
        "more": _hosted_page(campaign, article, locale, settings),
        "plans": [_plan(plan, locale) for plan in campaign.active_plans()],
        "texts": _texts(),
        "links": _links(settings),
    }


def _hosted_page(campaign: Campaign, article: str | None, locale: str, settings: Settings) -> str:
    query = {"campaign": campaign.slug, "article": article, "locale": locale}
    return f"{settings.public_url}/support?" + urlencode({name: value for name, value in query.items() if value})


def _plan(plan: Plan, locale: str) -> dict[str, Any]:
    return {
        "slug": plan.slug,
        "interval": plan.interval,
        "name": plan.name(locale),
        "terms": [_terms(plan, terms, locale) for terms in plan.terms],
    }


def _terms(plan: Plan, terms: PlanTerms, locale: str) -> dict[str, Any]:
    return {
        "currency": terms.currency,
        "decimals": exponent(terms.currency),
        "minimum": _amount(terms.minimum, locale),
        "maximum": _amount(terms.maximum, locale),
        "fixed": None if terms.fixed is None else _amount(terms.fixed, locale),
        "suggested": [_amount(amount, locale) for amount in terms.suggested],
        "bounds": _("From %(minimum)s to %(maximum)s.")
        % {"minimum": terms.minimum.display(locale), "maximum": terms.maximum.display(locale)},
        "other": _("Other amount, in %(currency)s") % {"currency": terms.currency},
        "opens": _opens(plan, terms, locale),
    }


def _opens(plan: Plan, terms: PlanTerms, locale: str) -> str:
    """What a single donation opens, in a sentence; memberships open articles anyway."""
    if plan.interval != "once" or plan.opens_months is None or terms.opens_from is None:
        return ""
    sentence = ngettext(
        "From %(amount)s on, members’ articles open to you for one month.",
        "From %(amount)s on, members’ articles open to you for %(num)s months.",
        plan.opens_months,
    )
    return sentence % {"amount": terms.opens_from.display(locale), "num": plan.opens_months}


def _amount(amount: Money, locale: str) -> dict[str, str]:
    return {"value": amount.text, "text": amount.display(locale)}


def _texts() -> dict[str, Any]:
    """The widget's own words. It puts an amount where `{amount}` stands."""
    return {
        "interval": _("How often"),
        "intervals": {"once": _("Once"), "month": _("Monthly"), "year": _("Yearly")},
        "amount": _("Amount"),
        "other": _("Other"),
        "currency": _("Currency"),
        "renewal": {
            "once": _("You pay {amount} once. Nothing renews."),
            "month": _("You pay {amount} now and every month until you cancel, which you can do at any time."),
            "year": _("You pay {amount} now and every year until you cancel, which you can do at any time."),
        },
        "unclear": _("Enter an amount such as {amount}."),
        "too_small": _("The smallest amount is {amount}."),
        "too_large": _("The largest amount is {amount}."),
        "secure": _("You pay on a secure page of Stripe; your card number never reaches us."),
        "more": _("Open this form on its own page"),
    }


def _links(settings: Settings) -> list[dict[str, str]]:
    links = [(_("Terms"), settings.newsroom_terms_url), (_("Privacy"), settings.newsroom_privacy_url)]
    return [{"text": text, "url": url} for text, url in links if url]
