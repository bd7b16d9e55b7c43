"""What reports of money sum, in one pass of the database each: payments, refunds, disputes, ledger entries.

Each is cut into the parts of a span (`part`) and by whatever columns its caller adds; those must have names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from support.finance.models import LedgerEntry
from support.finance.reports.filters import belonging_to_payments, payments_of
from support.finance.rules import PAYOUT_TYPES
from support.payments.models import Dispute, Payment, Refund

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from support.finance.reports.filters import Filters
    from support.finance.reports.parts import Span

Column = sa.ColumnElement[Any] | sa.SQLColumnExpression[Any]
Rows = sa.Select[*tuple[Any, ...]]

_MILLION = 1_000_000

# What a payment is, by the number that `kind_of` gives it.
KINDS = ("donation", "first payment", "renewal")


# What disputes are, besides their statuses: {a word: a condition on Dispute}
DISPUTED: dict[str, sa.ColumnElement[bool]] = {
    "any": sa.true(),
    "undecided": sa.and_(Dispute.status.not_in(("won", "lost", "prevented")), ~Dispute.status.startswith("warning_")),
    "inquiry": Dispute.status.startswith("warning_"),
    "withheld": sa.and_(Dispute.is_withheld, Dispute.status != "lost"),
    "taken": sa.and_(Dispute.is_withheld),
}


def kind_of() -> sa.Label[int]:
    """A column beside Payment: the place of its kind in KINDS."""
    kind = sa.case((Payment.membership_id.is_(None), 0), (Payment.is_renewal, 2), else_=1)
    return kind.label("kind")


def payments(session: Session, filters: Filters, span: Span, *by: Column) -> Rows:
    """(part, currency, *by, how many, gross, tax) of payments received."""
    sums = (sa.func.count(), sa.func.sum(Payment.amount_minor), sa.func.sum(Payment.tax_minor))
    part, is_within = span.part_of(session, Payment.received_at)
    summed: Rows = sa.select(part, Payment.currency, *by, *sums)
    return _grouped(summed.where(is_within, *payments_of(filters)), Payment.currency, *by)


def refunds(session: Session, filters: Filters, span: Span, *by: Column) -> Rows:
    """(part, currency, *by, how many, refunded, tax in it) of refunds by the moment at which they succeeded."""
    sums = (sa.func.count(), sa.func.sum(Refund.amount_minor), sa.func.sum(tax_refunded()))
    part, is_within = span.part_of(session, Refund.succeeded_at)
    summed: Rows = sa.select(part, Payment.currency, *by, *sums)
    summed = summed.join_from(Refund, Payment, Payment.id == Refund.payment_id)
    is_meant = (is_within, Refund.status == "succeeded", *payments_of(filters))
    return _grouped(summed.where(*is_meant), Payment.currency, *by)


def tax_refunded() -> sa.ColumnElement[int]:
    """Beside Refund and Payment: the tax in a refund, tax x refunded / paid, halves rounded up, in whole numbers.

    The product of two amounts may be more than 64 bits hold: it is divided in two steps, by the refund's millions and
    by what is left, and neither comes above 4 x 10^18 for amounts of up to MAXIMUM_MINOR.
    """
    paid, tax, refunded = Payment.amount_minor, Payment.tax_minor, Refund.amount_minor
    millions = tax * (refunded // _MILLION)
    rest = (millions % paid) * _MILLION + tax * (refunded % _MILLION)
    share = (millions // paid) * _MILLION + (2 * rest + paid) // (2 * paid)
    return sa.case((Refund.amount_minor == Payment.amount_minor, Payment.tax_minor), else_=share)


def disputes(session: Session, filters: Filters, span: Span, *by: Column) -> Rows:
    """(part, currency, *by, withheld, lost) of disputes by the moment at which they were opened, as they stand now."""
    sums = (_sum_where(DISPUTED["withheld"]), _sum_where(Dispute.status == "lost"))
    part, is_within = span.part_of(session, Dispute.created_at)
    summed: Rows = sa.select(part, Payment.currency, *by, *sums)
    summed = summed.join_from(Dispute, Payment, Payment.id == Dispute.payment_id)
    return _grouped(summed.where(is_within, *payments_of(filters)), Payment.currency, *by)


def _sum_where(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, Dispute.amount_minor), else_=0))


def entries(session: Session, filters: Filters, span: Span, *by: Column) -> Rows:
    """(part, settlement currency, *by, how many, amount, fee, net) of ledger entries other than payouts.

    Only ours are among them where a filter speaks of payments. The currency filter is the settlement currency here.
    """
    sums = (LedgerEntry.amount_minor, LedgerEntry.fee_minor, LedgerEntry.net_minor)
    part, is_within = span.part_of(session, LedgerEntry.created_at)
    summed: Rows = sa.select(part, LedgerEntry.currency, *by, sa.func.count(), *map(sa.func.sum, sums))
    is_meant = [is_within, LedgerEntry.type.not_in(PAYOUT_TYPES)]
    if filters.currency is not None:
        is_meant.append(LedgerEntry.currency == filters.currency)
    is_meant += belonging_to_payments(PAYMENT_BEHIND, filters.without_currency)
    return _grouped(with_sources(summed).where(*is_meant), LedgerEntry.currency, *by)


_CHARGED = aliased(Payment, name="charged")
# The payment that a ledger entry comes from, as its charge, its refund or its dispute; NULL where it is none of ours.
PAYMENT_BEHIND = sa.func.coalesce(_CHARGED.id, Refund.payment_id, Dispute.payment_id)


# Whose an entry is: 0 of a payment of ours, 1 all others.
WHOSE = sa.case((PAYMENT_BEHIND.is_not(None), 0), else_=1).label("whose")


def with_sources(selected: Rows) -> Rows:
    """Join what PAYMENT_BEHIND needs to ledger entries."""
    return (
        selected.outerjoin_from(LedgerEntry, _CHARGED, _CHARGED.stripe_charge_id == LedgerEntry.source_id)
        .outerjoin(Refund, Refund.stripe_refund_id == LedgerEntry.source_id)
        .outerjoin(Dispute, Dispute.stripe_dispute_id == LedgerEntry.source_id)
    )


def added(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    """Figure by figure."""
    return tuple(a + b for a, b in zip(one, other, strict=True))


def _grouped(summed: Rows, *by: Column) -> Rows:
    """By part and `by`; what is computed is named, or its values would be sent, and compared, a second time."""
    return summed.group_by("part", *(one.name if isinstance(one, sa.Label) else one for one in by))
