"""One method per need. What Stripe answers comes back as a snapshot; what goes wrong as one of our errors."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from support.errors import StripeRefused
from support.gateway import resources
from support.gateway.calling import API_VERSION, Caller
from support.gateway.readings import payment_intent_snapshot
from support.gateway.resources import Page
from support.gateway.shapes import Shape

if TYPE_CHECKING:
    from datetime import datetime

    from support.gateway.calling import Deadline, Patience
    from support.gateway.resources import Resource
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

log = logging.getLogger(__name__)
S = TypeVar("S")


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
        self._get = self._caller.get
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
        return self._one(resources.CHECKOUT_SESSION, stripe_id)

    def payment_intent(self, stripe_id: str) -> PaymentIntentSnapshot:
        """A payment intent with its charge and, where it carries no metadata of ours, the invoice that it pays."""
        intent = self._get(f"/v1/payment_intents/{quote(stripe_id)}", expand=["latest_charge"])
        seen = payment_intent_snapshot(intent)
        if seen.checkout_ref is not None:
            return seen
        paid = self._get(
            "/v1/invoice_payments",
            payment={"type": "payment_intent", "payment_intent": stripe_id},
            expand=["data.invoice"],
        )
        return payment_intent_snapshot(intent, paid.data[0].invoice if paid.data else None)

    def subscription(self, stripe_id: str) -> SubscriptionSnapshot:
        """A subscription with its customer and the card that it is paid with."""
        return self._one(resources.SUBSCRIPTION, stripe_id)

    def invoice(self, stripe_id: str) -> InvoiceSnapshot:
        """An invoice with its payments and their payment intents."""
        return self._one(resources.INVOICE, stripe_id)

    def charge(self, stripe_id: str) -> ChargeSnapshot:
        """A charge with its balance transaction."""
        return self._one(resources.CHARGE, stripe_id)

    def refund(self, stripe_id: str) -> RefundSnapshot:
        """A refund with its balance transactions."""
        return self._one(resources.REFUND, stripe_id)

    def dispute(self, stripe_id: str) -> DisputeSnapshot:
        """A dispute with its balance transactions."""
        return self._one(resources.DISPUTE, stripe_id)

    def fraud_warning(self, stripe_id: str) -> FraudWarningSnapshot:
        """An early fraud warning."""
        return self._one(resources.FRAUD_WARNING, stripe_id)

    def customer(self, stripe_id: str) -> CustomerSnapshot:
        """A customer, deleted or not, with the card of its invoices."""
        return self._one(resources.CUSTOMER, stripe_id)

    def payment_method(self, stripe_id: str) -> PaymentMethodSnapshot:
        """A payment method; one that was detached belongs to nobody."""
        return self._one(resources.PAYMENT_METHOD, stripe_id)

    def payout(self, stripe_id: str) -> PayoutSnapshot:
        """A payout, and what it consists of once Stripe has itemized it."""
        seen = self._one(resources.PAYOUT, stripe_id)
        return replace(seen, entries=self._payout_entries(stripe_id)) if seen.is_itemized else seen

    def page(self, resource: Resource[S], after: str | None, since: datetime | None = None, **filters: str) -> Page[S]:
        """Up to 100 objects of a kind, the newest first: those older than object `after`, created from `since` on.

        Raises ObjectMissing if `after` is gone. Whoever needs every one of them takes `whole_page`, or looks at
        `unread`.
        """
        params: dict[str, Any] = {"limit": 100, **resource.listed, **filters}
        if after is not None:
            params["starting_after"] = after
        if since is not None:
            params["created"] = {"gte": int(since.timestamp())}
        page = self._get(resource.path, **params, expand=[f"data.{path}" for path in resource.expand])
        data = page.data
        seen: list[S] = []
        unread: list[str] = []
        for one in data:
            try:
                seen.append(resource.snapshot(one))
            except Exception:  # whatever it is that we do not expect of it, the others are read
                log.exception("an object of Stripe's cannot be read", extra={"object": one.id})
                unread.append(one.id)
        return Page(tuple(seen), data[-1].id if data else after, page.has_more, tuple(unread))

    def whole_page(self, resource: Resource[S], after: str | None, **filters: str) -> Page[S]:
        """The same. Raises StripeRefused if one of them cannot be read."""
        page = self.page(resource, after, None, **filters)
        if page.unread:
            raise StripeRefused(f"{page.unread[0]} is not as we know such objects")
        return page

    def undelivered_events(self, after: str | None) -> EventPage:
        """Up to 100 events of 30 days that Stripe could not deliver, the newest first, older than event `after`.

        Raises ObjectMissing if Stripe does not keep `after` any more.
        """
        params = {"starting_after": after} if after is not None else {}
        page = self._get("/v1/events", delivery_success=False, limit=100, **params)
        return EventPage(
            tuple(event.body for event in page.data), page.data[-1].id if page.data else after, page.has_more
        )

    def _one(self, resource: Resource[S], stripe_id: str) -> S:
        expand = [*resource.expand, *resource.deep]
        return resource.snapshot(self._get(f"{resource.path}/{quote(stripe_id)}", expand=expand))

    def greet(self) -> Greeting:
        """One cheap read that any key for us may do."""
        answer = self._caller.ask("/v1/balance")
        at = answer.headers.get("Date")
        version = answer.headers.get("Stripe-Version", API_VERSION)
        return Greeting(Shape(answer.data).livemode, version, parsedate_to_datetime(at) if at else None)

    def webhook_endpoints(self) -> list[WebhookEndpoint]:
        """All that this account has: Stripe allows 16."""
        page = self._get("/v1/webhook_endpoints", limit=100)
        return [
            WebhookEndpoint(one.url, one.status == "enabled", frozenset(one.enabled_events), one.api_version)
            for one in page.data
        ]

    def _payout_entries(self, stripe_id: str) -> tuple[EntrySnapshot, ...]:
        found: list[EntrySnapshot] = []
        after, has_more = None, True
        while has_more:
            page = self.whole_page(resources.BALANCE_TRANSACTION, after, payout=stripe_id)
            found += page.seen
            after, has_more = page.last_id, page.has_more
        return tuple(found)

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

    def create_refund(self, params: dict[str, Any], idempotency_key: str, deadline: Deadline) -> str:
        """POST /v1/refunds: Stripe's id of it. A StripeUnavailable that `is_definite` needs another key."""
        made = self._write(
            lambda: self._v1.refunds.create(
                params,  # type: ignore[arg-type]  # made by refund_params
                {"idempotency_key": idempotency_key},
            ),
            deadline,
        )
        return made.id

    def find_refund(self, stripe_payment_id: str, public_id: str) -> str | None:
        """The refund of this payment intent or charge that was made for our request; None if there is none."""
        kind = "payment_intent" if stripe_payment_id.startswith("pi_") else "charge"
        after, has_more = None, True
        while has_more:
            page = self.whole_page(resources.REFUND, after, **{kind: stripe_payment_id})
            for seen in page.seen:
                if seen.request_ref == public_id:
                    return seen.id
            after, has_more = page.last_id, page.has_more
        return None

    def create_portal_page(self, customer_id: str, return_url: str, idempotency_key: str) -> str:
        """The address of a billing portal page for this customer: for whoever has it, for some minutes."""
        made = self._write(
            lambda: self._v1.billing_portal.sessions.create(
                {"customer": customer_id, "return_url": return_url}, {"idempotency_key": idempotency_key}
            )
        )
        return made.url
