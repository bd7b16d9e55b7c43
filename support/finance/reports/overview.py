"""The figures of the period beside those of the period before."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from support.finance.reports import sums
from support.finance.reports.filters import Span
from support.finance.reports.income import figures_by_kind, income_charts
from support.finance.reports.shape import Column, Report, Row, Table
from support.money import Money

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sqlalchemy.orm import Session

    from support.finance.reports.filters import Filters

_AMOUNTS = (
    Column("figure", "Figure"),
    Column("currency", "Currency"),
    Column("now", "This period", "money"),
    Column("before", "Period before", "money"),
    Column("change", "Change", "share"),
)
_COUNTS = (
    Column("figure", "Figure"),
    Column("currency", "Currency"),
    Column("now", "This period", "count"),
    Column("before", "Period before", "count"),
    Column("change", "Change", "share"),
)


@dataclass(frozen=True)
class Figure:
    """One figure of two periods: how many, or minor units of `currency`. `opens` as in a Row."""

    name: str
    currency: str
    now: int
    before: int
    opens: Mapping[str, str]
    opens_in: str = "payments"
    is_amount: bool = True

    @property
    def row(self) -> Row:
        """As the table shows it; the change of what was nothing has no share."""
        now, before = (
            (Money(self.now, self.currency), Money(self.before, self.currency))
            if self.is_amount
            else (self.now, self.before)
        )
        change = Decimal(self.now - self.before) / abs(self.before) if self.before else None
        return Row((self.name, self.currency, now, before, change), self.opens, self.opens_in)


def overview(session: Session, filters: Filters) -> Report:
    """What the newsroom's support amounts to, and whether it grows."""
    figures = [figure for find in FIGURES for figure in find(session, filters)]
    tables = (
        Table("amounts", "Amounts", _AMOUNTS, tuple(one.row for one in figures if one.is_amount)),
        Table("counts", "Counts", _COUNTS, tuple(one.row for one in figures if not one.is_amount)),
    )
    definition = (
        "Each figure of the period beside the same figure of the period before: as many whole months, or else as many "
        "days, that end where this one begins."
    )
    charts = income_charts(filters, figures_by_kind(session, filters))
    return Report("overview", "Overview", definition, tables, charts)


def both_periods(filters: Filters) -> Span:
    """The period before (part 0) and the period (part 1): both are summed in one pass."""
    return Span((filters.before.starts_at, filters.starts_at), filters.ends_at)


_Pairs = dict[str, list[list[int]]]


def _pairs(rows: Iterable[Any], columns: int) -> _Pairs:
    """{currency: per summed column, what it was before and is now}, of rows (part, currency, *sums)."""
    found: _Pairs = {}
    for part, currency, *values in rows:
        pairs = found.setdefault(currency, [[0, 0] for _ in range(columns)])
        for pair, value in zip(pairs, values, strict=True):
            pair[part] += int(value)
    return dict(sorted(found.items()))


def _money_in(session: Session, filters: Filters) -> Iterable[Figure]:
    """Payments, and the donations among them."""
    rows = [tuple(row) for row in session.execute(sums.payments(filters, both_periods(filters), sums.kind_of()))]
    everything = _pairs(((part, currency, count, gross) for part, currency, _kind, count, gross, _tax in rows), 2)
    donated = _pairs(((part, currency, count, gross) for part, currency, kind, count, gross, _ in rows if not kind), 2)
    for name, found, more in (("Payments", everything, {}), ("Donations", donated, {"kind": sums.KINDS[0]})):
        for currency, (counts, amounts) in found.items():
            opens = filters.opens(currency=currency, **more)
            word = "Income" if found is everything else name
            yield Figure(word, currency, amounts[1], amounts[0], opens)
            yield Figure(name, currency, counts[1], counts[0], opens, is_amount=False)


def _money_back(session: Session, filters: Filters) -> Iterable[Figure]:
    """Refunds, and disputes that were lost."""
    refunded = (row[:4] for row in session.execute(sums.refunds(filters, both_periods(filters))))
    for currency, (counts, amounts) in _pairs(refunded, 2).items():
        opens = filters.opens(currency=currency, moment="succeeded")
        yield Figure("Refunds", currency, amounts[1], amounts[0], opens, "refunds")
        yield Figure("Refunds", currency, counts[1], counts[0], opens, "refunds", is_amount=False)
    disputed = (row for row in session.execute(sums.disputes(filters, both_periods(filters))))
    for currency, (_withheld, lost) in _pairs(disputed, 2).items():
        if any(lost):
            yield Figure(
                "Lost in disputes", currency, lost[1], lost[0], filters.opens(currency=currency, dispute="lost")
            )


def _settled(session: Session, filters: Filters) -> Iterable[Figure]:
    """What Stripe took of our payments, and what is left in the currency of the newsroom's bank."""
    summed = sums.entries(filters, both_periods(filters)).where(sums.PAYMENT_BEHIND.is_not(None))
    for currency, (_count, _amount, fees, net) in _pairs(session.execute(summed), 4).items():
        opens = filters.without_currency.opens(currency=currency, whose="ours")
        yield Figure("Fees", currency, fees[1], fees[0], opens, "ledger")
        yield Figure("Net settled", currency, net[1], net[0], opens, "ledger")


# What the overview tells, in its order. Members and monthly recurring revenue take their place here.
FIGURES: tuple[Callable[[Session, Filters], Iterable[Figure]], ...] = (_money_in, _money_back, _settled)
