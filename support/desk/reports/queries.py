"""What the filters of a report can be set to, and what needs somebody now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.campaigns.models import Campaign, Plan, PlanTerms
from support.desk.figures import LOCALE
from support.finance.models import Payout
from support.finance.queries import payouts_with_tie_out
from support.finance.rules import Differs
from support.finance.supporters.queries import live_twice
from support.payments.models import Dispute
from support.payments.rules import AWAITING_ANSWER

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.finance.supporters.queries import Twice
    from support.money import Money

# Older payouts are looked at by the report of payouts and by `flask selfcheck`.
_RECENT = timedelta(days=92)
_MOST = 5


@dataclass(frozen=True)
class Choice:
    """A value as an address has it, and its name for people."""

    value: str
    name: str


@dataclass(frozen=True)
class Choices:
    """Campaigns and plans, ended ones too: they have earned. Currencies in which plans are or were offered."""

    currency: tuple[Choice, ...]
    campaign: tuple[Choice, ...]
    plan: tuple[Choice, ...]


def choices_of(session: Session) -> Choices:
    """All that can be chosen from; few rows, whatever the number of payments."""
    currencies = session.scalars(sa.select(PlanTerms.currency).distinct().order_by(PlanTerms.currency))
    campaigns = session.scalars(sa.select(Campaign).order_by(Campaign.is_active.desc(), Campaign.position)).all()
    plans = session.execute(
        sa.select(Campaign.slug, Plan)
        .join(Plan, Plan.campaign_id == Campaign.id)
        .order_by(Campaign.is_active.desc(), Campaign.position, Plan.position)
    )
    return Choices(
        tuple(Choice(currency, currency) for currency in currencies),
        tuple(Choice(one.slug, f"{one.text('headline', LOCALE)} ({one.slug})") for one in campaigns),
        tuple(Choice(f"{slug}/{plan.slug}", f"{plan.name(LOCALE)} ({slug}/{plan.slug})") for slug, plan in plans),
    )


@dataclass(frozen=True)
class Glance:
    """What needs somebody: recent payouts that differ, with by how much; disputes that wait for an answer; supporters
    with more than one live membership. `now` is the moment of looking.
    """

    now: datetime
    payouts: tuple[tuple[Payout, Money], ...]
    disputes: Sequence[Dispute]
    has_more_disputes: bool
    live_twice: Sequence[Twice]
    has_more_live_twice: bool


def glance_at(session: Session, now: datetime) -> Glance:
    """What needs somebody now."""
    differing = tuple(
        (payout, state.by)
        for payout, state in payouts_with_tie_out(session, Payout.created_at >= now - _RECENT)
        if isinstance(state, Differs)
    )
    waiting = (
        sa.select(Dispute)
        .where(Dispute.status.in_(AWAITING_ANSWER))
        .order_by(_is_late(now), Dispute.evidence_due_at, Dispute.id)
        .limit(_MOST + 1)
    )
    disputes = session.scalars(waiting).all()
    twice = live_twice(session, size=_MOST + 1)
    return Glance(now, differing, disputes[:_MOST], len(disputes) > _MOST, twice[:_MOST], len(twice) > _MOST)


def _is_late(now: datetime) -> sa.Case[int]:
    """1 for a dispute whose time to answer is over: what can still be answered is told of first."""
    return sa.case((Dispute.evidence_due_at < now, 1), else_=0)
