"""The figures of the period beside those of the period before."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from support import clock
from support.finance.reports import sums
from support.finance.reports.fees import sums_of_entries
from support.finance.reports.income import figures_by_kind, income_charts
from support.finance.reports.parts import Span
from support.finance.reports.rollups.worth.rules import ANY_CURRENCY
from support.finance.reports.shape import Column, Opening, Report, Row, Table
from support.finance.reports.spans import Moments
from support.finance.reports.standing import standings
from support.money import Money

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

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
    """One figure of two periods: how many, or minor units of `currency`, ANY_CURRENCY for all at once. `opens` as
    in a Row.
    """

    name: str
    currency: str
    now: int
    before: int
    opens: Mapping[str, str]
    opens_in: str = "payments"
    is_amount: bool = True

    def row(self, days_before: Mapping[str, str]) -> Row:
        """As the table shows it; the change of what was nothing has no share. `days_before` are the other period's."""
        now, before = (
            (Money(self.now, self.currency), Money(self.before, self.currency))
            if self.is_amount
            else (self.now, self.before)
        )
        change = Decimal(self.now - self.before) / abs(self.before) if self.before else None
        others = {"before": Opening({**self.opens, **days_before}, self.opens_in)}
        return Row((self.name, self.currency or None, now, before, change), self.opens, self.opens_in, others)


def overview(session: Session, filters: Filters) -> Report:
    """What the newsroom's support amounts to, and whether it grows."""
    figures = [figure for find in FIGURES for figure in find(session, filters)]
    days = filters.before.days
    tables = (
        Table("amounts", "Amounts", _AMOUNTS, tuple(one.row(days) for one in figures if one.is_amount)),
        Table("counts", "Counts", _COUNTS, tuple(one.row(days) for one in figures if not one.is_amount)),
    )
    definition = (
        "Each figure of the period beside the same figure of the period before: as many whole months, or else as many "
        "days, that end where this one begins."
    )
    charts = income_charts(filters, figures_by_kind(session, filters, filters.span))
    return Report("overview", "Overview", definition, tables, charts)


def both_periods(filters: Filters) -> Span:
    """The period before (part 0) and the period (part 1): both are summed in one pass."""
    return Span((filters.before.starts_at, filters.starts_at), filters.ends_at)


_Pairs = dict[str, list[list[int]]]


def _pairs(rows: Iterable[tuple[int, str, Sequence[int]]]) -> _Pairs:
    """{currency: per figure, what it was before and is now}; one that was nothing in both is not told of."""
    found: _Pairs = {}
    for part, currency, values in rows:
        pairs = found.setdefault(currency, [[0, 0] for _ in values])
        for pair, value in zip(pairs, values, strict=True):
            pair[part] += value
    return {currency: pairs for currency, pairs in sorted(found.items()) if any(map(any, pairs))}


def _money(session: Session, filters: Filters) -> Iterable[Figure]:
    """Payments, and the donations among them; refunds, and disputes that were lost."""
    found = figures_by_kind(session, filters, both_periods(filters)).items()
    came = [(part, currency, kind, (one.payments, one.gross)) for (part, currency, kind), one in found]
    everything = _pairs((part, currency, pair) for part, currency, _kind, pair in came)
    donated = _pairs((part, currency, pair) for part, currency, kind, pair in came if not kind)
    for name, pairs, more in (("Payments", everything, {}), ("Donations", donated, {"kind": sums.KINDS[0]})):
        for currency, (counts, amounts) in pairs.items():
            opens = filters.opens(currency=currency, **more)
            word = "Income" if pairs is everything else name
            yield Figure(word, currency, amounts[1], amounts[0], opens)
            yield Figure(name, currency, counts[1], counts[0], opens, is_amount=False)
    refunded = _pairs((part, currency, (one.refunds, one.refunded)) for (part, currency, _), one in found)
    for currency, (counts, amounts) in refunded.items():
        opens = filters.opens(currency=currency, moment="succeeded")
        yield Figure("Refunds", currency, amounts[1], amounts[0], opens, "refunds")
        yield Figure("Refunds", currency, counts[1], counts[0], opens, "refunds", is_amount=False)
    for currency, (lost,) in _pairs((part, currency, (one.lost,)) for (part, currency, _), one in found).items():
        opens = filters.opens(currency=currency, dispute="lost")
        yield Figure("Lost in disputes", currency, lost[1], lost[0], opens)


def _settled(session: Session, filters: Filters) -> Iterable[Figure]:
    """What Stripe took of our payments, and what is left in the currency of the newsroom's bank."""
    found = sums_of_entries(session, filters, both_periods(filters)).items()
    ours = _pairs((part, currency, figures) for (part, currency, whose, _), figures in found if not whose)
    for currency, (_count, _amount, fees, net) in ours.items():
        opens = filters.without_currency.opens(currency=currency, whose="ours")
        yield Figure("Fees", currency, fees[1], fees[0], opens, "ledger")
        yield Figure("Net settled", currency, net[1], net[0], opens, "ledger")


def _memberships(session: Session, filters: Filters) -> Iterable[Figure]:
    """What memberships are worth at the end of both periods, and how many members there are: they have no country."""
    now = clock.now()
    if filters.starts_at >= now or filters.country is not None:
        return
    there = standings(session, filters, Moments((), (filters.starts_at, min(filters.ends_at, now)), now))
    worth = ((part, currency, (minor,)) for part, one in enumerate(there) for currency, minor in one.worth.items())
    for currency, (minor,) in _pairs(worth).items():
        opens = filters.opens(currency=currency, paid_for="end")
        yield Figure("Monthly recurring revenue", currency, minor[1], minor[0], opens)
    members = _pairs((part, ANY_CURRENCY, (one.members,)) for part, one in enumerate(there))
    for currency, (count,) in members.items():
        yield Figure("Members", currency, count[1], count[0], filters.opens(paid_for="end"), is_amount=False)


# What the overview tells, in its order.
FIGURES: tuple[Callable[[Session, Filters], Iterable[Figure]], ...] = (_money, _settled, _memberships)
