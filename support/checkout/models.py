"""One attempt to give."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from support.accounts.models import Supporter
from support.campaigns.models import INTERVALS, Campaign, Plan
from support.db import Base, one_of
from support.money import Money

# starting: Stripe has not answered yet · processing: a bank debit is on its way · refused: Stripe took no such request
STATES = ("starting", "open", "processing", "paid", "failed", "expired", "refused")


def new_public_id() -> str:
    """128 random bits: what the reader's address bar and Stripe's metadata show of a checkout."""
    return secrets.token_urlsafe(16)


class Checkout(Base):
    """One attempt to give: what was asked for, and what became of it.

    `request_params` is what Stripe was asked, kept whole: a retry under the same idempotency key must be identical.
    `attempt_key` joins the retries of one page view while this checkout is open. `opens_from_minor` and
    `opens_months` are the donation's terms on the day it was made. `adopted_at`: nobody asked here, the row was made
    then from what Stripe says. Whoever began it was erased at `forgotten_at`.
    """

    __tablename__ = "checkouts"
    __table_args__ = (
        one_of("state", STATES),
        one_of("interval", INTERVALS),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(40), unique=True, default=new_public_id)
    state: Mapped[str] = mapped_column(sa.String(20), default="starting")
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaigns.id"))
    plan_id: Mapped[int] = mapped_column(sa.ForeignKey("plans.id"))
    interval: Mapped[str] = mapped_column(sa.String(10))
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.String(3))
    opens_from_minor: Mapped[int | None]
    opens_months: Mapped[int | None]
    article: Mapped[str | None] = mapped_column(sa.Text)
    return_to: Mapped[str | None] = mapped_column(sa.Text)
    locale: Mapped[str] = mapped_column(sa.String(20))
    attempt_key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    stripe_attempt: Mapped[int] = mapped_column(default=1)
    request_params: Mapped[dict[str, Any]]
    stripe_session_id: Mapped[str | None] = mapped_column(sa.String(255), unique=True)
    stripe_url: Mapped[str | None] = mapped_column(sa.Text)
    supporter_id: Mapped[int | None] = mapped_column(sa.ForeignKey("supporters.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(index=True)
    expires_at: Mapped[datetime]
    forgotten_at: Mapped[datetime | None]
    synced_at: Mapped[datetime | None]
    adopted_at: Mapped[datetime | None]
    campaign: Mapped[Campaign] = relationship()
    plan: Mapped[Plan] = relationship()
    # Nobody reads it: it says whose row goes in first.
    supporter: Mapped[Supporter | None] = relationship(lazy="raise")

    @property
    def amount(self) -> Money:
        """What was asked for."""
        return Money(self.amount_minor, self.currency)

    @property
    def idempotency_key(self) -> str:
        """Stripe's name for this request: the same for every retry, another after a definite failure of Stripe's."""
        return f"{self.public_id}-{self.stripe_attempt}"
