"""Payments one by one."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from support.campaigns.models import INTERVALS, Campaign, Plan
from support.checkout.models import Checkout
from support.finance.listings.forms import ANYTHING, MEMBERSHIP
from support.finance.listings.paging import Order
from support.finance.listings.periods import PAID_FOR, earned_in, has_interval, has_plan, paid_for
from support.finance.reports.articles import begun_here
from support.finance.reports.filters import payments_of
from support.finance.reports.shape import Column, Row
from support.finance.reports.sums import DISPUTED, KINDS, kind_of
from support.money import Money
from support.payments.models import Dispute, Payment
from support.payments.queries import refunded_minor
from support.payments.rules import DISPUTE_STATUSES

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.finance.listings.forms import Asked
    from support.finance.reports.filters import Filters
    from support.finance.reports.sums import Rows

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
    """Payments that were received in the period, or are asked for by something else about them."""
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


def conditions(session: Session, asked: Asked) -> list[sa.ColumnElement[bool]]:
    """Which payments those are."""
    narrower = [condition(asked.own[name]) for name, condition in _NARROWER.items() if name in asked.own]
    return [*payments_of(asked.filters), _about(session, asked), *narrower]


def _about(session: Session, asked: Asked) -> sa.ColumnElement[bool]:
    """What the period is about, unless one payment is asked for."""
    own, filters = asked.own, asked.filters
    if "payment" in own:
        return Payment.id == int(own["payment"])
    if "dispute" in own:
        return _disputed(filters, own["dispute"])
    if "paid_for" in own:
        return paid_for(session, filters, own["paid_for"])
    if "earned_in" in own:
        return earned_in(filters, date.fromisoformat(f"{own['earned_in']}-01"))
    if own.get("moment") == "begun":
        begun = sa.select(Checkout.id).where(*begun_here(filters), Checkout.state == "paid")
        return sa.and_(Payment.checkout_id.in_(begun), ~Payment.is_renewal)
    return asked.span.has(Payment.received_at)


def is_kind(kind: str) -> sa.ColumnElement[bool]:
    """A condition on Payment: what it is, one of KINDS or MEMBERSHIP."""
    if kind == KINDS[0]:
        return Payment.membership_id.is_(None)
    if kind == MEMBERSHIP:
        return Payment.membership_id.is_not(None)
    is_renewal = Payment.is_renewal if kind == KINDS[2] else ~Payment.is_renewal
    return sa.and_(Payment.membership_id.is_not(None), is_renewal)


def _disputed(filters: Filters, word: str) -> sa.ColumnElement[bool]:
    is_so = DISPUTED.get(word, Dispute.status == word)
    return Payment.id.in_(sa.select(Dispute.payment_id).where(filters.span.has(Dispute.created_at), is_so))


# What the giving began with: a checkout that was begun from an article, or any, for each is of a campaign.
_THROUGH = {
    "article": Payment.checkout_id.in_(sa.select(Checkout.id).where(Checkout.article.is_not(None))),
    "campaign": Payment.checkout_id.is_not(None),
}
# Filters that leave fewer of those payments: {name: the condition that a value stands for}
_NARROWER: dict[str, Callable[[str], sa.ColumnElement[bool]]] = {
    "kind": is_kind,
    "through": lambda what: _THROUGH[what],
    "at_least": lambda minor: Payment.amount_minor >= int(minor),
    "below": lambda minor: Payment.amount_minor < int(minor),
    "membership_plan": partial(has_plan, Payment.membership_id),
    "interval": partial(has_interval, Payment.membership_id),
    "supporter": lambda number: Payment.supporter_id == int(number),
}
# moment: which is in the period, its own or the begin of the checkout that it paid for
TAKES = {
    "moment": ("received", "begun"),
    "kind": (*KINDS, MEMBERSHIP),
    "through": (*_THROUGH,),
    "at_least": ANYTHING,
    "below": ANYTHING,
    "membership_plan": ANYTHING,
    "interval": INTERVALS,
    "supporter": ANYTHING,
    "payment": ANYTHING,
    "dispute": (*DISPUTED, *DISPUTE_STATUSES),
    "paid_for": PAID_FOR,
    "earned_in": ANYTHING,
}


def row(_asked: Asked, received_at: datetime, payment_id: int, charge: str | None, kind: int, *more: Any) -> Row:
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
