"""What must be in our tables, worked out from Stripe's own lists by plain HTTP, never by our code."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from support.db import Base
from tests.support.sync.walking import listed
from tests.webhooks.rows import entries, rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.db import Database
    from tests.services import Service

# Who is at what, which runs there were, and a counter: a run writes them even when it finds nothing.
_OWN_AFFAIRS = {"chores", "reconcile_runs", "sync_counter"}
Facts = dict[str, tuple[Any, ...]]


def differences(service: Service) -> list[str]:
    """What our tables lack, have too much, or say otherwise, by Stripe's ids."""
    ours, theirs = _in_tables(service.database), _in_lists(service)
    return [
        f"{what} {stripe_id}: {ours[what].get(stripe_id)} instead of {theirs[what].get(stripe_id)}"
        for what in theirs
        for stripe_id in sorted(ours[what].keys() | theirs[what].keys())
        if ours[what].get(stripe_id) != theirs[what].get(stripe_id)
    ]


def contents(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table that tells of the newsroom's affairs."""
    with database.reading() as session:
        return {
            table.name: sorted((tuple(row) for row in session.execute(sa.select(table))), key=repr)
            for table in Base.metadata.sorted_tables
            if table.name not in _OWN_AFFAIRS
        }


def _in_lists(service: Service) -> Mapping[str, Facts]:
    charges = [one for one in listed(service, "charges") if one["paid"]]
    invoices = [one for one in listed(service, "invoices") if one["status"] == "paid"]
    return {
        "payment": {
            one["payment_intent"]: (one["id"], one["amount"], one["currency"].upper(), one["billing_details"]["email"])
            for one in charges
        },
        "period": {one["id"]: _period(one) for one in invoices},
        "membership": {one["id"]: (one["status"],) for one in listed(service, "subscriptions", status="all")},
        "refund": {one["id"]: (one["status"], one["amount"]) for one in listed(service, "refunds")},
        "dispute": {one["id"]: (one["status"], one["amount"]) for one in listed(service, "disputes")},
        "entry": ledger_at_stripe(service),
    }


def ledger_at_stripe(service: Service) -> Facts:
    """What our ledger must hold, by the ids of Stripe's balance transactions."""
    return {
        one["id"]: (
            *(one["type"], one["amount"], one["fee"], one["net"]),
            *(one["currency"].upper(), one["source"]),
        )
        for one in listed(service, "balance_transactions")
    }


def ledger_of(database: Database) -> Facts:
    """What it holds."""
    return {row[0]: tuple(row[1:]) for row in entries(database)}


def _period(invoice: Mapping[str, Any]) -> tuple[Any, ...]:
    period = invoice["lines"]["data"][0]["period"]
    start, end = (datetime.fromtimestamp(period[edge], UTC) for edge in ("start", "end"))
    return invoice["parent"]["subscription_details"]["subscription"], start, end


def _in_tables(database: Database) -> Mapping[str, Facts]:
    found = rows(database)
    return {
        "payment": {row[0]: (*row[1:4], row[7]) for row in found.payments},
        "period": {row[0]: (row[3], row[1], row[2]) for row in found.periods},
        "membership": {row[0]: (row[1],) for row in found.memberships},
        "refund": {row[0]: tuple(row[1:3]) for row in found.refunds},
        "dispute": {row[0]: tuple(row[1:3]) for row in found.disputes},
        "entry": ledger_of(database),
    }
