"""Memberships and the periods that were paid for."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from support.accounts.models import Supporter
from support.campaigns.models import Plan
from support.checkout.models import Checkout
from support.db import Base
from support.money import Money


class Membership(Base):
    """Support that continues. `status` is Stripe's word for its subscription; what opens articles is what was paid.

    `canceled_at`: when it was canceled, the first time if it was asked for again; `ends_at`: when that takes effect;
    `ended_at`: when it did. `card_expires_on` and `card_last4`: the last day and the last digits of the card that it is
    paid with. While `unpaid_invoice_id` is set, `next_attempt_at` is when Stripe tries again and `action_url` the page
    on which its supporter can pay or confirm it.
    """

    __tablename__ = "memberships"

    id: Mapped[int] = mapped_column(primary_key=True)
    stripe_subscription_id: Mapped[str] = mapped_column(sa.String(255), unique=True)
    status: Mapped[str] = mapped_column(sa.String(30))
    checkout_id: Mapped[int | None] = mapped_column(sa.ForeignKey("checkouts.id"), index=True)
    supporter_id: Mapped[int | None] = mapped_column(sa.ForeignKey("supporters.id"), index=True)
    plan_id: Mapped[int] = mapped_column(sa.ForeignKey("plans.id"))
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.String(3))
    canceled_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    is_paused: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    stripe_customer_id: Mapped[str | None] = mapped_column(sa.String(255), index=True)
    stripe_payment_method_id: Mapped[str | None] = mapped_column(sa.String(255), index=True)
    card_expires_on: Mapped[date | None]
    card_last4: Mapped[str | None] = mapped_column(sa.String(4))
    unpaid_invoice_id: Mapped[str | None] = mapped_column(sa.String(255))
    next_attempt_at: Mapped[datetime | None]
    action_url: Mapped[str | None] = mapped_column(sa.Text)
    created_at: Mapped[datetime]
    plan: Mapped[Plan] = relationship()
    # Nobody reads these: they say whose rows go in first.
    checkout: Mapped[Checkout | None] = relationship(lazy="raise")
    supporter: Mapped[Supporter | None] = relationship(lazy="raise")
    periods: Mapped[list[PaidPeriod]] = relationship(order_by="PaidPeriod.starts_at")

    @property
    def amount(self) -> Money:
        """What is charged each time."""
        return Money(self.amount_minor, self.currency)

    @property
    def has_grace(self) -> bool:
        """Whether a late renewal is waited for: it continues, and nobody has canceled it."""
        return self.status in {"active", "past_due"} and self.ends_at is None and self.ended_at is None


class PaidPeriod(Base):
    """A stretch of a membership that an invoice was paid for, with money, credit or outside Stripe.

    `amount_minor` is what it costs by its invoice, however that was settled.
    """

    __tablename__ = "paid_periods"
    __table_args__ = (sa.CheckConstraint("starts_at <= ends_at", name="order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    stripe_invoice_id: Mapped[str] = mapped_column(sa.String(255), unique=True)
    membership_id: Mapped[int] = mapped_column(sa.ForeignKey("memberships.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.String(3))
