"""What the API can do: importing this package fills `operations.OPERATIONS`."""

from demo.stripe import disputes, pausing, payments, payouts, refunds, settlement, taxes
from demo.stripe.endpoints import (
    billing_portal,
    catalog,
    customers,
    destinations,
    events,
    invoices,
    payment_methods,
    sessions,
    subscriptions,
)

__all__ = [
    "billing_portal",
    "catalog",
    "customers",
    "destinations",
    "disputes",
    "events",
    "invoices",
    "pausing",
    "payment_methods",
    "payments",
    "payouts",
    "refunds",
    "sessions",
    "settlement",
    "subscriptions",
    "taxes",
]
