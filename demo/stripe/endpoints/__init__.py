"""What the API can do: importing this package fills `operations.OPERATIONS`."""

from demo.stripe import payments, settlement
from demo.stripe.endpoints import catalog, customers, events, invoices, sessions, subscriptions

__all__ = ["catalog", "customers", "events", "invoices", "payments", "sessions", "settlement", "subscriptions"]
