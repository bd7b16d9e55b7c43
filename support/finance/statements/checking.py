"""What would be wrong with statements. Nothing found is the only good answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.finance.statements.models import Statement, StatementCounter, StatementLine, StatementTotal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session


def uneven_years(session: Session) -> Iterator[tuple[int, str]]:
    """(fiscal year, why) where the numbers are not 1 to as many as were given, each once."""
    count, highest = sa.func.count(Statement.id), sa.func.coalesce(sa.func.max(Statement.number), 0)
    distinct = sa.func.count(Statement.number.distinct())
    last = StatementCounter.last_number
    uneven = (
        sa.select(StatementCounter.fiscal_year, last, count, distinct, highest)
        .outerjoin(Statement, Statement.fiscal_year == StatementCounter.fiscal_year)
        .group_by(StatementCounter.fiscal_year, last)
        .having(sa.or_(count != last, distinct != last, highest != last))
        .order_by(StatementCounter.fiscal_year)
    )
    for year, given, number, different, top in session.execute(uneven):
        yield year, f"{given} numbers given, {number} statements with {different} numbers up to {top}"


def broken_totals(session: Session) -> Iterator[tuple[str, str]]:
    """(a statement's number, why) where its lines of a currency do not make its total. One without lines is one."""
    lines = sa.select(
        StatementLine.statement_id,
        StatementLine.currency,
        (StatementLine.amount_minor - StatementLine.withheld_minor).label("added"),
        StatementLine.refunded_minor.label("back"),
        sa.literal(0).label("paid"),
        sa.literal(0).label("returned"),
    )
    totals = sa.select(
        StatementTotal.statement_id,
        StatementTotal.currency,
        sa.literal(0),
        sa.literal(0),
        StatementTotal.paid_minor,
        StatementTotal.refunded_minor,
    )
    both = sa.union_all(lines, totals).subquery()
    currency = both.c.currency
    sums = [sa.func.coalesce(sa.func.sum(both.c[name]), 0) for name in ("added", "back", "paid", "returned")]
    broken = (
        sa.select(Statement, currency, *sums)
        .outerjoin(both, both.c.statement_id == Statement.id)
        .group_by(Statement.id, currency)
        .having(sa.or_(currency.is_(None), sums[0] != sums[2], sums[1] != sums[3]))
        .order_by(Statement.id)
    )
    for statement, code, *found in session.execute(broken):
        added, back, paid, returned = map(int, found)
        yield statement.name, f"lines {added} and {back} back, totals {paid} and {returned} back, {code or 'no lines'}"
