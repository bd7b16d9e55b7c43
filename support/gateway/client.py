"""One method per need. What Stripe answers comes back as a snapshot; what goes wrong as one of our errors."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import stripe

from support.errors import ObjectMissing, StripeRefused, StripeUnavailable, SupportError
from support.gateway.snapshots import (
    CheckoutSessionSnapshot,
    InvoiceSnapshot,
    PaymentIntentSnapshot,
    SubscriptionSnapshot,
    checkout_session_snapshot,
    invoice_snapshot,
    payment_intent_snapshot,
    subscription_snapshot,
)

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
_PAUSE_SECONDS = 0.5

# The SDK would write an id of this machine to the home directory and send it along with timings.
stripe.enable_telemetry = False


@dataclass(frozen=True)
class Patience:
    """Seconds that a call may take: to connect, to read, and with every retry in all."""

    connect: float
    read: float
    total: float


WEB = Patience(connect=2, read=4, total=9)
WORKER = Patience(connect=5, read=20, total=45)


class Deadline:
    """The moment after which no new try begins; several calls for one reader share one."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._ends_at = time.monotonic() + patience.total

    def allows_another_try(self) -> bool:
        """Whether a whole try, however slow, would still end in time."""
        return time.monotonic() + _PAUSE_SECONDS + self._patience.connect + self._patience.read <= self._ends_at


class TokenBucket:
    """Lets `rate` calls a second through, in any thread; a caller in excess waits for its turn."""

    def __init__(self, rate: float) -> None:
        self._interval = 1 / rate
        self._lock = threading.Lock()
        self._next_at = 0.0

    def wait(self) -> None:
        """Return when it is this caller's turn. Unused turns of the last second are kept."""
        with self._lock:
            now = time.monotonic()
            turn = max(self._next_at, now - 1)
            self._next_at = turn + self._interval
        if turn > now:
            time.sleep(turn - now)


@dataclass(frozen=True)
class CheckoutPage:
    """Stripe's hosted page for one checkout."""

    stripe_session_id: str
    url: str


class Gateway:
    """Stripe's API for one key, with one patience.

    Every method raises StripeUnavailable (worth another try), ObjectMissing or StripeRefused, nothing of the SDK's.
    """

    def __init__(
        self, api_key: str, api_base: str, patience: Patience, *, reads_per_second: float | None = None
    ) -> None:
        self._client = stripe.StripeClient(
            api_key,
            base_addresses={"api": api_base},
            http_client=stripe.RequestsClient(timeout=(patience.connect, patience.read)),
            max_network_retries=0,  # we retry ourselves, within the patience
        )
        self._v1 = self._client.v1
        self._patience = patience
        self._bucket = TokenBucket(reads_per_second) if reads_per_second else None

    def deadline(self) -> Deadline:
        """The time that one reader's request may spend here in all."""
        return Deadline(self._patience)

    def create_checkout_page(self, params: dict[str, Any], idempotency_key: str, deadline: Deadline) -> CheckoutPage:
        """POST /v1/checkout/sessions. The same key with the same params gives the same page, however often.

        A StripeUnavailable that `is_definite` needs another key: this one would repeat Stripe's failure.
        """
        made = self._call(
            lambda: self._v1.checkout.sessions.create(
                params,  # type: ignore[arg-type]  # a plain dict, kept in the checkout's row
                {"idempotency_key": idempotency_key},
            ),
            deadline,
            is_write=True,
        )
        if made.url is None:
            raise StripeRefused("Stripe made a session without a page")
        return CheckoutPage(made.id, made.url)

    def checkout_session(self, stripe_id: str) -> CheckoutSessionSnapshot:
        """A session with its payment intent and charge, or its subscription, first invoice and that one's payments."""
        expand = ["payment_intent.latest_charge", "subscription", "invoice.payments"]
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
        """A subscription as it is now."""
        return subscription_snapshot(self._read(lambda: self._v1.subscriptions.retrieve(stripe_id)))

    def invoice(self, stripe_id: str) -> InvoiceSnapshot:
        """An invoice with its payments."""
        return invoice_snapshot(self._read(lambda: self._v1.invoices.retrieve(stripe_id, {"expand": ["payments"]})))

    def cancel_at_period_end(self, subscription_id: str, idempotency_key: str) -> None:
        """Let a subscription end with the period that is paid for."""
        self._call(
            lambda: self._v1.subscriptions.update(
                subscription_id, {"cancel_at_period_end": True}, {"idempotency_key": idempotency_key}
            ),
            self.deadline(),
            is_write=True,
        )

    def create_portal_page(self, customer_id: str, return_url: str, idempotency_key: str) -> str:
        """The address of a billing portal page for this customer: for whoever has it, for some minutes."""
        made = self._call(
            lambda: self._v1.billing_portal.sessions.create(
                {"customer": customer_id, "return_url": return_url}, {"idempotency_key": idempotency_key}
            ),
            self.deadline(),
            is_write=True,
        )
        return made.url

    def _read(self, request: Callable[[], T]) -> T:
        if self._bucket is not None:
            self._bucket.wait()
        return self._call(request, self.deadline(), is_write=False)

    def _call(self, request: Callable[[], T], deadline: Deadline, *, is_write: bool) -> T:
        while True:
            try:
                return request()
            except stripe.StripeError as error:
                ours = _our_error(error)
                is_passing = isinstance(ours, StripeUnavailable) and not (is_write and ours.is_definite)
                if not is_passing or not deadline.allows_another_try():
                    raise ours from error
            time.sleep(_PAUSE_SECONDS)


def _our_error(error: stripe.StripeError) -> SupportError:
    status = error.http_status
    if isinstance(error, stripe.APIConnectionError) or status is None or status in {409, 429}:
        return StripeUnavailable(type(error).__name__)
    if status >= 500:
        return StripeUnavailable(f"HTTP {status}", is_definite=True)
    if status == 404:
        return ObjectMissing(error.user_message or "")
    return StripeRefused(error.user_message or "", param=getattr(error, "param", None), stripe_code=error.code)
