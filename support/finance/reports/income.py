"""What came in, and what of it went back: by month and kind."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from support.finance.reports import sums
from support.finance.reports.rollups.days.queries import rolled_payments
from support.finance.reports.shape import Chart, Column, Opening, Report, Row, Table
from support.finance.reports.totals import added_up
from support.money import Money

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from decimal import Decimal

    from sqlalchemy.orm import Session

    from support.finance.reports.filters import Filters
    from support.finance.reports.parts import Span

COLUMNS = (
    Column("month", "Month", "month"),
    Column("currency", "Currency"),
    Column("kind", "Kind"),
    Column("payments", "Payments", "count"),
    Column("gross", "Gross", "money"),
    Column("tax", "of it tax", "money"),
    Column("refunds", "Refunds", "count"),
    Column("refunded", "Refunded", "money"),
    Column("withheld", "Withheld in disputes", "money"),
    Column("lost", "Lost in disputes", "money"),
    Column("net", "Net of refunds and lost disputes", "money"),
)


@dataclass
class Figures:
    """What came in and went back, in minor units of one currency."""

    payments: int = 0
    gross: int = 0
    tax: int = 0
    refunds: int = 0
    refunded: int = 0
    withheld: int = 0
    lost: int = 0

    @property
    def net(self) -> int:
        """What is left; money that is withheld is not lost."""
        return self.gross - self.refunded - self.lost

    def add(self, other: Figures) -> None:
        """Sum up."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    def cells(self, currency: str) -> tuple[int | Money, ...]:
        """In the order of COLUMNS, from `payments` on."""
        amounts = (self.refunded, self.withheld, self.lost, self.net)
        came = (self.payments, Money(self.gross, currency), Money(self.tax, currency))
        return (*came, self.refunds, *(Money(amount, currency) for amount in amounts))


# (part of the span, currency, place in sums.KINDS)
Key = tuple[int, str, int]


def income(session: Session, filters: Filters) -> Report:
    """Payments received in the period, gross, on the day the charge succeeded; refunds stand beside them."""
    found = figures_by_kind(session, filters, filters.span)
    rows = tuple(_row(filters, key, found[key]) for key in sorted(found))
    totals = added_up(
        COLUMNS,
        rows,
        opens=lambda currency: filters.opens(currency=currency),
        others=lambda currency: what_went_back(partial(filters.opens, currency=currency)),
    )
    table = Table("income", "Income by month and kind", COLUMNS, rows, totals)
    definition = (
        "Payments received, gross, in the month in which the charge succeeded. Refunds count in the month in which "
        "they succeeded, disputes in the month in which they were opened; neither shrinks what came in before."
    )
    return Report("income", "Income", definition, (table,), income_charts(filters, found))


def figures_by_kind(session: Session, filters: Filters, span: Span) -> dict[Key, Figures]:
    """The figures of each part, currency and kind in which there was anything: from rollups, as far as they hold."""
    found: dict[Key, Figures] = {}
    rolled = rolled_payments(session, filters, span)
    for part, currency, which, *figures in rolled.rows:
        _at(found, part, currency, which).add(Figures(*map(int, figures)))
    kind = sums.kind_of()
    for piece in rolled.rest:
        came, went, contested = (
            session.execute(summed(session, filters, piece, kind))
            for summed in (sums.payments, sums.refunds, sums.disputes)
        )
        for part, currency, which, count, gross, tax in came:
            _at(found, part, currency, which).add(Figures(payments=count, gross=int(gross), tax=int(tax)))
        for part, currency, which, count, refunded, _tax in went:
            _at(found, part, currency, which).add(Figures(refunds=count, refunded=int(refunded)))
        for part, currency, which, withheld, lost in contested:
            if withheld or lost:
                _at(found, part, currency, which).add(Figures(withheld=int(withheld), lost=int(lost)))
    return found


def _at(found: dict[Key, Figures], part: int, currency: str, kind: int) -> Figures:
    return found.setdefault((part, currency, kind), Figures())


def _row(filters: Filters, key: Key, figures: Figures) -> Row:
    part, currency, kind = key
    opens = partial(filters.opens_month, part, currency=currency, kind=sums.KINDS[kind])
    cells = (filters.months[part].first_day, currency, sums.KINDS[kind], *figures.cells(currency))
    return Row(cells, opens(), others=what_went_back(opens))


def what_went_back(opens: Callable[..., Mapping[str, str]]) -> dict[str, Opening]:
    """What is under the columns of refunds and disputes; `opens` gives filters together with more of them."""
    refunded = Opening(opens(moment="succeeded"), "refunds")
    disputed = {word: Opening(opens(dispute=word)) for word in ("withheld", "lost")}
    return {"refunds": refunded, "refunded": refunded, **disputed}


def income_charts(filters: Filters, found: dict[Key, Figures]) -> tuple[Chart, ...]:
    """Gross by month, stacked by kind, one chart per currency."""
    labels = tuple(month.first_day for month in filters.months)
    return tuple(
        Chart(
            f"income-{currency.lower()}",
            f"Income in {currency}",
            f"Payments received each month in {currency}, gross, by kind.",
            "stacked",
            labels,
            tuple((word, _values(filters, found, currency, kind)) for kind, word in enumerate(sums.KINDS)),
            currency,
        )
        for currency in sorted({currency for _part, currency, _kind in found})
    )


def _values(filters: Filters, found: dict[Key, Figures], currency: str, kind: int) -> tuple[Decimal, ...]:
    nothing = Figures()
    parts = range(len(filters.months))
    return tuple(Money(found.get((part, currency, kind), nothing).gross, currency).major for part in parts)
