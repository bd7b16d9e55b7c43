"""Where each kind of object is, what is expanded wherever it is read, alone or in a list, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from support.gateway import movements, readings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

S = TypeVar("S")


@dataclass(frozen=True)
class Resource(Generic[S]):
    """`snapshot` makes ours of Stripe's shape; `listed` are the parameters that its list needs to be whole.

    Stripe expands four levels at most, of which a list's `data` is one; `deep` is what only a single read expands.
    """

    path: str
    snapshot: Callable[[Any], S]
    expand: tuple[str, ...] = ()
    deep: tuple[str, ...] = ()
    listed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Page(Generic[S]):
    """Snapshots of one kind, the newest first; `last_id` is where the next page begins.

    `unread`: ids of objects that are not as we know such objects, of which there is no snapshot.
    """

    seen: tuple[S, ...]
    last_id: str | None
    has_more: bool
    unread: tuple[str, ...] = ()


CHECKOUT_SESSION = Resource(
    "/v1/checkout/sessions",
    readings.checkout_session_snapshot,
    ("payment_intent.latest_charge", "subscription.default_payment_method", "invoice.payments", "line_items"),
)
SUBSCRIPTION = Resource(
    "/v1/subscriptions",
    readings.subscription_snapshot,
    ("default_payment_method", "customer"),
    listed={"status": "all"},
)
INVOICE = Resource(
    "/v1/invoices", readings.invoice_snapshot, ("payments",), deep=("payments.data.payment.payment_intent",)
)
CHARGE = Resource("/v1/charges", movements.charge_snapshot, ("balance_transaction",))
REFUND = Resource("/v1/refunds", movements.refund_snapshot, ("balance_transaction", "failure_balance_transaction"))
DISPUTE = Resource("/v1/disputes", movements.dispute_snapshot)
FRAUD_WARNING = Resource("/v1/radar/early_fraud_warnings", movements.fraud_warning_snapshot)
CUSTOMER = Resource("/v1/customers", readings.customer_snapshot, ("invoice_settings.default_payment_method",))
PAYMENT_METHOD = Resource("/v1/payment_methods", readings.payment_method_snapshot)
PAYOUT = Resource("/v1/payouts", movements.payout_snapshot)
BALANCE_TRANSACTION = Resource("/v1/balance_transactions", movements.entry_snapshot)
PRODUCT = Resource("/v1/products", readings.product_snapshot)
