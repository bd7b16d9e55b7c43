"""A person who has given, and the customers that Stripe keeps for that person."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from support.db import Base

_ASCII_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


class Supporter(Base):
    """A person who has given, or has an account.

    `email` is spelled as first given; `email_key` is its one spelling for comparing. Nobody has proven it.
    """

    __tablename__ = "supporters"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(sa.String(320))
    email_key: Mapped[str | None] = mapped_column(sa.String(320), unique=True)
    locale: Mapped[str] = mapped_column(sa.String(20))
    created_at: Mapped[datetime]


class StripeCustomer(Base):
    """One of a supporter's customers at Stripe: each checkout without a known customer makes another."""

    __tablename__ = "stripe_customers"

    stripe_customer_id: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    supporter_id: Mapped[int] = mapped_column(sa.ForeignKey("supporters.id"), index=True)
    deleted_at: Mapped[datetime | None]


def email_key(email: str) -> str:
    """The spelling by which addresses are compared; `+tags` count.

    Only A to Z are folded: Unicode's folding would make one address out of two that reach different people.
    """
    return email.strip().translate(_ASCII_LOWER)
