"""campaigns.toml -> checked values. Whoever edits the file gets one line that names the place that is wrong."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from support.content import Content
from support.i18n import DEFAULT, LOCALES
from support.money import BadAmount, Money, is_currency, stripe_minimum

Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]


def _known_currency(code: str) -> str:
    if not is_currency(code):
        raise ValueError("is not a currency that Stripe takes")
    return code


def _in_our_locales(texts: dict[str, object]) -> dict[str, object]:
    if DEFAULT not in texts or not set(texts) <= set(LOCALES):
        raise ValueError(f"needs {DEFAULT} and may have {', '.join(LOCALES)}")
    return texts


Currency = Annotated[str, AfterValidator(_known_currency)]


class TermsContent(Content):
    """`[campaign.plan.terms.EUR]`: amounts are texts in major units."""

    fixed: str | None = None
    minimum: str
    maximum: str
    suggested: list[str] = Field(default_factory=list)
    opens_from: str | None = None


class TextsContent(Content):
    """`[campaign.texts.en]`"""

    headline: str = Field(min_length=1, max_length=120)
    message: str = Field(min_length=1, max_length=1000)
    button: str = Field(min_length=1, max_length=60)
    thanks: str = Field(min_length=1, max_length=500)


class PlanContent(Content):
    """`[[campaign.plan]]`"""

    slug: Slug
    interval: Literal["once", "month", "year"]
    name: Annotated[dict[str, str], AfterValidator(_in_our_locales)]
    opens_months: int | None = Field(None, ge=1, le=120)
    terms: dict[Currency, TermsContent] = Field(min_length=1)

    @model_validator(mode="after")
    def _amounts_hold_together(self) -> PlanContent:
        for currency, terms in self.terms.items():
            if problem := _problem(terms, currency):
                raise ValueError(f"{self.slug} in {currency}: {problem}")
        return self


class CampaignContent(Content):
    """`[[campaign]]`: the first one that runs is the one that asks."""

    slug: Slug
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    texts: Annotated[dict[str, TextsContent], AfterValidator(_in_our_locales)]
    plan: list[PlanContent] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_plain(self) -> CampaignContent:
        if any(moment is not None and moment.tzinfo is None for moment in (self.starts_at, self.ends_at)):
            raise ValueError("starts_at and ends_at need an offset such as Z")
        for name in ("slug", "interval"):
            values = [getattr(plan, name) for plan in self.plan]
            if len(values) != len(set(values)):
                raise ValueError(f"two plans with the same {name}")
        return self


class CampaignsFile(Content):
    """The whole file."""

    campaign: list[CampaignContent] = Field(min_length=1)


def _problem(terms: TermsContent, currency: str) -> str | None:
    texts = [terms.minimum, terms.maximum, *terms.suggested, *filter(None, (terms.fixed, terms.opens_from))]
    try:
        minimum, maximum, *_ = amounts = [Money.parse(text, currency) for text in texts]
    except BadAmount as error:
        return str(error)
    chosen = amounts[2 : 2 + len(terms.suggested)]
    if minimum < stripe_minimum(currency):
        return f"minimum is below Stripe's {stripe_minimum(currency).text}"
    if maximum < minimum or any(amount < minimum or maximum < amount for amount in chosen):
        return "an amount is out of bounds"
    if sorted(chosen) != chosen:
        return "suggested amounts must rise"
    return None
