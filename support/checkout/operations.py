"""Change checkouts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.checkout import rules
from support.checkout.models import Checkout, new_public_id
from support.gateway.requests import CheckoutRequest, checkout_params
from support.together import add, flush

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from config.settings import Settings
    from support.campaigns.models import Plan
    from support.checkout.forms import CheckoutForm
    from support.gateway.client import CheckoutPage
    from support.gateway.snapshots import CheckoutSessionSnapshot
    from support.money import Money


@dataclass(frozen=True)
class AdoptedCheckout:
    """What Stripe says of a checkout that our tables lack."""

    public_id: str
    plan: Plan
    amount: Money
    locale: str
    article: str | None
    created_at: datetime
    supporter_id: int | None
    stripe_session_id: str | None


def begin_checkout(session: Session, form: CheckoutForm, settings: Settings, now: datetime) -> Checkout:
    """The checkout for this ask: the open one of the same page view, else a new row."""
    if form.attempt_key is not None:
        earlier = session.scalar(sa.select(Checkout).where(Checkout.attempt_key == form.attempt_key).with_for_update())
        if earlier is not None and rules.may_be_joined(earlier.state, earlier.expires_at, now):
            return earlier
        if earlier is not None:
            earlier.attempt_key = None
            session.flush()
    public_id = new_public_id()
    # Stripe counts whole seconds.
    expires_at = now.replace(microsecond=0) + rules.LIFE
    request = CheckoutRequest(
        public_id=public_id,
        plan=f"{form.campaign.slug}/{form.plan.slug}",
        article=form.article,
        name=f"{settings.newsroom_name} – {form.plan.name(form.locale)}",
        amount=form.amount,
        interval=form.plan.interval,
        email=form.email,
        locale=form.locale,
        expires_at=expires_at,
        success_url=f"{settings.public_url}/checkout/thanks?session_id={{CHECKOUT_SESSION_ID}}",
        cancel_url=form.return_to or f"{settings.public_url}/support",
        is_taxed=settings.stripe_automatic_tax,
    )
    checkout = Checkout(
        public_id=public_id,
        campaign_id=form.campaign.id,
        plan_id=form.plan.id,
        interval=form.plan.interval,
        amount_minor=form.amount.amount_minor,
        currency=form.amount.currency,
        opens_from_minor=form.terms.opens_from_minor,
        opens_months=form.plan.opens_months,
        article=form.article,
        return_to=form.return_to,
        locale=form.locale,
        attempt_key=form.attempt_key,
        request_params=checkout_params(request),
        created_at=now,
        expires_at=expires_at,
    )
    session.add(checkout)
    session.flush()
    return checkout


def begin_adopted(session: Session, adopted: AdoptedCheckout, now: datetime) -> Checkout:
    """The row of a checkout that nobody began here, or that was lost. Today's terms decide what it opens."""
    plan = adopted.plan
    terms = plan.terms_in(adopted.amount.currency)
    checkout = Checkout(
        public_id=adopted.public_id,
        state="open",
        campaign_id=plan.campaign_id,
        plan_id=plan.id,
        interval=plan.interval,
        amount_minor=adopted.amount.amount_minor,
        currency=adopted.amount.currency,
        opens_from_minor=terms.opens_from_minor if terms is not None else None,
        opens_months=plan.opens_months,
        article=adopted.article,
        locale=adopted.locale,
        request_params={},
        stripe_session_id=adopted.stripe_session_id,
        supporter_id=adopted.supporter_id,
        created_at=adopted.created_at,
        expires_at=adopted.created_at + rules.LIFE,
        adopted_at=now,
    )
    add(session, checkout)
    flush(session)
    return checkout


def begin_next_attempt(session: Session, checkout_id: int, failed_attempt: int) -> Checkout:
    """After a definite failure of Stripe's: another idempotency key, taken once however many retries saw the failure.

    The session that may have been made under the old key is lost; nobody was shown its address.
    """
    checkout = session.get_one(Checkout, checkout_id, with_for_update=True)
    if checkout.stripe_attempt == failed_attempt:
        checkout.stripe_attempt += 1
    return checkout


def remember_page(session: Session, checkout_id: int, page: CheckoutPage) -> None:
    """Stripe has made its page for this checkout."""
    checkout = session.get_one(Checkout, checkout_id, with_for_update=True)
    if checkout.stripe_session_id is None:
        checkout.stripe_session_id = page.stripe_session_id
        checkout.stripe_url = page.url
    if checkout.state == "starting":
        checkout.state = "open"


def mark_refused(session: Session, checkout_id: int) -> None:
    """Stripe said that it will never take this request."""
    checkout = session.get_one(Checkout, checkout_id, with_for_update=True)
    checkout.state = "refused"
    checkout.attempt_key = None


def apply_session(checkout: Checkout, seen: CheckoutSessionSnapshot, supporter_id: int | None, now: datetime) -> None:
    """Make the row say what Stripe's session says now."""
    intent = seen.payment_intent.status if seen.payment_intent else None
    invoice = seen.invoice.status if seen.invoice else None
    checkout.state = rules.state_of(seen.status, seen.payment_status, intent, invoice)
    checkout.stripe_session_id = seen.id
    checkout.supporter_id = supporter_id
    checkout.synced_at = now
