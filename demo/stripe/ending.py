"""How a subscription ends.

Evidence: Stripe docs, "Cancel subscriptions" (ended_at; its open invoices are no longer collected by themselves).
"""

from demo.stripe.account import Account
from demo.stripe.store import Json


def cancel(account: Account, subscription: Json, reason: str) -> None:
    """At once. `reason` as in `cancellation_details`."""
    now = account.now()
    for found in account.store.select("invoice", {"$.parent.subscription_details.subscription": [subscription["id"]]}):
        if found["auto_advance"]:
            account.change(account.find("invoice", found["id"]), auto_advance=False, next_payment_attempt=None)
    account.change(
        subscription,
        status="canceled",
        canceled_at=subscription["canceled_at"] or now,
        ended_at=now,
        cancellation_details=subscription["cancellation_details"] | {"reason": reason},
    )
    account.emit("customer.subscription.deleted", subscription)


def end_subscription(account: Account, subscription: Json) -> None:
    """Task, at `cancel_at`; nothing if that was changed meanwhile."""
    due = subscription["cancel_at"]
    if subscription["status"] != "canceled" and due is not None and due <= account.now():
        cancel(account, subscription, "cancellation_requested")
