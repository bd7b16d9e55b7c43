"""Read campaigns: from memory on the pages, at most two seconds old."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import selectinload

from support.campaigns.models import Campaign, Plan

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.memory import Remembered


def all_campaigns(session: Session) -> list[Campaign]:
    """Every campaign with its plans and their terms, loaded whole, in the order of the file."""
    whole = selectinload(Campaign.plans).selectinload(Plan.terms)
    return list(session.scalars(sa.select(Campaign).options(whole).order_by(Campaign.position, Campaign.id)))


def known_campaigns() -> list[Campaign]:
    """`all_campaigns` from memory. The rows belong to no session: read them, never change them."""
    remembered: Remembered[list[Campaign]] = current_app.extensions["campaigns"]
    return remembered.get()


def running_campaign(now: datetime) -> Campaign | None:
    """The campaign that asks now: the first one that runs."""
    return next((campaign for campaign in known_campaigns() if campaign.is_running(now)), None)


def campaign_by_slug(slug: str) -> Campaign | None:
    """The campaign of this name, running or not."""
    return next((campaign for campaign in known_campaigns() if campaign.slug == slug), None)


def first_campaign_id(session: Session) -> int | None:
    """The campaign that is first in the file."""
    first = sa.select(Campaign.id).order_by(Campaign.is_active.desc(), Campaign.position, Campaign.id)
    return session.scalar(first.limit(1))


def plan_named(session: Session, name: str) -> Plan | None:
    """The plan `<campaign>/<plan>`, offered or not."""
    campaign, _, plan = name.partition("/")
    found = sa.select(Plan).join(Campaign, Campaign.id == Plan.campaign_id)
    return session.scalar(found.where(Campaign.slug == campaign, Plan.slug == plan))


def plan_for_interval(session: Session, campaign_id: int, interval: str) -> Plan | None:
    """The campaign's first plan paid in this interval, Stripe's word; one that is offered before one that was."""
    found = sa.select(Plan).where(Plan.campaign_id == campaign_id, Plan.interval == _ours(interval))
    return session.scalar(found.order_by(Plan.is_active.desc(), Plan.position, Plan.id).limit(1))


def plan_as_paid(session: Session, plan_id: int, interval: str) -> int:
    """This plan; if its supporter pays in another interval by now, the campaign's plan for that, where there is one."""
    plan = session.get_one(Plan, plan_id)
    if plan.interval == _ours(interval):
        return plan_id
    other = plan_for_interval(session, plan.campaign_id, interval)
    return plan_id if other is None else other.id


def _ours(interval: str) -> str:
    """What is charged more often than yearly continues as monthly support does."""
    return interval if interval in {"once", "year"} else "month"
