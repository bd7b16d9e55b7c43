"""One method per need. What Stripe answers comes back as a snapshot; what goes wrong as one of our errors."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from support.errors import StripeRefused
from support.gateway.calling import API_VERSION, Caller
from support.gateway.readings import (
    charge_snapshot,
    checkout_session_snapshot,
    customer_snapshot,
    dispute_snapshot,
    entry_snapshot,
    fraud_warning_snapshot,
    invoice_snapshot,
    payment_intent_snapshot,
    payment_method_snapshot,
    payout_snapshot,
    refund_snapshot,
    subscription_snapshot,
)

if TYPE_CHECKING:
    from datetime import datetime

    from stripe.params import BalanceTransactionListParams, EventListParams

    from support.gateway.calling import Deadline, Patience
    from support.gateway.snapshots import (
        ChargeSnapshot,
        CheckoutSessionSnapshot,
        CustomerSnapshot,
        DisputeSnapshot,
        EntrySnapshot,
        FraudWarningSnapshot,
        InvoiceSnapshot,
        PaymentIntentSnapshot,
        PaymentMethodSnapshot,
        PayoutSnapshot,
        RefundSnapshot,
        SubscriptionSnapshot,
    )


@dataclass(frozen=True)
class CheckoutPage:
    """Stripe's hosted page for one checkout."""

    stripe_session_id: str
    url: str


@dataclass(frozen=True)
class EventPage:
    """Events as JSON, as Stripe would have delivered them."""

    bodies: tuple[bytes, ...]
    last_id: str | None
    has_more: bool


@dataclass(frozen=True)
class Greeting:
    """What any answer of Stripe's tells: whether money is real, in which version it speaks, and its clock."""

    is_live: bool
    api_version: str
    at: datetime | None


@dataclass(frozen=True)
class WebhookEndpoint:
    """Where Stripe sends which events; `api_version` None: the account's."""

    url: str
    is_enabled: bool
    types: frozenset[str]
    api_version: str | None


