"""What a supporter changes at Stripe."""

from __future__ import annotations

import contextlib
import secrets
from typing import TYPE_CHECKING

from support.errors import ObjectMissing
from support.sync.flows import sync_now

if TYPE_CHECKING:
    from support.db import Database
    from support.gateway.client import Gateway


def cancel_membership(database: Database, gateway: Gateway, stripe_subscription_id: str) -> None:
    """Let it end with the period that is paid for, and look at once what Stripe says.

    Done twice it changes nothing, so its key need not outlive the call; a key kept would give the answer of an earlier
    cancellation to whoever cancels, resumes and cancels again.
    """
    with contextlib.suppress(ObjectMissing):  # it has ended already: the look says so
        gateway.cancel_at_period_end(stripe_subscription_id, f"cancel-{secrets.token_hex(16)}")
    sync_now(database, gateway, "subscription", stripe_subscription_id)


def portal_of_membership(gateway: Gateway, stripe_subscription_id: str, return_url: str) -> str:
    """The address of Stripe's billing portal for whoever pays for this membership."""
    customer_id = gateway.subscription(stripe_subscription_id).customer_id
    return portal_of_customer(gateway, customer_id, return_url)


def portal_of_customer(gateway: Gateway, stripe_customer_id: str, return_url: str) -> str:
    """The address of Stripe's billing portal for one customer: good for some minutes, for whoever has it."""
    return gateway.create_portal_page(stripe_customer_id, return_url, f"portal-{secrets.token_hex(16)}")
