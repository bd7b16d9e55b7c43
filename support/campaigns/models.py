"""What the newsroom asks for: campaigns, their plans, and each plan's terms in one currency."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from support.db import Base, one_of
from support.i18n import DEFAULT
from support.money import Money

INTERVALS = ("once", "month", "year")


class Campaign(Base):
    """An appeal: its texts, when it runs, its plans. `texts` is {locale: {headline, message, …}}."""

    __tablename__ = "campaigns"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(60), unique=True)
    position: Mapped[int]
    is_active: Mapped[bool]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    texts: Mapped[dict[str, Any]]
    plans: Mapped[list[Plan]] = relationship(order_by="Plan.position")

    def is_running(self, now: datetime) -> bool:
        """Whether it asks at this moment."""
        has_begun = self.starts_at is None or self.starts_at <= now
        return self.is_active and has_begun and (self.ends_at is None or now < self.ends_at)

    def text(self, name: str, locale: str) -> str:
        """One of its texts in `locale`, else in English."""
        texts: dict[str, str] = self.texts.get(locale) or self.texts[DEFAULT]
        return texts[name]

    def active_plans(self) -> list[Plan]:
        """What can be chosen now, in the order of the file."""
        return [plan for plan in self.plans if plan.is_active]


class Plan(Base):
    """An interval and what it opens. A plan that is no longer offered stays: memberships refer to it."""

    __tablename__ = "plans"
    __table_args__ = (sa.UniqueConstraint("campaign_id", "slug"), one_of("interval", INTERVALS))

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("campaigns.id"))
    slug: Mapped[str] = mapped_column(sa.String(60))
    position: Mapped[int]
    is_active: Mapped[bool]
    interval: Mapped[str] = mapped_column(sa.String(10))
    names: Mapped[dict[str, Any]]
    opens_months: Mapped[int | None]
    terms: Mapped[list[PlanTerms]] = relationship(order_by="PlanTerms.position")

    def name(self, locale: str) -> str:
        """What readers call it in `locale`, else in English."""
        name: str = self.names.get(locale) or self.names[DEFAULT]
        return name

    def terms_in(self, currency: str) -> PlanTerms | None:
        """The terms in one currency; None where it is not offered."""
        return next((terms for terms in self.terms if terms.currency == currency), None)


class PlanTerms(Base):
    """A plan in one currency: a fixed amount, or suggestions and bounds. Amounts are minor units.

    `opens_from_minor`: the smallest single donation that opens articles; None opens nothing.
    """

    __tablename__ = "plan_terms"
    __table_args__ = (
        sa.CheckConstraint("minimum_minor > 0 AND minimum_minor <= maximum_minor", name="bounds"),
        sa.CheckConstraint("fixed_minor IS NULL OR fixed_minor > 0", name="fixed"),
    )

    plan_id: Mapped[int] = mapped_column(sa.ForeignKey("plans.id"), primary_key=True)
    currency: Mapped[str] = mapped_column(sa.String(3), primary_key=True)
    position: Mapped[int]
    fixed_minor: Mapped[int | None]
    minimum_minor: Mapped[int]
    maximum_minor: Mapped[int]
    suggested_minor: Mapped[list[int]]
    opens_from_minor: Mapped[int | None]

    @property
    def fixed(self) -> Money | None:
        """The one amount that this plan has, or None where readers choose."""
        return None if self.fixed_minor is None else Money(self.fixed_minor, self.currency)

    @property
    def minimum(self) -> Money:
        """The smallest amount that readers may choose."""
        return Money(self.minimum_minor, self.currency)

    @property
    def maximum(self) -> Money:
        """The largest amount that readers may choose."""
        return Money(self.maximum_minor, self.currency)

    @property
    def suggested(self) -> list[Money]:
        """Amounts to choose from, smallest first."""
        return [Money(amount, self.currency) for amount in self.suggested_minor]

    @property
    def opens_from(self) -> Money | None:
        """From which single donation on articles open."""
        return None if self.opens_from_minor is None else Money(self.opens_from_minor, self.currency)
