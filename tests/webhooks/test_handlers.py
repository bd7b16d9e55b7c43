"""The table of event types: exactly those that the endpoint at Stripe is to subscribe to, and documented as such."""

from __future__ import annotations

import re

from support.sync.kinds import KINDS
from tests.databases import ROOT
from webhooks.handlers import HANDLERS

# Every type that opens, closes, moves or explains something of ours, by what it is about.
SUBSCRIBED = {
    "checkout_session": "completed async_payment_succeeded async_payment_failed expired",
    "payment_intent": "payment_failed canceled processing",
    "charge": "succeeded updated failed refunded",
    "refund": "created updated failed",
    "dispute": "created updated closed funds_withdrawn funds_reinstated",
    "fraud_warning": "created",
    "subscription": "created updated deleted paused resumed",
    "invoice": "paid payment_failed payment_action_required finalization_failed voided marked_uncollectible",
    "customer": "updated deleted",
    "payment_method": "attached automatically_updated detached",
    "payout": "paid failed reconciliation_completed",
}
PREFIXES = {
    "checkout_session": "checkout.session",
    "dispute": "charge.dispute",
    "fraud_warning": "radar.early_fraud_warning",
    "subscription": "customer.subscription",
}
# What gives or takes access must not wait for more events of the same object.
AT_ONCE = {"refund", "dispute", "subscription"}
AT_ONCE_TYPES = {"invoice.paid"} | {
    f"checkout.session.{what}" for what in ("completed", "async_payment_succeeded", "async_payment_failed")
}


def test_the_table_is_exactly_the_list() -> None:
    wanted = {
        f"{PREFIXES.get(kind, kind)}.{what}": kind for kind, whats in SUBSCRIBED.items() for what in whats.split()
    }
    assert len(wanted) == 39
    assert {event: handler.kind for event, handler in HANDLERS.items()} == wanted


def test_every_kind_can_be_synced() -> None:
    assert {handler.kind for handler in HANDLERS.values()} == set(KINDS)


def test_what_opens_or_closes_access_never_waits() -> None:
    at_once = {event for event, handler in HANDLERS.items() if handler.wait == 0}
    assert at_once == AT_ONCE_TYPES | {event for event, handler in HANDLERS.items() if handler.kind in AT_ONCE}
    assert {handler.wait for event, handler in HANDLERS.items() if event not in at_once} == {2}


def test_the_docs_name_the_same_events() -> None:
    documented = set(re.findall(r"`([a-z_]+(?:\.[a-z_]+)+)`", (ROOT / "docs" / "stripe.md").read_text()))
    assert documented - {"campaigns.toml"} == set(HANDLERS)
