"""Read statements, and what one would say now."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from support.accounts.models import Supporter
from support.clock import local_day
from support.emails.rules import receipt_number
from support.finance.listings.paging import SIZE, Order, page_of, read_place
from support.finance.reports.filters import day_begins
from support.finance.statements.models import Statement, StatementLine
from support.finance.statements.rules import FiscalYear, Total, add_up, fiscal_year_of
from support.payments.models import Payment
from support.payments.queries import payments_with_plans, refunded_minor, withheld_minor
from support.sql import mentions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from sqlalchemy.orm import Session

_ORDER = Order(Statement.issued_at, Statement.id)
_NUMBER = re.compile(r"([0-9]{4})-([0-9]{5,15})")


@dataclass(frozen=True)
class Sheet:
    """What a statement prints: per currency a total and its lines."""

    year: FiscalYear
    parts: tuple[tuple[Total, tuple[StatementLine, ...]], ...]


@dataclass(frozen=True)
class TheirYear:
    """A fiscal year in which a supporter paid, and the statements of it, the newest first."""

    year: FiscalYear
    payments: int
    statements: tuple[Statement, ...]

    @property
    def statement(self) -> Statement | None:
        """The one that counts."""
        return next((one for one in self.statements if one.voided_at is None), None)


@dataclass(frozen=True)
class StatementPage:
    """Statements, the newest first; `next` is where the next page begins, None where there is none."""

    statements: tuple[Statement, ...]
    next: str | None


def lines_in(session: Session, supporter_id: int, year: FiscalYear, zone: ZoneInfo) -> list[StatementLine]:
    """What a statement of this year would have as its lines now; none of them is stored."""
    starts_at, ends_at = day_begins(year.first_day, zone), day_begins(year.last_day + timedelta(days=1), zone)
    found = (
        payments_with_plans()
        .add_columns(refunded_minor(), withheld_minor())
        .where(Payment.supporter_id == supporter_id, Payment.received_at >= starts_at, Payment.received_at < ends_at)
        .order_by(Payment.received_at, Payment.id)
    )
    lines = []
    for position, (payment, plan, refunded, withheld) in enumerate(session.execute(found), start=1):
        day = payment.received_at.astimezone(zone).date()
        line = StatementLine(
            position=position,
            payment_id=payment.id,
            received_on=day,
            receipt_number=receipt_number(payment.id, day),
            plan_names=plan.names,
            currency=payment.currency,
            amount_minor=payment.amount_minor,
            tax_minor=payment.tax_minor,
            refunded_minor=int(refunded),
            # A dispute may be about more than is left after a refund.
            withheld_minor=min(int(withheld), payment.amount_minor - int(refunded)),
        )
        lines.append(line)
    return lines


def sheet_of(statement: Statement) -> Sheet:
    """What this statement prints."""
    return _sheet(statement.year, statement.lines, [one.total for one in statement.totals])


def sheet_so_far(session: Session, supporter_id: int, year: FiscalYear, zone: ZoneInfo) -> Sheet:
    """What a statement of this year would print now."""
    lines = lines_in(session, supporter_id, year, zone)
    return _sheet(year, lines, add_up((line.received, line.refunded) for line in lines))


def has_changed(session: Session, statement: Statement, zone: ZoneInfo) -> bool:
    """Whether the year is not any more what this statement says of it."""
    now = lines_in(session, statement.supporter_id, statement.year, zone)
    return [line.facts for line in now] != [line.facts for line in statement.lines]


def years_of(session: Session, supporter_id: int, first_month: int) -> list[TheirYear]:
    """The years in which a supporter paid or was given a statement, the newest first."""
    paid = sa.select(Payment.received_at).where(Payment.supporter_id == supporter_id)
    days = [fiscal_year_of(local_day(moment), first_month) for moment in session.scalars(paid)]
    theirs = sa.select(Statement).where(Statement.supporter_id == supporter_id).order_by(Statement.id.desc())
    statements = list(session.scalars(theirs.options(selectinload(Statement.totals))))
    years = {*days, *(one.year for one in statements)}
    return [
        TheirYear(year, days.count(year), tuple(one for one in statements if one.year == year))
        for year in sorted(years, key=lambda year: year.first_day, reverse=True)
    ]


def statement_of(session: Session, public_id: str, supporter_id: int | None = None) -> Statement | None:
    """A statement with all that it prints, if it is this supporter's; None: whosever it is."""
    its = sa.select(Statement).where(Statement.public_id == public_id)
    if supporter_id is not None:
        its = its.where(Statement.supporter_id == supporter_id)
    relations = (Statement.lines, Statement.totals, Statement.supporter, Statement.replaces, Statement.replaced_by)
    return session.scalar(its.options(*(selectinload(one) for one in relations)))


def latest_of(session: Session, supporter_id: int, year: FiscalYear) -> Statement | None:
    """The supporter's statement of this year that counts, else the one that was made void last."""
    its = sa.select(Statement).where(
        Statement.supporter_id == supporter_id,
        Statement.fiscal_year == year.number,
        Statement.first_month == year.first_month,
    )
    is_void = sa.case((Statement.voided_at.is_(None), 0), else_=1)
    return session.scalar(its.order_by(is_void, Statement.voided_at.desc(), Statement.id.desc()).limit(1))


def statements(session: Session, year: int | None, text: str = "", after: str = "", size: int = SIZE) -> StatementPage:
    """A page of those of a year (None: of all years) that `text` names: a number in full, or a part of an address.

    Raises InvalidInput for an `after` that no page gave.
    """
    place = read_place(after, _ORDER) if after else None
    listed = sa.select(Statement.issued_at, Statement.id)
    if year is not None:
        listed = listed.where(Statement.fiscal_year == year)
    if text:
        listed = listed.where(_is_named(session, text))
    found, following = page_of(session, listed, _ORDER, place, size)
    ids = [number for _, number in found]
    whole = sa.select(Statement).where(Statement.id.in_(ids)).options(selectinload(Statement.totals))
    by_id = {one.id: one for one in session.scalars(whole)}
    return StatementPage(tuple(by_id[number] for number in ids), following)


def issued_years(session: Session) -> list[int]:
    """The fiscal years of which there are statements, the newest first."""
    return list(session.scalars(sa.select(Statement.fiscal_year).distinct().order_by(Statement.fiscal_year.desc())))


def _sheet(year: FiscalYear, lines: Sequence[StatementLine], totals: Sequence[Total]) -> Sheet:
    parts = ((total, tuple(line for line in lines if line.currency == total.paid.currency)) for total in totals)
    return Sheet(year, tuple(parts))


def _is_named(session: Session, text: str) -> sa.ColumnElement[bool]:
    if match := _NUMBER.fullmatch(text):
        return sa.and_(Statement.fiscal_year == int(match[1]), Statement.number == int(match[2]))
    kept = sa.func.coalesce(Supporter.merged_into_id, Supporter.id)
    theirs = sa.select(kept).where(mentions(session, Supporter.email, text))
    return Statement.supporter_id.in_(theirs)
