"""Payments that banks refused, and what dunning recovered of them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from support.checkout.models import Checkout
from support.finance.reports.filters import given_through, in_country
from support.finance.reports.shape import Chart, Column, Report, Row, Table
from support.memberships.models import Membership
from support.money import Money
from support.payments.models import FailedPayment, Payment

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from support.finance.reports.filters import Filters
    from support.finance.reports.sums import Rows

_FAILURES = (
    Column("month", "Month", "month"),
    Column("code", "Reason"),
    Column("currency", "Currency"),
    Column("charges", "Refused charges", "count"),
    Column("amount", "Amount asked", "money"),
)
_OUTCOMES = (
    Column("month", "Month", "month"),
    Column("asked", "Asked by"),
    Column("currency", "Currency"),
    Column("payments", "Payments that failed", "count"),
    Column("amount", "Amount", "money"),
    Column("recovered", "Recovered", "count"),
    Column("recovered_amount", "Amount recovered", "money"),
    Column("share", "Share recovered", "share"),
    Column("days", "Days until recovery", "count"),
    Column("lost", "Lost", "count"),
    Column("lost_amount", "Amount lost", "money"),
    Column("open", "Still open", "count"),
    Column("open_amount", "Amount still open", "money"),
)
# Who tried: a reader at the checkout, or Stripe when a renewal was due.
ASKED = ("checkout", "renewal")
# What became of it.
OUTCOMES = ("recovered", "lost", "open")
_OPEN_CHECKOUTS = ("open", "processing")
_OPEN_MEMBERSHIPS = ("past_due", "incomplete", "unpaid")


def failed(session: Session, filters: Filters) -> Report:
    """Refused charges by reason, and what became of the payments that they were to make."""
    rows, counts = [], dict[tuple[int, int], int]()
    for part, asked, currency, *figures in session.execute(_outcomes(filters)):
        names = (filters.months[part].first_day, ASKED[asked], currency)
        rows.append(Row((*names, *_cells(figures, currency)), filters.opens_month(part, currency=currency), "failures"))
        for outcome, count in zip(OUTCOMES, (figures[2], figures[5], figures[7]), strict=True):
            at = (part, OUTCOMES.index(outcome))
            counts[at] = counts.get(at, 0) + int(count)
    definition = (
        "Charges that a bank refused, in the month in which it did; and the payments that they were to make, in the "
        "month of the first refusal: recovered if a later charge of the same payment succeeded."
    )
    return Report(
        "failed",
        "Failed payments",
        definition,
        (
            Table("failures", "Refused charges by reason", _FAILURES, _failures(session, filters)),
            Table("outcomes", "What became of failed payments", _OUTCOMES, tuple(rows)),
        ),
        (_chart(filters, counts),),
    )


def failures_of(filters: Filters) -> list[sa.ColumnElement[bool]]:
    """Conditions on FailedPayment: everything but the period."""
    found = [*given_through(FailedPayment.checkout_id, filters), *in_country(FailedPayment.country, filters)]
    if filters.currency is not None:
        found.append(FailedPayment.currency == filters.currency)
    return found


def _failures(session: Session, filters: Filters) -> tuple[Row, ...]:
    part = filters.span.part_of(FailedPayment.failed_at).label("part")
    code, sums = FailedPayment.failure_code, (sa.func.count(), sa.func.sum(FailedPayment.amount_minor))
    refused = (
        sa.select(part, code, FailedPayment.currency, *sums)
        .where(filters.span.has(FailedPayment.failed_at), *failures_of(filters))
        .group_by("part", code, FailedPayment.currency)
        .order_by("part", code, FailedPayment.currency)
    )
    return tuple(
        Row(
            (filters.months[at].first_day, word, currency, count, Money(int(amount), currency)),
            filters.opens_month(at, currency=currency, code=word),
            "failures",
        )
        for at, word, currency, count, amount in session.execute(refused)
    )


def _outcomes(filters: Filters) -> Rows:
    """(part, place in ASKED, currency, payments, amount, then per outcome how many and how much, and the days)."""
    one = _payments_that_failed(filters)
    first = aliased(Payment)
    has_begun = sa.select(first.id).where(
        first.checkout_id == one.c.checkout_id, first.membership_id.is_not(None), first.received_at < one.c.failed_at
    )
    goes_on = sa.select(Membership.id).where(
        Membership.checkout_id == one.c.checkout_id, Membership.status.in_(_OPEN_MEMBERSHIPS)
    )
    is_asked_now = sa.select(Checkout.id).where(Checkout.id == one.c.checkout_id, Checkout.state.in_(_OPEN_CHECKOUTS))
    outcome = sa.case(
        (Payment.id.is_not(None), 0), (sa.or_(goes_on.exists(), is_asked_now.exists()), 2), else_=1
    ).label("outcome")
    seconds = sa.extract("epoch", Payment.received_at) - sa.extract("epoch", one.c.failed_at)
    told = (
        sa.select(
            filters.span.part_of(one.c.failed_at).label("part"),
            sa.case((has_begun.exists(), 1), else_=0).label("asked"),
            one.c.currency,
            one.c.amount,
            outcome,
            seconds.label("seconds"),
        )
        .outerjoin_from(one, Payment, Payment.stripe_payment_intent_id == one.c.intent)
        .subquery()
    )
    keys = (told.c.part, told.c.asked, told.c.currency)
    sums: list[sa.ColumnElement[Any]] = [sa.func.count(), sa.func.sum(told.c.amount)]
    for at in range(len(OUTCOMES)):
        is_it = told.c.outcome == at
        sums += [sa.func.sum(sa.case((is_it, 1), else_=0)), sa.func.sum(sa.case((is_it, told.c.amount), else_=0))]
        if at == 0:
            sums.append(sa.func.sum(sa.case((is_it, told.c.seconds), else_=0)))
    return sa.select(*keys, *sums).group_by(*keys).order_by(*keys)


def _payments_that_failed(filters: Filters) -> sa.Subquery:
    """One row per payment intent, or charge without one, that was first refused in the period."""
    intent = sa.func.coalesce(FailedPayment.stripe_payment_intent_id, FailedPayment.stripe_charge_id)
    failed_at = sa.func.min(FailedPayment.failed_at)
    return (
        sa.select(
            intent.label("intent"),
            sa.func.min(FailedPayment.checkout_id).label("checkout_id"),
            sa.func.max(FailedPayment.amount_minor).label("amount"),
            FailedPayment.currency,
            failed_at.label("failed_at"),
        )
        .where(FailedPayment.failed_at < filters.ends_at, *failures_of(filters))
        .group_by("intent", FailedPayment.currency)
        .having(failed_at >= filters.starts_at)
        .subquery()
    )


def _cells(figures: list[Any], currency: str) -> tuple[int | Money | Decimal | None, ...]:
    count, amount, recovered, recovered_amount, seconds, lost, lost_amount, still, still_amount = map(int, figures)
    days = (2 * seconds + 86400 * recovered) // (2 * 86400 * recovered) if recovered else None
    regained = (recovered, Money(recovered_amount, currency), Decimal(recovered) / count, days)
    return (
        count,
        Money(amount, currency),
        *regained,
        lost,
        Money(lost_amount, currency),
        still,
        Money(still_amount, currency),
    )


def _chart(filters: Filters, counts: dict[tuple[int, int], int]) -> Chart:
    months = range(len(filters.months))
    return Chart(
        "failed",
        "What became of failed payments",
        "Payments first refused each month: recovered, lost, still open.",
        "stacked",
        tuple(f"{month.first_day:%Y-%m}" for month in filters.months),
        tuple((word, tuple(Decimal(counts.get((part, at), 0)) for part in months)) for at, word in enumerate(OUTCOMES)),
    )
