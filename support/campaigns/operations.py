"""Load campaigns from content."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.campaigns.models import Campaign, Plan, PlanTerms
from support.money import Money

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from support.campaigns.forms import CampaignsFile, PlanContent, TermsContent


def load_campaigns(session: Session, content: CampaignsFile) -> None:
    """Make the tables say what the file says. What the file no longer has stops being offered; rows stay."""
    session.execute(sa.update(Campaign).values(is_active=False))
    session.execute(sa.update(Plan).values(is_active=False))
    for position, wanted in enumerate(content.campaign):
        campaign = session.scalar(sa.select(Campaign).where(Campaign.slug == wanted.slug)) or Campaign(slug=wanted.slug)
        campaign.position = position
        campaign.is_active = True
        campaign.starts_at = wanted.starts_at
        campaign.ends_at = wanted.ends_at
        campaign.texts = {locale: texts.model_dump() for locale, texts in wanted.texts.items()}
        session.add(campaign)
        session.flush()
        for place, plan in enumerate(wanted.plan):
            _load_plan(session, campaign, place, plan)


def _load_plan(session: Session, campaign: Campaign, position: int, wanted: PlanContent) -> None:
    known = sa.select(Plan).where(Plan.campaign_id == campaign.id, Plan.slug == wanted.slug)
    plan = session.scalar(known) or Plan(campaign_id=campaign.id, slug=wanted.slug)
    plan.position = position
    plan.is_active = True
    plan.interval = wanted.interval
    plan.names = wanted.name
    plan.opens_months = wanted.opens_months
    session.add(plan)
    session.flush()
    session.execute(sa.delete(PlanTerms).where(PlanTerms.plan_id == plan.id))
    session.add_all(
        _terms(plan, place, currency, terms) for place, (currency, terms) in enumerate(wanted.terms.items())
    )


def _terms(plan: Plan, position: int, currency: str, wanted: TermsContent) -> PlanTerms:
    def minor(text: str) -> int:
        return Money.parse(text, currency).amount_minor

    return PlanTerms(
        plan_id=plan.id,
        currency=currency,
        position=position,
        fixed_minor=minor(wanted.fixed) if wanted.fixed else None,
        minimum_minor=minor(wanted.minimum),
        maximum_minor=minor(wanted.maximum),
        suggested_minor=[minor(text) for text in wanted.suggested],
        opens_from_minor=minor(wanted.opens_from) if wanted.opens_from else None,
    )
