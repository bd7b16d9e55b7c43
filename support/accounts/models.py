"""A person who has given, the customers that Stripe keeps for that person, and how that person signs in."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from support.db import Base, one_of

# What a mailed link may be used for; its hash depends on it, so that none passes for another.
PURPOSES = ("sign_in",)
_ASCII_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


class Supporter(Base):
    """A person who has given, or has an account.

    `email` is spelled as first given; `email_key` is its one spelling for comparing. Only a mailed link or code proves
    it: `email_proven_at`. What was begun before `signed_out_at` (sign out everywhere) opens nothing in any browser.
    Of one who was erased only this row remains, without an address: the books refer to it. One that was found to be the
    same person as another (`merged_into_id`) has nothing of its own any more; its address leads to the other.
    """

    __tablename__ = "supporters"
    __table_args__ = (sa.Index("ix_supporters_created_at_id", "created_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(sa.String(320))
    email_key: Mapped[str | None] = mapped_column(sa.String(320), unique=True)
    locale: Mapped[str] = mapped_column(sa.String(20))
    created_at: Mapped[datetime]
    email_proven_at: Mapped[datetime | None]
    signed_out_at: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = mapped_column(sa.ForeignKey("supporters.id"), index=True)


class SupporterNote(Base):
    """What a staff member (`who`: the address then) wrote about a supporter. Only added; forgotten with the person."""

    __tablename__ = "supporter_notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    supporter_id: Mapped[int] = mapped_column(sa.ForeignKey("supporters.id"), index=True)
    staff_id: Mapped[int] = mapped_column(sa.ForeignKey("staff_members.id"))
    who: Mapped[str] = mapped_column(sa.String(320))
    text: Mapped[str] = mapped_column(sa.Text)
    written_at: Mapped[datetime]


class StripeCustomer(Base):
    """One of a supporter's customers at Stripe: each checkout without a known customer makes another."""

    __tablename__ = "stripe_customers"

    stripe_customer_id: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    supporter_id: Mapped[int] = mapped_column(sa.ForeignKey("supporters.id"), index=True)
    deleted_at: Mapped[datetime | None]

    # Nobody reads it: it says whose row goes in first.
    supporter: Mapped[Supporter] = relationship(lazy="raise")


class ErasedCustomer(Base):
    """A tombstone: the supporter of this customer was erased, and no sync may bring anything personal back."""

    __tablename__ = "erased_customers"

    stripe_customer_id: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    erased_at: Mapped[datetime]


class MailedLink(Base):
    """A link and a code that were mailed to an address, known or not: 15 minutes, once.

    The code works only in the browser that asked (`browser_hash`); the link in any.
    """

    __tablename__ = "mailed_links"
    __table_args__ = (one_of("purpose", PURPOSES),)

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(sa.String(20))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    code_hash: Mapped[str] = mapped_column(sa.String(64))
    browser_hash: Mapped[str] = mapped_column(sa.String(64), index=True)
    email: Mapped[str] = mapped_column(sa.String(320))
    email_key: Mapped[str] = mapped_column(sa.String(320), index=True)
    return_to: Mapped[str | None] = mapped_column(sa.Text)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class SignIn(Base):
    """A supporter who is signed in, in one browser."""

    __tablename__ = "sign_ins"

    id: Mapped[int] = mapped_column(primary_key=True)
    supporter_id: Mapped[int] = mapped_column(sa.ForeignKey("supporters.id"), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


def email_key(email: str) -> str:
    """The spelling by which addresses are compared; `+tags` count.

    Only A to Z are folded: Unicode's folding would make one address out of two that reach different people.
    """
    return email.strip().translate(_ASCII_LOWER)
