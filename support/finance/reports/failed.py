"""Payments that banks refused, and what dunning recovered of them."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from support.checkout.models import Checkout
from support.finance.reports.filters import given_through, in_country
from support.finance.reports.parts import position_within
from support.finance.reports.shape import Chart, Column, Opening, Report, Row, Table
from support.finance.reports.sums import added
from support.finance.reports.totals import added_up
from support.memberships.models import Membership
from support.money import Money
from support.payments.models import FailedPayment, Payment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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
    outcomes = _outcomes(session, filters)
    rows = tuple(
        Row(
            (filters.months[part].first_day, ASKED[asked], currency, *_cells(found, currency)),
            filters.opens_month(part, currency=currency, moment="first", asked_by=ASKED[asked]),
            "failures",
            _what_became(partial(filters.opens_month, part, currency=currency, asked_by=ASKED[asked])),
        )
        for (part, asked, currency), found in sorted(outcomes.items())
    )
    refused = _failures(session, filters)
    totals = added_up(_FAILURES, refused, opens=lambda currency: filters.opens(currency=currency))
    ended = tuple(
        Row(
            (None, None, currency, *_cells(found, currency)),
            filters.opens(currency=currency, moment="first"),
            "failures",
            _what_became(partial(filters.opens, currency=currency)),
        )
        for currency, found in sorted(_together(outcomes).items())
    )
    definition = (
        "Charges that a bank refused, in the month in which it did; and the payments that they were to make, in the "
        "month of the first refusal: recovered if a later charge of the same payment succeeded."
    )
    return Report(
        "failed",
        "Failed payments",
        definition,
        (
            Table("failures", "Refused charges by reason", _FAILURES, refused, totals),
            Table("outcomes", "What became of failed payments", _OUTCOMES, rows, ended),
        ),
        (_chart(filters, outcomes),),
    )


def _what_became(opens: Callable[..., Mapping[str, str]]) -> dict[str, Opening]:
    """What is under the columns of each outcome; `opens` gives filters together with more of them."""
    return {
        key: Opening(opens(moment="first", outcome=outcome), "failures")
        for outcome in OUTCOMES
        for key in (outcome, f"{outcome}_amount")
    }


def failures_of(filters: Filters, of: type[FailedPayment] = FailedPayment) -> list[sa.ColumnElement[bool]]:
    """Conditions on FailedPayment, or `of` that: everything but the period."""
    found = [*given_through(of.checkout_id, filters), *in_country(of.country, filters)]
    if filters.currency is not None:
        found.append(of.currency == filters.currency)
    return found


def _failures(session: Session, filters: Filters) -> tuple[Row, ...]:
    part, is_within = filters.span.part_of(session, FailedPayment.failed_at)
    code, sums = FailedPayment.failure_code, (sa.func.count(), sa.func.sum(FailedPayment.amount_minor))
    refused = (
        sa.select(part, code, FailedPayment.currency, *sums)
        .where(is_within, *failures_of(filters))
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


# How many, minor units, and seconds until recovery, per place in OUTCOMES.
_Found = list[tuple[int, ...]]
_Outcomes = dict[tuple[int, int, str], _Found]


def _outcomes(session: Session, filters: Filters) -> _Outcomes:
    """By (part, place in ASKED, currency)."""
    found: _Outcomes = {}
    for part, asked, currency, outcome, *figures in session.execute(_by_outcome(session, filters)):
        count, amount, seconds = (int(figure or 0) for figure in figures)
        found.setdefault((part, asked, currency), [(0, 0, 0)] * len(OUTCOMES))[outcome] = (count, amount, seconds)
    return found


def _together(outcomes: _Outcomes) -> dict[str, _Found]:
    """By currency: those of all parts, whoever asked."""
    found: dict[str, _Found] = {}
    for (_part, _asked, currency), more in outcomes.items():
        its = found.get(currency, [(0, 0, 0)] * len(OUTCOMES))
        found[currency] = list(map(added, its, more))
    return found


def _by_outcome(session: Session, filters: Filters) -> Rows:
    """(part, place in ASKED, currency, place in OUTCOMES, how many, amount, seconds until recovery)."""
    one = _payments_that_failed(filters)
    seconds = sa.extract("epoch", Payment.received_at) - sa.extract("epoch", one.c.failed_at)
    found: Rows = sa.select(
        position_within(session, one.c.failed_at, filters.span.starts).label("part"),
        _asked_by(one).label("asked"),
        one.c.currency,
        _outcome_of(one, Payment).label("outcome"),
        sa.func.count(),
        sa.func.sum(one.c.amount),
        sa.func.sum(seconds),
    )
    found = found.outerjoin_from(one, Payment, Payment.stripe_payment_intent_id == one.c.intent)
    return found.where(one.c.failed_at >= filters.starts_at).group_by("part", "asked", one.c.currency, "outcome")


def _outcome_of(one: sa.Subquery, paid: type[Payment]) -> sa.ColumnElement[int]:
    """The place in OUTCOMES of one of `_payments_that_failed`, beside what was `paid` of it after all."""
    goes_on = sa.select(Membership.id).where(
        Membership.checkout_id == one.c.checkout_id, Membership.status.in_(_OPEN_MEMBERSHIPS)
    )
    is_asked_now = sa.select(Checkout.id).where(Checkout.id == one.c.checkout_id, Checkout.state.in_(_OPEN_CHECKOUTS))
    return sa.case((paid.id.is_not(None), 0), (sa.or_(goes_on.exists(), is_asked_now.exists()), 2), else_=1)


def is_try(
    filters: Filters, asked_by: str | None, outcome: str | None, *, begun_within: bool
) -> sa.ColumnElement[bool]:
    """A condition on FailedPayment: a try, whenever it was, of a payment that was refused before the period's end.

    `asked_by`: one of ASKED, `outcome`: one of OUTCOMES, None for all; `begun_within`: only of those that were first
    refused in the period.
    """
    # Asked of each charge by an index: for a set of payments PostgreSQL may compare every charge with every payment.
    is_same = sa.or_(
        _TRY.stripe_payment_intent_id == FailedPayment.stripe_payment_intent_id,
        _TRY.stripe_charge_id == FailedPayment.stripe_charge_id,
    )
    one = _payments_that_failed(filters, is_same)
    found = sa.select(one.c.intent)
    if asked_by is not None:
        found = found.where(_asked_by(one) == ASKED.index(asked_by))
    if outcome is not None:
        paid = aliased(Payment)
        found = found.outerjoin_from(one, paid, paid.stripe_payment_intent_id == one.c.intent)
        found = found.where(_outcome_of(one, paid) == OUTCOMES.index(outcome))
    if begun_within:
        found = found.where(one.c.failed_at >= filters.starts_at)
    return found.exists()


def _asked_by(one: sa.Subquery) -> sa.ColumnElement[int]:
    """The place in ASKED of one of `_payments_that_failed`."""
    first = aliased(Payment)
    has_begun = sa.select(first.id).where(
        first.checkout_id == one.c.checkout_id, first.membership_id.is_not(None), first.received_at < one.c.failed_at
    )
    return sa.case((has_begun.exists(), 1), else_=0)


_TRY = aliased(FailedPayment)


def _payments_that_failed(filters: Filters, *only: sa.ColumnElement[bool]) -> sa.Subquery:
    """One row per payment intent, or charge without one, refused before the period's end; `failed_at`: first.

    `only`: conditions on _TRY, which may speak of a FailedPayment around them.
    """
    intent = sa.func.coalesce(_TRY.stripe_payment_intent_id, _TRY.stripe_charge_id)
    return (
        sa.select(
            intent.label("intent"),
            sa.func.min(_TRY.checkout_id).label("checkout_id"),
            sa.func.max(_TRY.amount_minor).label("amount"),
            _TRY.currency,
            sa.func.min(_TRY.failed_at).label("failed_at"),
        )
        .where(_TRY.failed_at < filters.ends_at, *failures_of(filters, _TRY), *only)
        .group_by("intent", _TRY.currency)
        .correlate(FailedPayment)
        .subquery()
    )


def _cells(found: _Found, currency: str) -> tuple[int | Money | Decimal | None, ...]:
    recovered, lost, still = ((count, Money(amount, currency)) for count, amount, _seconds in found)
    count, amount, seconds = (sum(figures) for figures in zip(*found, strict=True))
    days = (2 * seconds + 86400 * recovered[0]) // (2 * 86400 * recovered[0]) if recovered[0] else None
    return (count, Money(amount, currency), *recovered, Decimal(recovered[0]) / count, days, *lost, *still)


def _chart(filters: Filters, outcomes: _Outcomes) -> Chart:
    counts = [[0] * len(filters.months) for _ in OUTCOMES]
    for (part, _asked, _currency), found in outcomes.items():
        for at, (count, _amount, _seconds) in enumerate(found):
            counts[at][part] += count
    return Chart(
        "failed",
        "What became of failed payments",
        "Payments first refused each month: recovered, lost, still open.",
        "stacked",
        tuple(month.first_day for month in filters.months),
        tuple((word, tuple(map(Decimal, counts[at]))) for at, word in enumerate(OUTCOMES)),
    )
