"""What upkeep asks of Stripe."""

from __future__ import annotations

import contextlib
import secrets
from typing import TYPE_CHECKING

from support.errors import ObjectMissing
from support.memberships.queries import live_memberships_of
from support.sync.flows import sync_now

if TYPE_CHECKING:
    from support.db import Database
    from support.gateway.client import Gateway


def cancel_memberships(database: Database, gateway: Gateway, supporter_id: int) -> list[str]:
    """End every live membership of the supporter at Stripe, at once, and look what Stripe says now.

    A run that broke off is repeated whole: what has ended already only gets the look. Returns their subscriptions.
    """
    with database.reading() as session:
        subscriptions = [one.stripe_subscription_id for one in live_memberships_of(session, supporter_id)]
    for subscription in subscriptions:
        with contextlib.suppress(ObjectMissing):
            gateway.cancel_now(subscription, f"cancel-now-{secrets.token_hex(16)}")
        sync_now(database, gateway, "subscription", subscription)
    return subscriptions
