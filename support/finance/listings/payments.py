"""Payments one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from support.campaigns.models import Campaign, Plan
from support.checkout.models import Checkout
from support.finance.listings.paging import Order
from support.finance.reports.filters import payments_of
from support.finance.reports.shape import Column, Row
from support.finance.reports.sums import KINDS, kind_of
from support.money import Money
from support.payments.models import Dispute, Payment
from support.payments.queries import refunded_minor

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.finance.listings.forms import Asked
    from support.finance.reports.filters import Filters
    from support.finance.reports.sums import Rows

TAKES = frozenset({"kind", "at_least", "below", "payment", "dispute"})
ORDER = Order(Payment.received_at, Payment.id)
COLUMNS = (
    Column("received_at", "Received", "moment"),
    Column("payment", "Payment"),
    Column("charge", "Stripe's charge"),
    Column("kind", "Kind"),
    Column("plan", "Plan"),
    Column("currency", "Currency"),
    Column("amount", "Amount", "money"),
    Column("tax", "of it tax", "money"),
    Column("refunded", "Refunded by now", "money"),
    Column("country", "Country"),
    Column("article", "Article"),
    Column("supporter", "Supporter"),
)


def select(session: Session, asked: Asked) -> Rows:
    """Payments that were received in the period, or disputed in it where `dispute` is asked for."""
    return (
        sa.select(
            Payment.received_at,
            Payment.id,
            Payment.stripe_charge_id,
            kind_of(),
            Campaign.slug,
            Plan.slug,
            Payment.currency,
            Payment.amount_minor,
            Payment.tax_minor,
            refunded_minor(),
            Payment.country,
            Checkout.article,
            Payment.supporter_id,
        )
        .outerjoin_from(Payment, Checkout, Checkout.id == Payment.checkout_id)
        .outerjoin(Plan, Plan.id == Checkout.plan_id)
        .outerjoin(Campaign, Campaign.id == Plan.campaign_id)
        .where(*conditions(session, asked))
    )


def conditions(_session: Session, asked: Asked) -> list[sa.ColumnElement[bool]]:
    """Which payments those are."""
    return [*payments_of(asked.filters), *_own(asked)]


def _own(asked: Asked) -> list[sa.ColumnElement[bool]]:
    own = asked.own
    found: list[sa.ColumnElement[bool]] = []
    if "payment" in own:
        found.append(Payment.id == int(own["payment"]))
    elif "dispute" in own:
        found.append(_disputed(asked.filters, own["dispute"]))
    else:
        found.append(asked.span.has(Payment.received_at))
    if "kind" in own:
        found.append(_is_kind(own["kind"]))
    if "at_least" in own:
        found.append(Payment.amount_minor >= int(own["at_least"]))
    if "below" in own:
        found.append(Payment.amount_minor < int(own["below"]))
    return found


def _is_kind(kind: str) -> sa.ColumnElement[bool]:
    if kind == KINDS[0]:
        return Payment.membership_id.is_(None)
    is_renewal = Payment.is_renewal if kind == KINDS[2] else ~Payment.is_renewal
    return sa.and_(Payment.membership_id.is_not(None), is_renewal)


def _disputed(filters: Filters, status: str) -> sa.ColumnElement[bool]:
    disputed = sa.select(Dispute.payment_id).where(filters.span.has(Dispute.created_at))
    return Payment.id.in_(disputed if status == "any" else disputed.where(Dispute.status == status))


def row(received_at: datetime, payment_id: int, charge: str | None, kind: int, *more: Any) -> Row:
    """One payment; it opens its ledger entries."""
    campaign, plan, currency, amount, tax, refunded, country, article, supporter_id = more
    cells = (
        received_at,
        str(payment_id),
        charge,
        KINDS[kind],
        f"{campaign}/{plan}" if plan is not None else None,
        currency,
        *(Money(int(minor), currency) for minor in (amount, tax, refunded)),
        country,
        article,
        str(supporter_id) if supporter_id is not None else None,
    )
    return Row(cells, {"payment": str(payment_id)}, "ledger")
