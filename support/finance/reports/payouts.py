"""What went to the bank, and whether it is made of what the ledger says."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from support.finance.models import Payout
from support.finance.queries import payouts_with_tie_out
from support.finance.reports.shape import Column, Report, Row, Table
from support.finance.reports.totals import added_up
from support.finance.rules import Differs, NotItemized, NotYet, TiesOut
from support.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa
    from sqlalchemy.orm import Session

    from support.finance.reports.filters import Filters
    from support.finance.rules import TieOut

_COLUMNS = (
    Column("payout", "Payout"),
    Column("arrives_on", "Arrives", "day"),
    Column("status", "Status"),
    Column("currency", "Currency"),
    Column("amount", "Amount", "money"),
    Column("state", "Tie-out"),
    Column("difference", "Difference", "money"),
)
# What a reader of the report sees of a tie-out.
STATES = {TiesOut: "ties out", Differs: "differs", NotYet: "not yet", NotItemized: "not itemized by Stripe"}


def payouts(session: Session, filters: Filters) -> Report:
    """Payouts that arrive in the period, the oldest first; each opens its ledger entries."""
    rows = tuple(_rows(session, filters))
    table = Table("payouts", "Payouts", _COLUMNS, rows, added_up(_COLUMNS, rows))
    definition = (
        "Payouts by the day on which Stripe says that they arrive. One ties out if the net amounts of its ledger "
        "entries make its amount; the difference is what they make more, or (negative) less."
    )
    return Report("payouts", "Payouts", definition, (table,))


def _rows(session: Session, filters: Filters) -> Iterator[Row]:
    for payout, state in payouts_with_tie_out(session, *_arriving(filters)):
        difference = state.by if isinstance(state, Differs) else None
        cells = (
            payout.stripe_payout_id,
            payout.arrives_at.date(),
            payout.status,
            payout.currency,
            payout.amount,
            STATES[type(state)],
            difference if difference is not None else _no_difference(state, payout),
        )
        yield Row(cells, {"payout": payout.stripe_payout_id}, "ledger")


def _no_difference(state: TieOut, payout: Payout) -> Money | None:
    """Zero where it is known to be; empty where Stripe has not said what a payout consists of."""
    return Money(0, payout.currency) if isinstance(state, TiesOut) else None


def _arriving(filters: Filters) -> list[sa.ColumnElement[bool]]:
    """A payout has a day, not a moment: Stripe writes it as the UTC midnight with which that day begins."""
    first, following = (
        datetime.combine(day, time(), UTC) for day in (filters.first_day, filters.last_day + timedelta(days=1))
    )
    found = [Payout.arrives_at >= first, Payout.arrives_at < following]
    if filters.currency is not None:
        found.append(Payout.currency == filters.currency)
    return found
