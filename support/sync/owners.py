"""Whose a Stripe object is. Ours carries our metadata, or belongs to what is in our tables or to an imported product.

A known customer makes only customer and payment-method events ours, never money.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.checkout.queries import lock_checkout, lock_checkout_by_id, lock_checkout_of_session
from support.errors import NotYet, SupportError
from support.gateway.snapshots import (
    CheckoutSessionSnapshot,
    InvoiceSnapshot,
    PaymentIntentSnapshot,
    SubscriptionSnapshot,
)
from support.memberships.queries import checkout_of_subscription
from support.payments.queries import checkout_of_payment
from support.sync.adopting import adopt

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from support.checkout.models import Checkout
    from support.gateway.snapshots import ChargeSnapshot, DisputeSnapshot, FraudWarningSnapshot, RefundSnapshot
    from support.sync.reading import Reading

    Origin = CheckoutSessionSnapshot | PaymentIntentSnapshot | SubscriptionSnapshot | InvoiceSnapshot
    Movement = ChargeSnapshot | RefundSnapshot | DisputeSnapshot | FraudWarningSnapshot


class Foreign(SupportError):
    """The object belongs to something else that uses the same Stripe account."""


@dataclass
class Untraced(Exception):  # a question, not an error: its asker reads the payment intent and applies again
    """Nothing here says whose this movement is; its payment intent will."""

    stripe_payment_intent_id: str


def checkout_of(session: Session, seen: Origin, reading: Reading) -> Checkout:
    """The checkout that led to this object, locked. Raises Foreign; NotYet where it is ours and not committed."""
    checkout = _known(session, seen)
    if checkout is None and isinstance(seen, CheckoutSessionSnapshot | SubscriptionSnapshot):
        checkout = adopt(session, seen, reading)
    if checkout is not None:
        return checkout
    if seen.checkout_ref is not None:
        raise NotYet("its checkout is not in our tables yet")
    raise Foreign("no checkout of ours led to it")


def checkout_of_movement(session: Session, seen: Movement, stripe_charge_id: str | None, reading: Reading) -> Checkout:
    """The checkout behind a charge and what follows from it, locked.

    By our metadata, else by the payment that we know, else by its payment intent. Raises Foreign, NotYet or Untraced.
    """
    ref = getattr(seen, "checkout_ref", None)
    if ref is not None:
        checkout = lock_checkout(session, ref)
        if checkout is None:
            raise NotYet("its checkout is not in our tables yet")
        return checkout
    checkout_id = checkout_of_payment(session, seen.payment_intent_id, stripe_charge_id)
    if checkout_id is not None:
        return lock_checkout_by_id(session, checkout_id)
    if seen.intent is not None:
        return checkout_of(session, seen.intent, reading)
    if seen.payment_intent_id is None:
        raise Foreign("a charge without a payment intent that we know nothing of")
    raise Untraced(seen.payment_intent_id)


def _known(session: Session, seen: Origin) -> Checkout | None:
    """By what the object says of itself, else by our row for it or for what it contains."""
    if seen.checkout_ref is not None:
        return lock_checkout(session, seen.checkout_ref)
    if isinstance(seen, CheckoutSessionSnapshot) and (found := lock_checkout_of_session(session, seen.id)) is not None:
        return found
    checkout_id = checkout_of_subscription(session, _subscription_of(seen))
    if checkout_id is None and isinstance(seen, PaymentIntentSnapshot):
        checkout_id = checkout_of_payment(session, seen.id, seen.charge_id)
    return lock_checkout_by_id(session, checkout_id) if checkout_id is not None else None


def _subscription_of(seen: Origin) -> str | None:
    if isinstance(seen, SubscriptionSnapshot):
        return seen.id
    if isinstance(seen, CheckoutSessionSnapshot):
        return seen.subscription.id if seen.subscription is not None else None
    return seen.subscription_id
