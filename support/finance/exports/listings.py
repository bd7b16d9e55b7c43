"""Rows as they are, one by one: every payment, the whole ledger, … Each column is defined once, for every file.

The database itself writes the CSV of those that are rows of its tables (`tables_in_sql`); other files are written from
`Listing.build`, and all files of those that are computed from what `support.finance.listings` selects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from support.campaigns.models import Campaign, Plan
from support.checkout.models import Checkout
from support.finance.listings import LISTINGS, failures, ledger, payments, refunds
from support.finance.listings.forms import asked_of
from support.finance.models import LedgerEntry, Payout, PayoutItem
from support.finance.reports import Kind
from support.finance.reports.forms import FILTERS
from support.finance.reports.shape import Column, Report, Row, Table
from support.finance.reports.spans import MEMBERSHIP_FILTERS
from support.finance.reports.sums import KINDS, kind_of
from support.money import Money
from support.payments.models import Dispute, FailedPayment, Payment, Refund

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from sqlalchemy.orm import Session

    from support.finance.listings.forms import Asked
    from support.finance.reports.filters import Filters
    from support.finance.reports.shape import Cell

ROWS = 1000


@dataclass(frozen=True)
class ListedColumn:
    """A column and where it is read. A money column's value is in minor units of `currency`."""

    column: Column
    value: sa.SQLColumnExpression[Any]
    currency: sa.SQLColumnExpression[str] | None = None


@dataclass(frozen=True)
class Listing:
    """`source`: the tables, joined; `conditions`: which rows, for what was asked; `order`: a unique one.

    `own`: filters that only this listing has, as an address names them.
    """

    name: str
    title: str
    definition: str
    columns: tuple[ListedColumn, ...]
    source: sa.FromClause
    conditions: Callable[[Session, Asked], list[sa.ColumnElement[bool]]]
    order: tuple[sa.SQLColumnExpression[Any], ...]
    own: Collection[str]
    takes: tuple[str, ...] = FILTERS

    def select(
        self, session: Session, filters: Filters, values: Sequence[sa.SQLColumnExpression[Any]]
    ) -> sa.Select[Any]:
        """`values` of the rows that these filters leave, in order."""
        conditions = self.conditions(session, asked_of(filters, self.own))
        return sa.select(*values).select_from(self.source).where(*conditions).order_by(*self.order)

    def build(self, session: Session, filters: Filters) -> Report:
        """A report of one table; its rows are read a thousand at a time, and added up by the database."""
        columns = tuple(one.column for one in self.columns)
        table = Table(self.name, self.title, columns, self._rows(session, filters), self._totals(session, filters))
        return Report(self.name, self.title, self.definition, (table,))

    def _rows(self, session: Session, filters: Filters) -> Iterator[Row]:
        values = [one.value for one in self.columns]
        currencies = [one.currency for one in self.columns if one.currency is not None]
        found = session.execute(self.select(session, filters, [*values, *currencies]).execution_options(yield_per=ROWS))
        for cells in found:
            theirs = iter(cells[len(values) :])
            yield Row(tuple(_cell(one, cell, theirs) for one, cell in zip(self.columns, cells, strict=False)))

    def _totals(self, session: Session, filters: Filters) -> tuple[Row, ...]:
        """A row per currency."""
        (currency,) = (one.value for one in self.columns if one.column.key == "currency")
        amounts = [sa.func.sum(one.value) for one in self.columns if one.currency is not None]
        added = self.select(session, filters, [currency, *amounts]).order_by(None).group_by(currency).order_by(currency)
        return tuple(self._total(code, iter(sums)) for code, *sums in session.execute(added))

    def _total(self, currency: str, sums: Iterator[Any]) -> Row:
        def cell(one: ListedColumn) -> Cell:
            if one.currency is None:
                return currency if one.column.key == "currency" else None
            amount = next(sums)
            return None if amount is None else Money(int(amount), currency)

        return Row(tuple(map(cell, self.columns)))


def _cell(one: ListedColumn, value: Any, currencies: Iterator[str]) -> Cell:
    if one.currency is None:
        cell: Cell = value
        return cell
    currency = next(currencies)
    return None if value is None else Money(value, currency)


def _as_shown(
    shown: Sequence[Column], values: Mapping[str, sa.SQLColumnExpression[Any]], currency: sa.SQLColumnExpression[str]
) -> Iterator[ListedColumn]:
    """{key: where it is read} in this order; a column that pages show, too, is the one of `shown`."""
    known = {one.key: one for one in (*shown, *_IN_FILES_ALONE)}
    for key, value in values.items():
        yield ListedColumn(known[key], value, currency if known[key].kind == "money" else None)


_IN_FILES_ALONE = (
    Column("invoice", "Stripe's invoice"),
    Column("campaign", "Campaign"),
    Column("available_at", "Available", "moment"),
)


_KIND = sa.case(*((kind_of().element == number, word) for number, word in enumerate(KINDS)))
PAYMENTS = Listing(
    "payments",
    "Payments",
    "Payments received in the period, each as it was paid, on the day the charge succeeded; or, whenever they were "
    "received, those that a filter names by something else about them.",
    tuple(
        _as_shown(
            payments.COLUMNS,
            {
                "payment": Payment.stripe_payment_intent_id,
                "charge": Payment.stripe_charge_id,
                "invoice": Payment.stripe_invoice_id,
                "received_at": Payment.received_at,
                "kind": _KIND,
                "amount": Payment.amount_minor,
                "tax": Payment.tax_minor,
                "currency": Payment.currency,
                "campaign": Campaign.slug,
                "plan": Plan.slug,
                "country": Payment.country,
                "article": Checkout.article,
            },
            Payment.currency,
        )
    ),
    sa.join(Payment, Checkout, Checkout.id == Payment.checkout_id, isouter=True)
    .outerjoin(Campaign, Campaign.id == Checkout.campaign_id)
    .outerjoin(Plan, Plan.id == Checkout.plan_id),
    payments.conditions,
    (Payment.received_at, Payment.id),
    payments.TAKES,
)

