"""Checkouts that our tables lack: imported ones, which never were ours, and ours that a restored database has lost.

Both are made from what Stripe says: a session or subscription names its product, its amount, its customer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.accounts.operations import supporter_of_customer
from support.campaigns.queries import first_campaign_id, plan_for_interval, plan_named
from support.checkout.models import new_public_id
from support.checkout.operations import AdoptedCheckout, begin_adopted
from support.errors import SupportError
from support.gateway.snapshots import SubscriptionSnapshot
from support.i18n import DEFAULT, known
from support.sync.models import ImportedProduct
from support.together import once

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from support.campaigns.models import Plan
    from support.checkout.models import Checkout
    from support.gateway.snapshots import CheckoutSessionSnapshot
    from support.money import Money
    from support.sync.reading import Reading


class NoPlan(SupportError):
    """The campaign has no plan of an interval that its supporters pay in."""


def adopt(session: Session, seen: CheckoutSessionSnapshot | SubscriptionSnapshot, reading: Reading) -> Checkout | None:
    """The checkout of this object, made now; None where it is none of ours, or may be about to be committed.

    Raises NoPlan.
    """
    if seen.amount is None or seen.amount.amount_minor <= 0:
        return None
    plan = _plan_of_lost(session, seen) if seen.checkout_ref is not None else _plan_of_imported(session, seen)
    if plan is None or (seen.checkout_ref is not None and not reading.may_adopt):
        return None
    if isinstance(seen, SubscriptionSnapshot):
        adopted = _of_subscription(session, seen, plan, seen.amount, reading)
    else:
        adopted = _of_session(seen, plan, seen.amount)
    return begin_adopted(session, adopted, reading.now)


def _of_session(seen: CheckoutSessionSnapshot, plan: Plan, amount: Money) -> AdoptedCheckout:
    """Who paid is said when the session is applied."""
    return AdoptedCheckout(
        public_id=seen.checkout_ref or new_public_id(),
        plan=plan,
        amount=amount,
        locale=known(seen.locale) or DEFAULT,
        article=seen.article,
        created_at=seen.created_at,
        supporter_id=None,
        stripe_session_id=seen.id,
    )


def _of_subscription(
    session: Session, seen: SubscriptionSnapshot, plan: Plan, amount: Money, reading: Reading
) -> AdoptedCheckout:
    """One that began without a session, or whose session is not told of yet."""
    locale = known(seen.customer_locale) or DEFAULT
    supporter = supporter_of_customer(session, seen.customer_id, seen.email, locale, reading.now)
    return AdoptedCheckout(
        public_id=seen.checkout_ref or new_public_id(),
        plan=plan,
        amount=amount,
        locale=locale,
        article=None,
        created_at=seen.created_at,
        supporter_id=supporter.id,
        stripe_session_id=None,
    )


def _plan_of_lost(session: Session, seen: CheckoutSessionSnapshot | SubscriptionSnapshot) -> Plan | None:
    """The plan that the session's metadata names; else the first campaign's for the interval."""
    named = None if isinstance(seen, SubscriptionSnapshot) else seen.plan_ref
    plan = once(session, plan_named, named) if named is not None else None
    if plan is not None:
        return plan
    campaign_id = once(session, first_campaign_id)
    return _plan(session, campaign_id, seen.interval) if campaign_id is not None else None


def _plan_of_imported(session: Session, seen: CheckoutSessionSnapshot | SubscriptionSnapshot) -> Plan | None:
    """A session that led to nothing is nobody's support."""
    if not isinstance(seen, SubscriptionSnapshot) and seen.status != "complete":
        return None
    campaign_id = once(session, _admitted_to, seen.product_ids)
    return _plan(session, campaign_id, seen.interval) if campaign_id is not None else None


def _admitted_to(session: Session, product_ids: Sequence[str]) -> int | None:
    """The campaign to which one of these products was admitted."""
    admitted = sa.select(ImportedProduct.campaign_id).where(ImportedProduct.stripe_product_id.in_(product_ids))
    return session.scalar(admitted.limit(1))


def _plan(session: Session, campaign_id: int, interval: str) -> Plan:
    plan = once(session, plan_for_interval, campaign_id, interval)
    if plan is None:
        raise NoPlan(f"the campaign has no plan that is paid by the {interval}")
    return plan
