"""Statements, with copies of whatever they say: what was issued stays as it was.

The database itself refuses changes (triggers of migration 0012). Three are allowed: a statement becomes void, once;
what staff wrote about that becomes ERASED; it goes over to another supporter, when two turn out to be one person.
"""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from support.accounts.models import Supporter
from support.db import Base
from support.finance.statements.rules import FiscalYear, Total
from support.i18n import DEFAULT
from support.money import Money


def _new_public_id() -> str:
    """128 random bits: what addresses show of a statement."""
    return secrets.token_urlsafe(16)


class StatementCounter(Base):
    """The last number that was given in a fiscal year. Whoever takes the next one holds this row until the commit."""

    __tablename__ = "statement_counters"

    fiscal_year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_number: Mapped[int]


class Statement(Base):
    """What a supporter paid in one fiscal year, as it was when this was issued.

    The year begins with `first_month`. The texts are those that the newsroom had then. A void one (`voided_at`) counts
    no more; whichever is issued after it for the same supporter and year replaces it.
    """

    __tablename__ = "statements"
    __table_args__ = (
        sa.UniqueConstraint("fiscal_year", "number"),
        sa.CheckConstraint("number > 0", name="number"),
        sa.CheckConstraint("first_month BETWEEN 1 AND 12", name="first_month"),
        sa.CheckConstraint("(voided_at IS NULL) = (void_reason IS NULL)", name="void"),
        sa.Index(
            "uq_statements_one_counts",
            "supporter_id",
            "fiscal_year",
            "first_month",
            unique=True,
            sqlite_where=sa.text("voided_at IS NULL"),
            postgresql_where=sa.text("voided_at IS NULL"),
        ),
        sa.Index("ix_statements_issued_at_id", "issued_at", "id"),
        sa.Index("ix_statements_fiscal_year_issued_at_id", "fiscal_year", "issued_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(40), unique=True, default=_new_public_id)
    fiscal_year: Mapped[int] = mapped_column(sa.ForeignKey("statement_counters.fiscal_year"))
    number: Mapped[int]
    first_month: Mapped[int]
    supporter_id: Mapped[int] = mapped_column(sa.ForeignKey("supporters.id"), index=True)
    newsroom_name: Mapped[str] = mapped_column(sa.Text)
    newsroom_legal: Mapped[str] = mapped_column(sa.Text)
    newsroom_contact: Mapped[str] = mapped_column(sa.Text)
    issued_at: Mapped[datetime]
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[str | None] = mapped_column(sa.Text)
    replaces_id: Mapped[int | None] = mapped_column(sa.ForeignKey("statements.id"), unique=True)
    supporter: Mapped[Supporter] = relationship()
    replaces: Mapped[Statement | None] = relationship(remote_side="Statement.id", back_populates="replaced_by")
    replaced_by: Mapped[Statement | None] = relationship(back_populates="replaces", uselist=False)
    lines: Mapped[list[StatementLine]] = relationship(order_by="StatementLine.position")
    totals: Mapped[list[StatementTotal]] = relationship(order_by="StatementTotal.currency")

    @property
    def name(self) -> str:
        """Its number, as it is printed: `2025-00042`."""
        return f"{self.fiscal_year}-{self.number:05d}"

    @property
    def year(self) -> FiscalYear:
        """What it is about."""
        return FiscalYear(self.fiscal_year, self.first_month)


class StatementLine(Base):
    """One payment on a statement. A row that is in no statement tells of a payment as it is now.

    `withheld_minor`: what disputes have taken away of it, and so was not received. `plan_names` is {locale: name}.
    """

    __tablename__ = "statement_lines"

    statement_id: Mapped[int] = mapped_column(sa.ForeignKey("statements.id"), primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    payment_id: Mapped[int] = mapped_column(sa.ForeignKey("payments.id"), index=True)
    received_on: Mapped[date]
    receipt_number: Mapped[str] = mapped_column(sa.String(40))
    plan_names: Mapped[dict[str, Any]]
    currency: Mapped[str] = mapped_column(sa.String(3))
    amount_minor: Mapped[int]
    tax_minor: Mapped[int]
    refunded_minor: Mapped[int]
    withheld_minor: Mapped[int]

    def plan(self, locale: str) -> str:
        """What readers called the plan in `locale`, else in English."""
        name: str = self.plan_names.get(locale) or self.plan_names[DEFAULT]
        return name

    @property
    def amount(self) -> Money:
        """What was paid."""
        return Money(self.amount_minor, self.currency)

    @property
    def tax(self) -> Money:
        """The part of it that is tax."""
        return Money(self.tax_minor, self.currency)

    @property
    def refunded(self) -> Money:
        """What has gone back of it."""
        return Money(self.refunded_minor, self.currency)

    @property
    def withheld(self) -> Money:
        """What disputes have taken away of it."""
        return Money(self.withheld_minor, self.currency)

    @property
    def received(self) -> Money:
        """What came and was not taken away again."""
        return Money(self.amount_minor - self.withheld_minor, self.currency)

    @property
    def facts(self) -> tuple[object, ...]:
        """What has to stay the same, or the statement does not tell how things are."""
        amounts = (self.amount_minor, self.tax_minor, self.refunded_minor, self.withheld_minor)
        return (self.payment_id, self.received_on, self.currency, *amounts)


class StatementTotal(Base):
    """What the lines of one currency add up to."""

    __tablename__ = "statement_totals"

    statement_id: Mapped[int] = mapped_column(sa.ForeignKey("statements.id"), primary_key=True, autoincrement=False)
    currency: Mapped[str] = mapped_column(sa.String(3), primary_key=True)
    paid_minor: Mapped[int]
    refunded_minor: Mapped[int]

    @property
    def total(self) -> Total:
        """The same as amounts."""
        return Total(Money(self.paid_minor, self.currency), Money(self.refunded_minor, self.currency))
