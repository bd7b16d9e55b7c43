"""Money received, on its way back, and contested."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from support.accounts.models import Supporter
from support.checkout.models import Checkout
from support.db import Base
from support.memberships.models import Membership
from support.money import Money


class Payment(Base):
    """Money received once: a donation, or (with a membership) a first payment or renewal.

    A row exists only once money was received; `amount_minor` is what was paid, never what was asked, and contains
    `tax_minor`. `stripe_invoice_id` is the invoice that it paid, where there is one; `is_renewal`: that invoice did not
    begin its membership. `country` is where the reader's billing address is, else the card or bank account.
    """

    __tablename__ = "payments"
    __table_args__ = (
        sa.CheckConstraint("amount_minor > 0", name="amount"),
        sa.Index("ix_payments_received_at_id", "received_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    stripe_payment_intent_id: Mapped[str] = mapped_column(sa.String(255), unique=True)
    stripe_charge_id: Mapped[str | None] = mapped_column(sa.String(255), unique=True)
    stripe_invoice_id: Mapped[str | None] = mapped_column(sa.String(255), index=True)
    checkout_id: Mapped[int | None] = mapped_column(sa.ForeignKey("checkouts.id"), index=True)
    membership_id: Mapped[int | None] = mapped_column(sa.ForeignKey("memberships.id"), index=True)
    supporter_id: Mapped[int | None] = mapped_column(sa.ForeignKey("supporters.id"), index=True)
    amount_minor: Mapped[int]
    tax_minor: Mapped[int] = mapped_column(default=0, server_default="0")
    currency: Mapped[str] = mapped_column(sa.String(3))
    is_renewal: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    country: Mapped[str | None] = mapped_column(sa.String(2))
    received_at: Mapped[datetime]

    # Nobody reads these: they say whose rows go in first.
    checkout: Mapped[Checkout | None] = relationship(lazy="raise")
    membership: Mapped[Membership | None] = relationship(lazy="raise")
    supporter: Mapped[Supporter | None] = relationship(lazy="raise")

    @property
    def amount(self) -> Money:
        """What was paid."""
        return Money(self.amount_minor, self.currency)

    @property
    def tax(self) -> Money | None:
        """The part of it that is tax; None if none is."""
        return Money(self.tax_minor, self.currency) if self.tax_minor else None


class FailedPayment(Base):
    """A charge that the reader's bank refused: no money moved.

    A later charge of the same payment intent may have succeeded: then that payment was recovered.
    """

    __tablename__ = "failed_payments"

    stripe_charge_id: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    stripe_payment_intent_id: Mapped[str | None] = mapped_column(sa.String(255), index=True)
    checkout_id: Mapped[int | None] = mapped_column(sa.ForeignKey("checkouts.id"), index=True)
    membership_id: Mapped[int | None] = mapped_column(sa.ForeignKey("memberships.id"), index=True)
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.String(3))
    failure_code: Mapped[str] = mapped_column(sa.String(100))
    country: Mapped[str | None] = mapped_column(sa.String(2))
    failed_at: Mapped[datetime] = mapped_column(index=True)


class Refund(Base):
    """Money on its way back, with Stripe's own status: one that succeeded may fail weeks later.

    `succeeded_at` is when, as far as we know: Stripe tells no such moment.
    """

    __tablename__ = "refunds"
    __table_args__ = (sa.CheckConstraint("amount_minor > 0", name="amount"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    stripe_refund_id: Mapped[str] = mapped_column(sa.String(255), unique=True)
    payment_id: Mapped[int] = mapped_column(sa.ForeignKey("payments.id"), index=True)
    status: Mapped[str] = mapped_column(sa.String(30))
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.String(3))
    reason: Mapped[str | None] = mapped_column(sa.String(100))
    created_at: Mapped[datetime] = mapped_column(index=True)
    succeeded_at: Mapped[datetime | None] = mapped_column(index=True)

    @property
    def amount(self) -> Money:
        """What goes back."""
        return Money(self.amount_minor, self.currency)


class Dispute(Base):
    """A payment that the cardholder's bank contests.

    `is_withheld`: the money is not ours now (`rules.is_withheld`).
    """

    __tablename__ = "disputes"

    id: Mapped[int] = mapped_column(primary_key=True)
    stripe_dispute_id: Mapped[str] = mapped_column(sa.String(255), unique=True)
    payment_id: Mapped[int] = mapped_column(sa.ForeignKey("payments.id"), index=True)
    status: Mapped[str] = mapped_column(sa.String(40))
    is_withheld: Mapped[bool]
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.String(3))
    reason: Mapped[str] = mapped_column(sa.String(100))
    created_at: Mapped[datetime] = mapped_column(index=True)
    evidence_due_at: Mapped[datetime | None]

    @property
    def amount(self) -> Money:
        """What is contested."""
        return Money(self.amount_minor, self.currency)


class FraudWarning(Base):
    """A card network's hint that a payment will be disputed: refunding it first costs less."""

    __tablename__ = "fraud_warnings"

    stripe_warning_id: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    payment_id: Mapped[int] = mapped_column(sa.ForeignKey("payments.id"), index=True)
    fraud_type: Mapped[str] = mapped_column(sa.String(100))
    created_at: Mapped[datetime]
