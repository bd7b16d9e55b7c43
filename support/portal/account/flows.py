"""Where a supporter changes things at Stripe."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from support.gateway.client import Gateway


def portal_of_membership(gateway: Gateway, stripe_subscription_id: str, return_url: str) -> str:
    """The address of Stripe's billing portal for whoever pays for this membership."""
    customer_id = gateway.subscription(stripe_subscription_id).customer_id
    return portal_of_customer(gateway, customer_id, return_url)


def portal_of_customer(gateway: Gateway, stripe_customer_id: str, return_url: str) -> str:
    """The address of Stripe's billing portal for one customer: good for some minutes, for whoever has it."""
    return gateway.create_portal_page(stripe_customer_id, return_url, f"portal-{secrets.token_hex(16)}")
