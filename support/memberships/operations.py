"""Change memberships to what Stripe says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.campaigns.queries import plan_as_paid
from support.memberships.models import Membership, PaidPeriod
from support.together import add, find, find_all, flush, once

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.checkout.models import Checkout
    from support.gateway.snapshots import (
        CustomerSnapshot,
        InvoiceSnapshot,
        PaymentMethodSnapshot,
        SubscriptionSnapshot,
    )


def membership_of(session: Session, stripe_subscription_id: str, checkout: Checkout, now: datetime) -> Membership:
    """The membership of this subscription; a new one knows only what its checkout asked for."""
    membership = find(session, Membership, stripe_subscription_id=stripe_subscription_id)
    if membership is None:
        membership = Membership(
            stripe_subscription_id=stripe_subscription_id,
            status="incomplete",
            checkout_id=checkout.id,
            supporter_id=checkout.supporter_id,
            plan_id=checkout.plan_id,
            amount_minor=checkout.amount_minor,
            currency=checkout.currency,
            created_at=now,
        )
        add(session, membership)
        flush(session)
    return membership


def apply_subscription(session: Session, membership: Membership, seen: SubscriptionSnapshot) -> None:
    """Make the row say what Stripe's subscription says now."""
    membership.plan_id = once(session, plan_as_paid, membership.plan_id, seen.interval)
    membership.status = seen.status
    membership.created_at = seen.created_at
    if membership.canceled_at is None or seen.canceled_at is None:  # asked again, Stripe says when it was asked last
        membership.canceled_at = seen.canceled_at
    membership.ends_at = seen.ends_at
    membership.ended_at = seen.ended_at
    membership.is_paused = seen.is_paused
    membership.amount_minor = seen.amount.amount_minor
    membership.currency = seen.amount.currency
    membership.stripe_customer_id = seen.customer_id
    if seen.card is not None:
        membership.stripe_payment_method_id = seen.card.payment_method_id
        membership.card_expires_on = seen.card.expires_on
        membership.card_last4 = seen.card.last4


def apply_invoice(session: Session, membership: Membership, seen: InvoiceSnapshot) -> None:
    """A paid invoice extends the membership by its period; an open one says what its supporter can do about it."""
    is_unpaid = seen.status == "open"
    if is_unpaid or membership.unpaid_invoice_id == seen.id:
        membership.unpaid_invoice_id = seen.id if is_unpaid else None
        membership.next_attempt_at = seen.next_attempt_at if is_unpaid else None
        membership.action_url = seen.action_url if is_unpaid else None
    if seen.status != "paid" or seen.starts_at is None or seen.ends_at is None:
        return
    period = find(session, PaidPeriod, stripe_invoice_id=seen.id)
    if period is None:
        period = PaidPeriod(stripe_invoice_id=seen.id, membership_id=membership.id)
        add(session, period)
    period.starts_at = seen.starts_at
    period.ends_at = seen.ends_at
    period.amount_minor = seen.cost.amount_minor
    period.currency = seen.cost.currency
    flush(session)


def apply_customer(session: Session, seen: CustomerSnapshot) -> None:
    """The card of a customer pays for those memberships that have none of their own."""
    card = seen.card
    for membership in find_all(session, Membership, "update", stripe_customer_id=seen.id):
        if membership.stripe_payment_method_id is None:
            membership.card_expires_on = card.expires_on if card is not None else None
            membership.card_last4 = card.last4 if card is not None else None


def apply_payment_method(session: Session, seen: PaymentMethodSnapshot) -> None:
    """A card that was renewed or replaced by its bank."""
    session.execute(
        sa.update(Membership)
        .where(Membership.stripe_payment_method_id == seen.id)
        .values(card_expires_on=seen.expires_on, card_last4=seen.last4)
    )


def assign_supporter(session: Session, checkout_id: int, supporter_id: int) -> None:
    """Whose the memberships of this checkout are, now that Stripe has said who paid."""
    for membership in find_all(session, Membership, checkout_id=checkout_id):
        membership.supporter_id = supporter_id
