"""What reports of money sum, in one pass of the database each: payments, refunds, disputes, ledger entries.

Each is cut into the parts of a span (`part`) and by whatever columns its caller adds; those must have names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from support.finance.models import LedgerEntry
from support.finance.reports.filters import payments_of
from support.finance.rules import PAYOUT_TYPES
from support.payments.models import Dispute, Payment, Refund

if TYPE_CHECKING:
    from support.finance.reports.filters import Filters, Span

Column = sa.ColumnElement[Any] | sa.SQLColumnExpression[Any]
Rows = sa.Select[*tuple[Any, ...]]

# What a payment is, by the number that `kind_of` gives it.
KINDS = ("donation", "first payment", "renewal")


def kind_of() -> sa.Label[int]:
    """A column beside Payment: the place of its kind in KINDS."""
    kind = sa.case((Payment.membership_id.is_(None), 0), (Payment.is_renewal, 2), else_=1)
    return kind.label("kind")


def payments(filters: Filters, span: Span, *by: Column) -> Rows:
    """(part, currency, *by, how many, gross, tax) of payments received."""
    sums = (sa.func.count(), sa.func.sum(Payment.amount_minor), sa.func.sum(Payment.tax_minor))
    summed: Rows = sa.select(span.part_of(Payment.received_at).label("part"), Payment.currency, *by, *sums)
    return _grouped(summed.where(span.has(Payment.received_at), *payments_of(filters)), by)


def refunds(filters: Filters, span: Span, *by: Column) -> Rows:
    """(part, currency, *by, how many, refunded, tax in it) of refunds by the moment at which they succeeded."""
    sums = (sa.func.count(), sa.func.sum(Refund.amount_minor), sa.func.sum(tax_refunded()))
    summed: Rows = sa.select(span.part_of(Refund.succeeded_at).label("part"), Payment.currency, *by, *sums)
    summed = summed.join_from(Refund, Payment, Payment.id == Refund.payment_id)
    is_meant = (span.has(Refund.succeeded_at), Refund.status == "succeeded", *payments_of(filters))
    return _grouped(summed.where(*is_meant), by)


def tax_refunded() -> sa.ColumnElement[int]:
    """Beside Refund and Payment: the tax in a refund, tax x refunded / paid, halves rounded up, in whole numbers."""
    share = (2 * Payment.tax_minor * Refund.amount_minor + Payment.amount_minor) // (2 * Payment.amount_minor)
    return sa.case((Refund.amount_minor == Payment.amount_minor, Payment.tax_minor), else_=share)


def disputes(filters: Filters, span: Span, *by: Column) -> Rows:
    """(part, currency, *by, withheld, lost) of disputes by the moment at which they were opened, as they stand now."""
    is_lost = Dispute.status == "lost"
    sums = (_sum_where(sa.and_(Dispute.is_withheld, ~is_lost)), _sum_where(is_lost))
    summed: Rows = sa.select(span.part_of(Dispute.created_at).label("part"), Payment.currency, *by, *sums)
    summed = summed.join_from(Dispute, Payment, Payment.id == Dispute.payment_id)
    return _grouped(summed.where(span.has(Dispute.created_at), *payments_of(filters)), by)


def _sum_where(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, Dispute.amount_minor), else_=0))


def entries(filters: Filters, span: Span, *by: Column) -> Rows:
    """(part, settlement currency, *by, how many, amount, fee, net) of ledger entries other than payouts.

    Only ours are among them where a filter speaks of payments. The currency filter is the settlement currency here.
    """
    sums = (LedgerEntry.amount_minor, LedgerEntry.fee_minor, LedgerEntry.net_minor)
    part = span.part_of(LedgerEntry.created_at).label("part")
    summed: Rows = sa.select(part, LedgerEntry.currency, *by, sa.func.count(), *map(sa.func.sum, sums))
    return _grouped(summed.where(span.has(LedgerEntry.created_at), *entries_of(filters)), by)


def entries_of(filters: Filters) -> list[sa.ColumnElement[bool]]:
    """Conditions on LedgerEntry: no payout's own movement, and everything that the filters say but the period."""
    found: list[sa.ColumnElement[bool]] = [LedgerEntry.type.not_in(PAYOUT_TYPES)]
    if filters.currency is not None:
        found.append(LedgerEntry.currency == filters.currency)
    about = payments_of(filters.without_currency)
    if about:
        found.append(is_ours(*about))
    return found


def is_ours(*about: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """A condition on LedgerEntry: its source is one of our payments, or a refund or dispute of one (`about` it)."""
    charges = sa.select(Payment.stripe_charge_id).where(Payment.stripe_charge_id.is_not(None), *about)
    refunded = sa.select(Refund.stripe_refund_id)
    disputed = sa.select(Dispute.stripe_dispute_id)
    if about:
        refunded = refunded.join(Payment, Payment.id == Refund.payment_id).where(*about)
        disputed = disputed.join(Payment, Payment.id == Dispute.payment_id).where(*about)
    return LedgerEntry.source_id.in_(sa.union_all(charges, refunded, disputed))


def _grouped(summed: Rows, by: tuple[Column, ...]) -> Rows:
    return summed.group_by("part", "currency", *(str(getattr(column, "name", "")) for column in by))
