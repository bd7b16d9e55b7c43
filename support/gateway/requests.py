"""What we send to Stripe, as plain dicts that can be kept in a row: a retry must be identical."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from support.money import Money

# Our key in Stripe's metadata; its value is the checkout's public id. What carries it is ours.
OURS = "support_checkout"
# What else a session's metadata keeps: a checkout that a restored database has lost is made again from it.
PLAN = "support_plan"
ARTICLE = "support_article"
# Our key in a refund's metadata; its value is the public id of our request for it.
REFUND = "support_refund"
_MAX_METADATA = 500

# Languages of Stripe's hosted page (the SDK's SessionCreateParams.locale); a test compares the two.
STRIPE_LOCALES = frozenset(
    """bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hi-IN hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR ro ru
    sk sl sv th tr vi zh zh-HK zh-TW""".split()
)


@dataclass(frozen=True)
class CheckoutRequest:
    """One attempt to give, as Stripe's page shall offer it. `interval` is once, month or year.

    `plan` is `<campaign>/<plan>`. `is_taxed`: Stripe works out the tax that the amount contains.
    """

    public_id: str
    plan: str
    article: str | None
    name: str
    amount: Money
    interval: str
    email: str | None
    locale: str
    expires_at: datetime
    success_url: str
    cancel_url: str
    is_taxed: bool


def checkout_params(request: CheckoutRequest) -> dict[str, Any]:
    """Parameters of POST /v1/checkout/sessions, API version 2026-10-28.endive."""
    price: dict[str, Any] = {
        "currency": request.amount.currency.lower(),
        "unit_amount": request.amount.amount_minor,
        "product_data": {"name": request.name},
    }
    params: dict[str, Any] = {
        "line_items": [{"price_data": price, "quantity": 1}],
        "success_url": request.success_url,
        "cancel_url": request.cancel_url,
        "client_reference_id": request.public_id,
        "metadata": _metadata(request),
        "expires_at": int(request.expires_at.timestamp()),
        "locale": request.locale if request.locale in STRIPE_LOCALES else "auto",
        # Otherwise the dashboard decides, and the card may be charged in a currency that nobody chose here.
        "adaptive_pricing": {"enabled": False},
    }
    if request.is_taxed:
        params["automatic_tax"] = {"enabled": True}
        price["tax_behavior"] = "inclusive"  # readers pay the amount that they chose
    if request.email:
        params["customer_email"] = request.email
    # The session's metadata is not copied to what it creates.
    if request.interval == "once":
        params |= {
            "mode": "payment",
            "submit_type": "donate",
            "customer_creation": "always",
            "payment_intent_data": {"metadata": {OURS: request.public_id}, "description": request.name},
        }
    else:
        price["recurring"] = {"interval": request.interval}
        params |= {
            "mode": "subscription",
            "subscription_data": {"metadata": {OURS: request.public_id}, "description": request.name},
        }
    return params


def refund_params(stripe_payment_id: str, amount_minor: int, reason: str, public_id: str) -> dict[str, Any]:
    """Parameters of POST /v1/refunds for a payment intent, or for a charge that has none."""
    kind = "payment_intent" if stripe_payment_id.startswith("pi_") else "charge"
    return {kind: stripe_payment_id, "amount": amount_minor, "reason": reason, "metadata": {REFUND: public_id}}


def _metadata(request: CheckoutRequest) -> dict[str, str]:
    article = {ARTICLE: request.article} if request.article and len(request.article) <= _MAX_METADATA else {}
    return {OURS: request.public_id, PLAN: request.plan, **article}
