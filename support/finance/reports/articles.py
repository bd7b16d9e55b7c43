"""Which articles and campaigns earned."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from operator import add
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.campaigns.models import Campaign
from support.checkout.models import Checkout
from support.finance.reports.filters import checkouts_of, payments_of
from support.finance.reports.shape import Cell, Column, Opening, Report, Row, Table
from support.finance.reports.sums import KINDS, kind_of
from support.money import Money
from support.payments.models import Payment
from support.sql import is_sqlite

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from support.finance.reports.filters import Filters
    from support.finance.reports.sums import Rows

_EARNED = (
    Column("donations", "Donations", "count"),
    Column("donated", "Donated", "money"),
    Column("begun", "Memberships begun", "count"),
    Column("first", "First payments", "money"),
    Column("renewals", "Renewals", "count"),
    Column("renewed", "Renewed", "money"),
    Column("total", "Total", "money"),
)
# The columns of each of KINDS.
_BY_KIND = (("donations", "donated"), ("begun", "first"), ("renewals", "renewed"))
# Under which filters more the number of a column opens its payments.
_OPENED = {key: {"kind": kind} for kind, keys in zip(KINDS, _BY_KIND, strict=True) for key in keys}
_OPENED["paid"] = {"moment": "begun"}
_ARTICLES = (Column("article", "Article"), Column("currency", "Currency"), *_EARNED)
_CAMPAIGNS = (
    Column("campaign", "Campaign"),
    Column("currency", "Currency"),
    Column("checkouts", "Checkouts begun", "count"),
    Column("paid", "of them paid", "count"),
    Column("conversion", "Conversion", "share"),
    *_EARNED,
)


@dataclass
class _Earned:
    """How many and how much, per kind of payment; of a campaign also how many checkouts were begun and paid."""

    counts: list[int] = field(default_factory=lambda: [0, 0, 0])
    amounts: list[int] = field(default_factory=lambda: [0, 0, 0])
    checkouts: int = 0
    paid: int = 0

    def add(self, other: _Earned) -> None:
        """Sum up."""
        self.counts = list(map(add, self.counts, other.counts))
        self.amounts = list(map(add, self.amounts, other.amounts))
        self.checkouts += other.checkouts
        self.paid += other.paid

    def cells(self, currency: str) -> tuple[int | Money, ...]:
        """In the order of _EARNED."""
        pairs = zip(self.counts, self.amounts, strict=True)
        cells = [cell for count, amount in pairs for cell in (count, Money(amount, currency))]
        return (*cells, Money(sum(self.amounts), currency))


# {(article or campaign, currency): what it earned}
_Found = defaultdict[tuple[str, str], _Earned]


def articles(session: Session, filters: Filters) -> Report:
    """What was given from articles and through campaigns in the period."""
    by_article, by_campaign = _earned(session, filters)
    _add_checkouts(session, filters, by_campaign)

    def of_article(earned: _Earned, currency: str) -> tuple[Cell, ...]:
        return earned.cells(currency)

    def of_campaign(earned: _Earned, currency: str) -> tuple[Cell, ...]:
        return (*_conversion(filters, earned), *earned.cells(currency))

    definition = (
        "Payments received in the period, by the article and the campaign from which their checkout was begun: "
        "donations, first payments of memberships, and the renewals that these memberships have brought since."
    )
    return Report(
        "articles",
        "Articles and campaigns",
        definition,
        (
            _table(filters, "article", _ARTICLES, by_article, of_article),
            _table(filters, "campaign", _CAMPAIGNS, by_campaign, of_campaign),
        ),
    )


def _table(
    filters: Filters,
    what: str,
    columns: tuple[Column, ...],
    found: _Found,
    cells: Callable[[_Earned, str], tuple[Cell, ...]],
) -> Table:
    """Of what (`article` or `campaign`) earned, the largest first, and of all together in each currency."""
    opened = {key: how for key, how in _OPENED.items() if key in {column.key for column in columns}}

    def row(name: str | None, its: dict[str, str], currency: str, earned: _Earned) -> Row:
        opens = partial(filters.opens, currency=currency, **its)
        others = {key: Opening(opens(**how)) for key, how in opened.items()}
        return Row((name, currency, *cells(earned, currency)), opens(), others=others)

    rows = tuple(row(name, {what: name}, currency, earned) for (name, currency), earned in _largest_first(found))
    every = defaultdict[str, _Earned](_Earned)
    for (_name, currency), earned in found.items():
        every[currency].add(earned)
    totals = tuple(row(None, {"through": what}, currency, every[currency]) for currency in sorted(every))
    return Table(f"{what}s", f"{what.capitalize()}s that earned", columns, rows, totals, opened="total")


def _earned(session: Session, filters: Filters) -> tuple[_Found, _Found]:
    """Payments of the period by article and by campaign: in one pass, summed by both at once.

    The kind is in no group: many small groups keep PostgreSQL from summing in several processes.
    """
    given = _given(session, filters).subquery("given")
    checkout_id, currency, *figures = given.c
    keys = (Checkout.article, Checkout.campaign_id, currency)
    summed = sa.select(*keys, *map(sa.func.sum, figures)).join_from(given, Checkout, Checkout.id == checkout_id)
    slugs = _slugs(session)
    by_article, by_campaign = (defaultdict[tuple[str, str], _Earned](_Earned) for _ in range(2))
    for article, campaign_id, currency, *figures in session.execute(summed.group_by(*keys)):
        counts, amounts = (list(map(int, some)) for some in (figures[: len(KINDS)], figures[len(KINDS) :]))
        earned = _Earned(counts, amounts)
        by_campaign[slugs[campaign_id], currency].add(earned)
        if article is not None:
            by_article[article, currency].add(earned)
    return by_article, by_campaign


def _given(session: Session, filters: Filters) -> Rows:
    """(checkout, currency, and of each of KINDS how many, then of each how much) of payments of the period."""
    is_kind = [kind_of() == kind for kind in range(len(KINDS))]
    values = (sa.literal_column("1", sa.Integer()), Payment.amount_minor)
    figures = [sa.case((condition, value), else_=0) for value in values for condition in is_kind]
    by, is_meant = (
        (Payment.checkout_id, Payment.currency),
        (filters.span.has(Payment.received_at), *payments_of(filters)),
    )
    # SQLite sorts to sum: many payments then are one row beside the long text of an article.
    if is_sqlite(session):
        return sa.select(*by, *map(sa.func.sum, figures)).where(*is_meant).group_by(*by)
    return sa.select(*by, *figures).where(*is_meant)


def _slugs(session: Session) -> dict[int, str]:
    return {one.id: one.slug for one in session.execute(sa.select(Campaign.id, Campaign.slug))}


def _largest_first(found: _Found) -> list[tuple[tuple[str, str], _Earned]]:
    return sorted(found.items(), key=lambda one: (one[0][1], -sum(one[1].amounts), one[0][0]))


def _add_checkouts(session: Session, filters: Filters, by_campaign: _Found) -> None:
    """What was begun, also where nothing was earned."""
    slugs = _slugs(session)
    for campaign_id, currency, checkouts, paid in session.execute(_checkouts(filters)):
        by_campaign[slugs[campaign_id], currency].add(_Earned(checkouts=checkouts, paid=int(paid)))


def _checkouts(filters: Filters) -> Rows:
    """Checkouts that readers began here in the period, and how many of them were paid by now."""
    is_paid = sa.func.sum(sa.case((Checkout.state == "paid", 1), else_=0))
    conditions = [*begun_here(filters), *checkouts_of(filters)]
    if filters.currency is not None:
        conditions.append(Checkout.currency == filters.currency)
    begun: Rows = sa.select(Checkout.campaign_id, Checkout.currency, sa.func.count(), is_paid).where(*conditions)
    return begun.group_by(Checkout.campaign_id, Checkout.currency)


def begun_here(filters: Filters) -> tuple[sa.ColumnElement[bool], ...]:
    """Conditions on Checkout: readers began it here in the period."""
    return filters.span.has(Checkout.created_at), Checkout.adopted_at.is_(None)


def _conversion(filters: Filters, earned: _Earned) -> tuple[Cell, ...]:
    """A checkout has no country before it is paid."""
    if filters.country is not None:
        return (None, None, None)
    begun, paid = earned.checkouts, earned.paid
    return (begun, paid, Decimal(paid) / begun if begun else None)
