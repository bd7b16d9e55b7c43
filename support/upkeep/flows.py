"""What upkeep asks of Stripe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.memberships.queries import live_memberships_of
from support.sync.flows import cancel_membership

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
        cancel_membership(database, gateway, subscription, is_at_once=True)
    return subscriptions
