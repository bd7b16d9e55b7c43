"""Per kind of Stripe object: how it is read afresh, and how what it is now is applied to every package it touches.

Whoever learns that an object changed uses the same pair, so late, doubled, swapped and replayed events change nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from support.gateway.client import Gateway
from support.sync.giving import apply_checkout_session, apply_invoice, apply_payment_intent, apply_subscription
from support.sync.keeping import apply_customer, apply_payment_method
from support.sync.moving import apply_charge, apply_dispute, apply_fraud_warning, apply_payout, apply_refund

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from support.sync.reading import Reading


@dataclass(frozen=True)
class Kind:
    """`read(gateway, id)` gives a snapshot; `apply(session, snapshot, reading)` changes our rows, in one transaction.

    `apply` raises Foreign, NotYet, StaleRead or Untraced and then has changed nothing that is kept.
    """

    read: Callable[[Gateway, str], Any]
    apply: Callable[[Session, Any, Reading], None]


KINDS = {
    "checkout_session": Kind(Gateway.checkout_session, apply_checkout_session),
    "payment_intent": Kind(Gateway.payment_intent, apply_payment_intent),
    "subscription": Kind(Gateway.subscription, apply_subscription),
    "invoice": Kind(Gateway.invoice, apply_invoice),
    "charge": Kind(Gateway.charge, apply_charge),
    "refund": Kind(Gateway.refund, apply_refund),
    "dispute": Kind(Gateway.dispute, apply_dispute),
    "fraud_warning": Kind(Gateway.fraud_warning, apply_fraud_warning),
    "customer": Kind(Gateway.customer, apply_customer),
    "payment_method": Kind(Gateway.payment_method, apply_payment_method),
    "payout": Kind(Gateway.payout, apply_payout),
}
