"""Frozen copies of Stripe's objects as they are now: Stripe's shape -> ours.

Shapes are those of API version 2026-10-28.endive. Ids are Stripe's; moments are UTC; amounts are Money.
`checkout_ref` is the value of our metadata key, or None when Stripe's object does not carry it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from support.gateway.requests import OURS
from support.money import Money

if TYPE_CHECKING:
    import stripe


@dataclass(frozen=True)
class PaymentIntentSnapshot:
    """One movement of a reader's money. `received_at` is when its charge succeeded; None until it has."""

    id: str
    checkout_ref: str | None
    subscription_id: str | None
    customer_id: str | None
    status: str
    received: Money
    charge_id: str | None
    received_at: datetime | None


@dataclass(frozen=True)
class InvoicePaymentSnapshot:
    """A payment that an invoice was paid with; one without a payment intent was made outside Stripe."""

    payment_intent_id: str | None
    paid: Money
    paid_at: datetime | None


@dataclass(frozen=True)
class InvoiceSnapshot:
    """A bill of a subscription. `starts_at` to `ends_at` is the time that its subscription lines pay for."""

    id: str
    checkout_ref: str | None
    subscription_id: str | None
    status: str
    starts_at: datetime | None
    ends_at: datetime | None
    payments: tuple[InvoicePaymentSnapshot, ...]


@dataclass(frozen=True)
class SubscriptionSnapshot:
    """Support that continues. `ends_at` is when a cancellation takes effect, None when none is set."""

    id: str
    checkout_ref: str | None
    customer_id: str
    status: str
    ends_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True)
class CheckoutSessionSnapshot:
    """A Checkout Session with what it has led to so far. `email` is what the payer typed: nobody has proven it."""

    id: str
    checkout_ref: str | None
    status: str
    payment_status: str
    customer_id: str | None
    email: str | None
    payment_intent: PaymentIntentSnapshot | None
    subscription: SubscriptionSnapshot | None
    invoice: InvoiceSnapshot | None


Snapshot = CheckoutSessionSnapshot | PaymentIntentSnapshot | SubscriptionSnapshot | InvoiceSnapshot


def moment(seconds: int | None) -> datetime | None:
    """Stripe's whole seconds since 1970 as a moment."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def id_of(reference: Any) -> str | None:
    """The id of what Stripe gives as an id or, expanded, as the object."""
    if reference is None or isinstance(reference, str):
        return reference
    identifier: str = reference.id
    return identifier


def _ref(metadata: Any) -> str | None:
    return metadata[OURS] if metadata is not None and OURS in metadata else None


def _subscription_details(invoice: stripe.Invoice) -> Any:
    return invoice.parent.subscription_details if invoice.parent is not None else None


def payment_intent_snapshot(
    intent: stripe.PaymentIntent, invoice: stripe.Invoice | None = None
) -> PaymentIntentSnapshot:
    """`latest_charge` must be expanded. `invoice` is the one that this intent pays, where it is a membership's."""
    charge: Any = intent.latest_charge
    details = _subscription_details(invoice) if invoice is not None else None
    ref = _ref(intent.metadata)
    return PaymentIntentSnapshot(
        id=intent.id,
        checkout_ref=ref if ref is not None or details is None else _ref(details.metadata),
        subscription_id=id_of(details.subscription) if details is not None else None,
        customer_id=id_of(intent.customer),
        status=intent.status,
        received=Money(intent.amount_received, intent.currency.upper()),
        charge_id=id_of(charge),
        received_at=moment(charge.created) if charge is not None and charge.status == "succeeded" else None,
    )


def invoice_snapshot(invoice: stripe.Invoice) -> InvoiceSnapshot:
    """`payments` must be expanded."""
    details = _subscription_details(invoice)
    periods = [
        line.period
        for line in invoice.lines.data
        if line.parent is not None and line.parent.type == "subscription_item_details"
    ]
    paid = [payment for payment in (invoice.payments.data if invoice.payments else []) if payment.status == "paid"]
    return InvoiceSnapshot(
        id=invoice.id,
        checkout_ref=_ref(details.metadata) if details is not None else None,
        subscription_id=id_of(details.subscription) if details is not None else None,
        status=invoice.status or "draft",
        starts_at=moment(min((period.start for period in periods), default=None)),
        ends_at=moment(max((period.end for period in periods), default=None)),
        payments=tuple(
            InvoicePaymentSnapshot(
                payment_intent_id=id_of(payment.payment.payment_intent),
                paid=Money(payment.amount_paid or 0, payment.currency.upper()),
                paid_at=moment(payment.status_transitions.paid_at),
            )
            for payment in paid
        ),
    )


def subscription_snapshot(subscription: stripe.Subscription) -> SubscriptionSnapshot:
    """A portal's cancellation sets only `cancel_at`; the API's `cancel_at_period_end` may stand alone, too."""
    cancel_at = subscription.cancel_at
    if cancel_at is None and subscription.cancel_at_period_end:
        cancel_at = max(item.current_period_end for item in subscription["items"].data)
    return SubscriptionSnapshot(
        id=subscription.id,
        checkout_ref=_ref(subscription.metadata),
        customer_id=id_of(subscription.customer) or "",
        status=subscription.status,
        ends_at=moment(cancel_at),
        ended_at=moment(subscription.ended_at),
    )


def checkout_session_snapshot(session: stripe.checkout.Session) -> CheckoutSessionSnapshot:
    """`payment_intent.latest_charge`, `subscription` and `invoice.payments` must be expanded."""
    intent: Any = session.payment_intent
    subscription: Any = session.subscription
    invoice: Any = session.invoice
    return CheckoutSessionSnapshot(
        id=session.id,
        checkout_ref=_ref(session.metadata),
        status=session.status or "open",
        payment_status=session.payment_status,
        customer_id=id_of(session.customer),
        email=session.customer_details.email if session.customer_details is not None else None,
        payment_intent=payment_intent_snapshot(intent) if intent is not None else None,
        subscription=subscription_snapshot(subscription) if subscription is not None else None,
        invoice=invoice_snapshot(invoice) if invoice is not None else None,
    )
