"""Which kind of object an event is about, and how long it may wait for more events of the same object.

`wait` is seconds: 0 for what opens or closes access, 2 for the rest. These 39 types are what the endpoint at Stripe
is to subscribe to; docs/stripe.md lists them for whoever sets it up.
"""

from __future__ import annotations

from typing import NamedTuple


class Handler(NamedTuple):
    """`kind` is a key of `sync.KINDS`."""

    kind: str
    wait: float


AT_ONCE, COALESCED = 0, 2

HANDLERS = {
    "checkout.session.completed": Handler("checkout_session", AT_ONCE),
    "checkout.session.async_payment_succeeded": Handler("checkout_session", AT_ONCE),
    "checkout.session.async_payment_failed": Handler("checkout_session", AT_ONCE),
    "checkout.session.expired": Handler("checkout_session", COALESCED),
    "payment_intent.payment_failed": Handler("payment_intent", COALESCED),
    "payment_intent.canceled": Handler("payment_intent", COALESCED),
    "payment_intent.processing": Handler("payment_intent", COALESCED),
    "charge.succeeded": Handler("charge", COALESCED),
    "charge.updated": Handler("charge", COALESCED),
    "charge.failed": Handler("charge", COALESCED),
    "charge.refunded": Handler("charge", COALESCED),
    "refund.created": Handler("refund", AT_ONCE),
    "refund.updated": Handler("refund", AT_ONCE),
    "refund.failed": Handler("refund", AT_ONCE),
    "charge.dispute.created": Handler("dispute", AT_ONCE),
    "charge.dispute.updated": Handler("dispute", AT_ONCE),
    "charge.dispute.closed": Handler("dispute", AT_ONCE),
    "charge.dispute.funds_withdrawn": Handler("dispute", AT_ONCE),
    "charge.dispute.funds_reinstated": Handler("dispute", AT_ONCE),
    "radar.early_fraud_warning.created": Handler("fraud_warning", COALESCED),
    "customer.subscription.created": Handler("subscription", AT_ONCE),
    "customer.subscription.updated": Handler("subscription", AT_ONCE),
    "customer.subscription.deleted": Handler("subscription", AT_ONCE),
    "customer.subscription.paused": Handler("subscription", AT_ONCE),
    "customer.subscription.resumed": Handler("subscription", AT_ONCE),
    "invoice.paid": Handler("invoice", AT_ONCE),
    "invoice.payment_failed": Handler("invoice", COALESCED),
    "invoice.payment_action_required": Handler("invoice", COALESCED),
    "invoice.finalization_failed": Handler("invoice", COALESCED),
    "invoice.voided": Handler("invoice", COALESCED),
    "invoice.marked_uncollectible": Handler("invoice", COALESCED),
    "customer.updated": Handler("customer", COALESCED),
    "customer.deleted": Handler("customer", COALESCED),
    "payment_method.attached": Handler("payment_method", COALESCED),
    "payment_method.automatically_updated": Handler("payment_method", COALESCED),
    "payment_method.detached": Handler("payment_method", COALESCED),
    "payout.paid": Handler("payout", COALESCED),
    "payout.failed": Handler("payout", COALESCED),
    "payout.reconciliation_completed": Handler("payout", COALESCED),
}
