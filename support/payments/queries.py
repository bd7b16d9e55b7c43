"""Read payments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from support.campaigns.models import Plan
from support.checkout.models import Checkout
from support.memberships.models import Membership
from support.payments.models import Dispute, Payment, Refund
from support.together import find, find_value

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def refunded_minor() -> sa.ScalarSelect[int]:
    """A column beside Payment: what has gone back of it, in minor units of its currency."""
    return (
        sa.select(sa.func.coalesce(sa.func.sum(Refund.amount_minor), 0))
        .where(Refund.payment_id == Payment.id, Refund.status == "succeeded")
        .correlate(Payment)
        .scalar_subquery()
    )


def withheld_minor() -> sa.ScalarSelect[int]:
    """A column beside Payment: what disputes have taken away of it, for good or for now."""
    return (
        sa.select(sa.func.coalesce(sa.func.sum(Dispute.amount_minor), 0))
        .where(Dispute.payment_id == Payment.id, Dispute.is_withheld)
        .correlate(Payment)
        .scalar_subquery()
    )


def is_kept() -> sa.ColumnElement[bool]:
    """A condition on Payment: not refunded in full, and no dispute has taken it away.

    A partial refund keeps it; a refund that is pending, or that failed, changes nothing.
    """
    withheld = sa.select(Dispute.id).where(Dispute.payment_id == Payment.id, Dispute.is_withheld).correlate(Payment)
    return sa.and_(Payment.amount_minor > refunded_minor(), ~withheld.exists())


def payments_with_plans() -> sa.Select[Payment, Plan]:
    """Payments, each with the plan that it was given for."""
    return (
        sa.select(Payment, Plan)
        .outerjoin(Membership, Membership.id == Payment.membership_id)
        .outerjoin(Checkout, Checkout.id == Payment.checkout_id)
        .join(Plan, Plan.id == sa.func.coalesce(Membership.plan_id, Checkout.plan_id))
    )


def lost_invoices(session: Session, membership_ids: list[int]) -> set[str]:
    """Invoices of these memberships that were paid with money of which nothing was kept."""
    other = aliased(Payment)
    kept = sa.select(Payment.id).where(Payment.stripe_invoice_id == other.stripe_invoice_id, is_kept())
    lost = sa.select(other.stripe_invoice_id).where(
        other.membership_id.in_(membership_ids), other.stripe_invoice_id.is_not(None), ~kept.exists()
    )
    return {invoice for invoice in session.scalars(lost) if invoice is not None}


def payment_of(session: Session, stripe_payment_intent_id: str | None, stripe_charge_id: str | None) -> Payment | None:
    """The payment that this intent or charge became."""
    found = None
    if stripe_payment_intent_id is not None:
        found = find(session, Payment, stripe_payment_intent_id=stripe_payment_intent_id)
    if found is None and stripe_charge_id is not None:
        found = find(session, Payment, stripe_charge_id=stripe_charge_id)
    return found


def checkout_of_payment(
    session: Session, stripe_payment_intent_id: str | None, stripe_charge_id: str | None
) -> int | None:
    """The checkout that led to the payment which this intent or charge became; the payment is not loaded yet."""
    found: int | None = None
    if stripe_payment_intent_id is not None:
        found = find_value(session, Payment, "checkout_id", stripe_payment_intent_id=stripe_payment_intent_id)
    if found is None and stripe_charge_id is not None:
        found = find_value(session, Payment, "checkout_id", stripe_charge_id=stripe_charge_id)
    return found