REFUNDS = Listing(
    "refund-list",  # the report about them has the plain name
    "Refunds",
    "Refunds that were made in the period, whatever became of them. Payment names the payment that went back.",
    tuple(
        _as_shown(
            refunds.COLUMNS,
            {
                "refund": Refund.stripe_refund_id,
                "created_at": Refund.created_at,
                "status": Refund.status,
                "reason": Refund.reason,
                "amount": Refund.amount_minor,
                "currency": Refund.currency,
                "succeeded_at": Refund.succeeded_at,
                "payment": Payment.stripe_payment_intent_id,
            },
            Refund.currency,
        )
    ),
    sa.join(Refund, Payment, Payment.id == Refund.payment_id),
    refunds.conditions,
    (Refund.created_at, Refund.id),
    refunds.TAKES,
)

FAILURES = Listing(
    "failures",
    "Refused charges",
    "Charges that were refused in the period; with moment first, all tries of payments whose first refusal is in it. "
    "Recovered by names the payment that came of it later.",
    tuple(
        _as_shown(
            failures.COLUMNS,
            {
                "charge": FailedPayment.stripe_charge_id,
                "failed_at": FailedPayment.failed_at,
                "code": FailedPayment.failure_code,
                "amount": FailedPayment.amount_minor,
                "currency": FailedPayment.currency,
                "country": FailedPayment.country,
                "payment": Payment.stripe_payment_intent_id,
            },
            FailedPayment.currency,
        )
    ),
    sa.join(FailedPayment, Payment, failures.HAS_RECOVERED, isouter=True),
    failures.conditions,
    (FailedPayment.failed_at, FailedPayment.stripe_charge_id),
    failures.TAKES,
)

_Charged = aliased(Payment)
# Every entry beside the payment that its charge, refund or dispute is about; an entry of another kind has none.
ENTRIES_AND_PAYMENTS = (
    sa.join(LedgerEntry, _Charged, _Charged.stripe_charge_id == LedgerEntry.source_id, isouter=True)
    .outerjoin(Refund, Refund.stripe_refund_id == LedgerEntry.source_id)
    .outerjoin(Dispute, Dispute.stripe_dispute_id == LedgerEntry.source_id)
    .outerjoin(Payment, Payment.id == sa.func.coalesce(_Charged.id, Refund.payment_id, Dispute.payment_id))
    .outerjoin(Checkout, Checkout.id == Payment.checkout_id)
)
LEDGER = Listing(
    "ledger",
    "Ledger",
    "Every movement of Stripe's balance in the period, in the currency that it is settled in. "
    "Payment names the payment behind it; a charge, refund or dispute without one is foreign.",
    tuple(
        _as_shown(
            ledger.COLUMNS,
            {
                "entry": LedgerEntry.stripe_balance_transaction_id,
                "created_at": LedgerEntry.created_at,
                "available_at": LedgerEntry.available_at,
                "type": LedgerEntry.type,
                "category": LedgerEntry.category,
                "source": LedgerEntry.source_id,
                "payment": Payment.stripe_payment_intent_id,
                "payout": Payout.stripe_payout_id,
                "amount": LedgerEntry.amount_minor,
                "fee": LedgerEntry.fee_minor,
                "net": LedgerEntry.net_minor,
                "currency": LedgerEntry.currency,
            },
            LedgerEntry.currency,
        )
    ),
    ENTRIES_AND_PAYMENTS.outerjoin(PayoutItem, PayoutItem.entry_id == LedgerEntry.id).outerjoin(
        Payout, Payout.id == PayoutItem.payout_id
    ),
    ledger.conditions,
    (LedgerEntry.created_at, LedgerEntry.id),
    ledger.TAKES,
)


def _movements(session: Session, filters: Filters) -> Report:
    """With what is moved in all, per currency."""
    its = LISTINGS["movements"]
    moved = its.select(session, asked_of(filters, its.takes)).subquery("moved").c
    added = sa.select(moved.currency, sa.func.sum(moved.moved)).group_by(moved.currency).order_by(moved.currency)
    totals = tuple(
        Row(tuple({"currency": currency, "moved": Money(int(minor), currency)}.get(one.key) for one in its.columns))
        for currency, minor in session.execute(added)
    )
    definition = "Supporters whose memberships were worth more or less a month at a month's end than at its start."
    return _of_supporters("movements", definition, session, filters, totals)


def _comings(session: Session, filters: Filters) -> Report:
    definition = "Supporters who were members at a month's end and none at its start, or the other way round."
    return _of_supporters("comings", definition, session, filters)


def _of_supporters(
    name: str, definition: str, session: Session, filters: Filters, totals: tuple[Row, ...] = ()
) -> Report:
    its = LISTINGS[name]
    rows = its.every_row(session, asked_of(filters, its.takes), at_once=ROWS)
    return Report(name, its.title, definition, (Table(name, its.title, its.columns, rows, totals),))


MOVEMENTS = Kind("movements", LISTINGS["movements"].title, _movements, MEMBERSHIP_FILTERS)
COMINGS = Kind("comings", LISTINGS["comings"].title, _comings, MEMBERSHIP_FILTERS)