class Gateway:
    """Stripe's API for one key, with one patience.

    Every method raises StripeUnavailable (worth another try), ObjectMissing or StripeRefused, nothing of the SDK's.
    """

    def __init__(
        self, api_key: str, api_base: str, patience: Patience, *, reads_per_second: float | None = None
    ) -> None:
        self._caller = Caller(api_key, api_base, patience, reads_per_second)
        self._v1 = self._caller.v1
        self._read = self._caller.read
        self._write = self._caller.write

    def deadline(self) -> Deadline:
        """The time that one reader's request may spend here in all."""
        return self._caller.deadline()

    def create_checkout_page(self, params: dict[str, Any], idempotency_key: str, deadline: Deadline) -> CheckoutPage:
        """POST /v1/checkout/sessions. The same key with the same params gives the same page, however often.

        A StripeUnavailable that `is_definite` needs another key: this one would repeat Stripe's failure.
        """
        made = self._write(
            lambda: self._v1.checkout.sessions.create(
                params,  # type: ignore[arg-type]  # a plain dict, kept in the checkout's row
                {"idempotency_key": idempotency_key},
            ),
            deadline,
        )
        if made.url is None:
            raise StripeRefused("Stripe made a session without a page")
        return CheckoutPage(made.id, made.url)

    def checkout_session(self, stripe_id: str) -> CheckoutSessionSnapshot:
        """A session with its payment intent and charge, or its subscription, first invoice and that one's payments."""
        expand = ["payment_intent.latest_charge", "subscription.default_payment_method", "invoice.payments"]
        return checkout_session_snapshot(
            self._read(lambda: self._v1.checkout.sessions.retrieve(stripe_id, {"expand": expand}))
        )

    def payment_intent(self, stripe_id: str) -> PaymentIntentSnapshot:
        """A payment intent with its charge and, where it carries no metadata of ours, the invoice that it pays."""
        intent = self._read(lambda: self._v1.payment_intents.retrieve(stripe_id, {"expand": ["latest_charge"]}))
        seen = payment_intent_snapshot(intent)
        if seen.checkout_ref is not None:
            return seen
        paid = self._read(
            lambda: self._v1.invoice_payments.list(
                {"payment": {"type": "payment_intent", "payment_intent": stripe_id}, "expand": ["data.invoice"]}
            )
        )
        invoice: Any = paid.data[0].invoice if paid.data else None
        return payment_intent_snapshot(intent, invoice)

    def subscription(self, stripe_id: str) -> SubscriptionSnapshot:
        """A subscription with the card that it is paid with."""
        expand = ["default_payment_method"]
        return subscription_snapshot(self._read(lambda: self._v1.subscriptions.retrieve(stripe_id, {"expand": expand})))

    def invoice(self, stripe_id: str) -> InvoiceSnapshot:
        """An invoice with its payments and their payment intents."""
        expand = ["payments.data.payment.payment_intent"]
        return invoice_snapshot(self._read(lambda: self._v1.invoices.retrieve(stripe_id, {"expand": expand})))

    def charge(self, stripe_id: str) -> ChargeSnapshot:
        """A charge with its balance transaction."""
        expand = ["balance_transaction"]
        return charge_snapshot(self._read(lambda: self._v1.charges.retrieve(stripe_id, {"expand": expand})))

    def refund(self, stripe_id: str) -> RefundSnapshot:
        """A refund with its balance transactions."""
        expand = ["balance_transaction", "failure_balance_transaction"]
        return refund_snapshot(self._read(lambda: self._v1.refunds.retrieve(stripe_id, {"expand": expand})))

    def dispute(self, stripe_id: str) -> DisputeSnapshot:
        """A dispute with its balance transactions."""
        return dispute_snapshot(self._read(lambda: self._v1.disputes.retrieve(stripe_id)))

    def fraud_warning(self, stripe_id: str) -> FraudWarningSnapshot:
        """An early fraud warning."""
        return fraud_warning_snapshot(self._read(lambda: self._v1.radar.early_fraud_warnings.retrieve(stripe_id)))

    def customer(self, stripe_id: str) -> CustomerSnapshot:
        """A customer, deleted or not, with the card of its invoices."""
        expand = ["invoice_settings.default_payment_method"]
        return customer_snapshot(self._read(lambda: self._v1.customers.retrieve(stripe_id, {"expand": expand})))

    def payment_method(self, stripe_id: str) -> PaymentMethodSnapshot:
        """A payment method; one that was detached belongs to nobody."""
        return payment_method_snapshot(self._read(lambda: self._v1.payment_methods.retrieve(stripe_id)))

    def payout(self, stripe_id: str) -> PayoutSnapshot:
        """A payout, and what it consists of once Stripe has itemized it."""
        payout = self._read(lambda: self._v1.payouts.retrieve(stripe_id))
        is_itemized = payout.automatic and payout.reconciliation_status == "completed"
        return payout_snapshot(payout, self._payout_entries(stripe_id) if is_itemized else None)

    def undelivered_events(self, after: str | None) -> EventPage:
        """Up to 100 events of 30 days that Stripe could not deliver, the newest first, older than event `after`."""
        params: EventListParams = {"delivery_success": False, "limit": 100}
        if after is not None:
            params["starting_after"] = after
        page = self._read(lambda: self._v1.events.list(params))
        last_id = page.data[-1].id if page.data else after
        return EventPage(tuple(str(event).encode() for event in page.data), last_id, page.has_more)

    def greet(self) -> Greeting:
        """One cheap read that any key for us may do."""
        balance = self._read(self._v1.balance.retrieve)
        answer = balance.last_response
        headers = answer.headers if answer is not None else {}
        at = headers.get("Date")
        version = headers.get("Stripe-Version", API_VERSION)
        return Greeting(balance.livemode, version, parsedate_to_datetime(at) if at else None)

    def webhook_endpoints(self) -> list[WebhookEndpoint]:
        """All that this account has: Stripe allows 16."""
        page = self._read(lambda: self._v1.webhook_endpoints.list({"limit": 100}))
        return [
            WebhookEndpoint(one.url, one.status == "enabled", frozenset(one.enabled_events), one.api_version)
            for one in page.data
        ]

    def _payout_entries(self, stripe_id: str) -> tuple[EntrySnapshot, ...]:
        found: list[EntrySnapshot] = []
        params: BalanceTransactionListParams = {"payout": stripe_id, "limit": 100}
        while True:
            page = self._read(partial(self._v1.balance_transactions.list, params))
            found += [entry_snapshot(one) for one in page.data]
            if not page.has_more:
                return tuple(found)
            params = {**params, "starting_after": page.data[-1].id}

    def cancel_at_period_end(self, subscription_id: str, idempotency_key: str) -> None:
        """Let a subscription end with the period that is paid for."""
        self._write(
            lambda: self._v1.subscriptions.update(
                subscription_id, {"cancel_at_period_end": True}, {"idempotency_key": idempotency_key}
            )
        )

    def cancel_now(self, subscription_id: str, idempotency_key: str) -> None:
        """End a subscription at once; nothing is paid back. Raises ObjectMissing if it has ended already."""
        self._write(
            lambda: self._v1.subscriptions.cancel(subscription_id, options={"idempotency_key": idempotency_key})
        )

    def create_portal_page(self, customer_id: str, return_url: str, idempotency_key: str) -> str:
        """The address of a billing portal page for this customer: for whoever has it, for some minutes."""
        made = self._write(
            lambda: self._v1.billing_portal.sessions.create(
                {"customer": customer_id, "return_url": return_url}, {"idempotency_key": idempotency_key}
            )
        )
        return made.url
