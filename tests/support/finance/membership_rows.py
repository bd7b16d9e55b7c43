"""Generated memberships written into a database, with the supporters, checkouts and money that belong to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.accounts.models import Supporter
from support.campaigns.models import Campaign, Plan
from support.checkout.models import Checkout
from support.memberships.models import Membership, PaidPeriod
from support.payments.models import Dispute, Payment, Refund
from tests.support.finance.memberships import PLANS
from tests.support.finance.writing import fill, filling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.db import Base, Database
    from tests.support.finance.memberships import Books, Made, Period
    from tests.support.finance.writing import Row


def put(database: Database, books: Books) -> None:
    """Into a database that has nothing but its campaign."""
    with filling(database) as connection:
        campaign_id = connection.scalars(sa.select(Campaign.id)).one()
        connection.execute(sa.insert(Plan), [_plan(name, number, campaign_id) for name, number in PLANS.items()])
        for table, rows in _tables(books, campaign_id):
            fill(connection, table, rows)


def _plan(name: str, number: int, campaign_id: int) -> Row:
    return {
        "id": number,
        "campaign_id": campaign_id,
        "slug": name.replace(" ", "-"),
        "position": number,
        "is_active": True,
        "interval": name.rpartition(" ")[2],
        "names": {"en": name},
    }


def _tables(books: Books, campaign_id: int) -> Iterator[tuple[type[Base], Iterator[Row]]]:
    made = books.memberships
    ids = sorted({one.supporter_id for one in made if one.supporter_id is not None})
    yield Supporter, ({"id": one, "email": None, "locale": "en", "created_at": books.now} for one in ids)
    yield Checkout, (_checkout(one, campaign_id) for one in made)
    yield Membership, (_membership(one) for one in made)
    yield PaidPeriod, (row for one in made for row in _periods(one))
    payments = [row for one in made for row in _payments(one)]
    yield Payment, iter([row for row, _ in payments])
    yield Refund, (row for paid, period in payments for row in _refunds(paid, period))
    yield Dispute, (row for paid, period in payments for row in _disputes(paid, period))


def _checkout(made: Made, campaign_id: int) -> Row:
    begun_at = made.periods[0].starts_at
    return {
        "id": made.id,
        "public_id": f"public-{made.id}",
        "state": "paid",
        "campaign_id": campaign_id,
        "plan_id": PLANS[made.plan],
        "interval": made.plan.rpartition(" ")[2],
        "amount_minor": made.periods[0].amount_minor,
        "currency": made.periods[0].currency,
        "article": made.article,
        "locale": "en",
        "request_params": "{}",
        "supporter_id": made.supporter_id,
        "created_at": begun_at,
        "expires_at": begun_at,
    }


def _membership(made: Made) -> Row:
    return {
        "id": made.id,
        "stripe_subscription_id": f"sub_{made.id}",
        "status": made.status,
        "checkout_id": made.id,
        "supporter_id": made.supporter_id,
        "plan_id": PLANS[made.plan],
        "amount_minor": made.periods[-1].amount_minor,
        "currency": made.periods[-1].currency,
        "ends_at": made.ends_at,
        "ended_at": made.ended_at,
        "created_at": made.periods[0].starts_at,
    }


def _periods(made: Made) -> Iterator[Row]:
    for number, period in enumerate(made.periods):
        yield {
            "stripe_invoice_id": f"in_{made.id}_{number}",
            "membership_id": made.id,
            "starts_at": period.starts_at,
            "ends_at": period.ends_at,
            "amount_minor": period.amount_minor,
            "currency": period.currency,
        }


def _payments(made: Made) -> Iterator[tuple[Row, Period]]:
    for number, period in enumerate(made.periods):
        if period.received_at is not None:
            yield (
                {
                    "id": made.id * 1000 + number,
                    "stripe_payment_intent_id": f"pi_{made.id}_{number}",
                    "stripe_invoice_id": f"in_{made.id}_{number}",
                    "checkout_id": made.id,
                    "membership_id": made.id,
                    "supporter_id": made.supporter_id,
                    "amount_minor": period.amount_minor,
                    "currency": period.currency,
                    "received_at": period.received_at,
                },
                period,
            )


def _refunds(paid: Row, period: Period) -> Iterator[Row]:
    for number, (succeeded_at, amount, status) in enumerate(period.refunds):
        yield {
            "stripe_refund_id": f"re_{paid['id']}_{number}",
            "payment_id": paid["id"],
            "status": status,
            "amount_minor": amount,
            "currency": paid["currency"],
            "created_at": succeeded_at or paid["received_at"],
            "succeeded_at": succeeded_at,
        }


def _disputes(paid: Row, period: Period) -> Iterator[Row]:
    for number, (created_at, amount, is_withheld) in enumerate(period.disputes):
        yield {
            "stripe_dispute_id": f"dp_{paid['id']}_{number}",
            "payment_id": paid["id"],
            "status": "lost" if is_withheld else "won",
            "is_withheld": is_withheld,
            "amount_minor": amount,
            "currency": paid["currency"],
            "reason": "fraudulent",
            "created_at": created_at,
        }
