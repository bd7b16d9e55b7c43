"""Refused charges one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.finance.listings.forms import ANYTHING
from support.finance.listings.paging import Order
from support.finance.reports.failed import ASKED, OUTCOMES, failures_of, is_try
from support.finance.reports.shape import Column, Row
from support.money import Money
from support.payments.models import FailedPayment, Payment

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.finance.listings.forms import Asked
    from support.finance.reports.sums import Rows

# moment: which is in the period, the refusal, or the first one of its payment
TAKES = {"code": ANYTHING, "moment": ("refused", "first"), "asked_by": ASKED, "outcome": OUTCOMES}
ORDER = Order(FailedPayment.failed_at, FailedPayment.stripe_charge_id, is_number=False)
COLUMNS = (
    Column("failed_at", "Refused", "moment"),
    Column("charge", "Stripe's charge"),
    Column("code", "Reason"),
    Column("currency", "Currency"),
    Column("amount", "Amount asked", "money"),
    Column("country", "Country"),
    Column("payment", "Recovered by payment"),
)


HAS_RECOVERED = Payment.stripe_payment_intent_id == FailedPayment.stripe_payment_intent_id


def select(session: Session, asked: Asked) -> Rows:
    """Charges that were refused in the period, with the payment that came of them later.

    Where `moment` says so, all tries of payments that were first refused in it.
    """
    return (
        sa.select(FailedPayment.failed_at, FailedPayment.stripe_charge_id, FailedPayment, Payment.id)
        .outerjoin_from(FailedPayment, Payment, HAS_RECOVERED)
        .where(*conditions(session, asked))
    )


def conditions(_session: Session, asked: Asked) -> list[sa.ColumnElement[bool]]:
    """Which charges those are."""
    own, filters = asked.own, asked.filters
    is_first = own.get("moment") == "first"
    # No try is before the first: this bounds the walk along the index.
    in_period = FailedPayment.failed_at >= filters.starts_at if is_first else asked.span.has(FailedPayment.failed_at)
    found = [in_period, *failures_of(filters)]
    if is_first or "asked_by" in own or "outcome" in own:
        found.append(is_try(filters, own.get("asked_by"), own.get("outcome"), begun_within=is_first))
    if "code" in own:
        found.append(FailedPayment.failure_code == own["code"])
    return found


def row(_asked: Asked, failed_at: datetime, charge: str, failure: FailedPayment, payment_id: int | None) -> Row:
    """One refused charge; it opens the payment that came of it."""
    amount = Money(failure.amount_minor, failure.currency)
    payment = str(payment_id) if payment_id is not None else None
    cells = (failed_at, charge, failure.failure_code, failure.currency, amount, failure.country, payment)
    return Row(cells, {"payment": payment} if payment is not None else {})
