"""A refund that staff have asked for."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from support.db import Base, one_of
from support.money import Money
from support.payments.models import Payment

# requested: a second person must approve it · approved: Stripe is being asked · sent: Stripe has made the refund, whose
# own status counts · refused: Stripe said no · rejected: a colleague did, or whoever asked took it back
STATES = ("requested", "approved", "sent", "refused", "rejected")
REASONS = ("requested_by_customer", "duplicate", "fraudulent")


class RefundRequest(Base):
    """What is to go back of a payment, and how far that has come. What Stripe is asked never changes.

    `public_id` is the attempt of the page that asked, and what Stripe's metadata shows of it. `attempted_at` is when
    the key of this `stripe_attempt` was first used; None while there is none that may be used. `refusal` is Stripe's
    code for its no.
    """

    __tablename__ = "refund_requests"
    __table_args__ = (
        one_of("state", STATES),
        one_of("reason", REASONS),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
        sa.CheckConstraint(
            "state = 'rejected' OR decided_by_id IS NULL OR decided_by_id <> requested_by_id", name="second_person"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(64), unique=True)
    payment_id: Mapped[int] = mapped_column(sa.ForeignKey("payments.id"), index=True)
    stripe_payment_id: Mapped[str] = mapped_column(sa.String(255))
    state: Mapped[str] = mapped_column(sa.String(20), index=True)
    amount_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(sa.String(3))
    reason: Mapped[str] = mapped_column(sa.String(30))
    requested_by_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_members.id"))
    requested_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("staff_members.id"))
    decided_at: Mapped[datetime | None]
    stripe_attempt: Mapped[int] = mapped_column(default=0)
    attempted_at: Mapped[datetime | None]
    stripe_refund_id: Mapped[str | None] = mapped_column(sa.String(255), unique=True)
    refusal: Mapped[str] = mapped_column(sa.String(100), default="")
    payment: Mapped[Payment] = relationship()

    @property
    def amount(self) -> Money:
        """What is to go back."""
        return Money(self.amount_minor, self.currency)

    @property
    def idempotency_key(self) -> str:
        """Stripe's name for this attempt."""
        return f"{self.public_id}-{self.stripe_attempt}"
