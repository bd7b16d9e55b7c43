"""Stripe's shapes -> our snapshots of giving: who, how much, how often.

Shapes are those of API version 2026-10-28.endive.
"""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from support.gateway.requests import ARTICLE, OURS, PLAN
from support.gateway.snapshots import (
    CardSnapshot,
    CheckoutSessionSnapshot,
    CustomerSnapshot,
    InvoicePaymentSnapshot,
    InvoiceSnapshot,
    PaymentIntentSnapshot,
    PaymentMethodSnapshot,
    ProductSnapshot,
    SubscriptionSnapshot,
)
from support.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable

    import stripe


def moment(seconds: int | None) -> datetime | None:
    """Stripe's whole seconds since 1970 as a moment."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def id_of(reference: Any) -> str | None:
    """The id of what Stripe gives as an id or, expanded, as the object."""
    if reference is None or isinstance(reference, str):
        return reference
    identifier: str = reference.id
    return identifier


def ref_of(metadata: Any, name: str = OURS) -> str | None:
    return metadata[name] if metadata is not None and name in metadata else None


def _products(prices: Iterable[Any]) -> tuple[str, ...]:
    return tuple(sorted({product for price in prices if price is not None and (product := id_of(price.product))}))


def _subscription_details(invoice: stripe.Invoice) -> Any:
    return invoice.parent.subscription_details if invoice.parent is not None else None


def payment_intent_snapshot(
    intent: stripe.PaymentIntent, invoice: stripe.Invoice | None = None
) -> PaymentIntentSnapshot:
    """`latest_charge` must be expanded. `invoice` is the one that this intent pays, where it is a membership's."""
    charge: Any = intent.latest_charge
    details = _subscription_details(invoice) if invoice is not None else None
    ref = ref_of(intent.metadata)
    return PaymentIntentSnapshot(
        id=intent.id,
        checkout_ref=ref if ref is not None or details is None else ref_of(details.metadata),
        subscription_id=id_of(details.subscription) if details is not None else None,
        invoice_id=invoice.id if invoice is not None and details is not None else None,
        customer_id=id_of(intent.customer),
        status=intent.status,
        received=Money(intent.amount_received, intent.currency.upper()),
        charge_id=id_of(charge),
        received_at=moment(charge.created) if charge is not None and charge.status == "succeeded" else None,
    )


def invoice_snapshot(invoice: stripe.Invoice) -> InvoiceSnapshot:
    """`payments` must be expanded, and for `intent_status` their payment intents."""
    details = _subscription_details(invoice)
    payments = invoice.payments.data if invoice.payments else []
    own = [line for line in invoice.lines.data if _is_of_subscription(line)]
    return InvoiceSnapshot(
        id=invoice.id,
        checkout_ref=ref_of(details.metadata) if details is not None else None,
        subscription_id=id_of(details.subscription) if details is not None else None,
        is_first=invoice.billing_reason == "subscription_create",
        status=invoice.status or "draft",
        starts_at=moment(min((line.period.start for line in own), default=None)),
        ends_at=moment(max((line.period.end for line in own), default=None)),
        cost=Money(sum(_cost(line) for line in own), invoice.currency.upper()),
        tax=Money(sum(tax.amount for tax in invoice.total_taxes or []), invoice.currency.upper()),
        due=Money(invoice.amount_remaining, invoice.currency.upper()),
        finalized_at=moment(invoice.status_transitions.finalized_at),
        attempts=invoice.attempt_count,
        next_attempt_at=moment(invoice.next_payment_attempt),
        intent_status=_status_of_open_intent(payments),
        action_url=invoice.hosted_invoice_url,
        payments=tuple(
            InvoicePaymentSnapshot(
                payment_intent_id=id_of(payment.payment.payment_intent),
                paid=Money(payment.amount_paid or 0, payment.currency.upper()),
                paid_at=moment(payment.status_transitions.paid_at),
            )
            for payment in payments
            if payment.status == "paid"
        ),
    )


def _is_of_subscription(line: Any) -> bool:
    """Whether it is for a whole period of an item of the subscription; a proration is for what is left of one."""
    if line.parent is None or line.parent.type != "subscription_item_details":
        return False
    return not line.parent.subscription_item_details.proration


def _cost(line: Any) -> int:
    """In minor units; `amount` is what it is before discounts."""
    cost: int = line.amount - sum(discount.amount for discount in line.discount_amounts or [])
    return cost


def _status_of_open_intent(payments: Iterable[stripe.InvoicePayment]) -> str | None:
    intents: list[Any] = [payment.payment.payment_intent for payment in payments if payment.status == "open"]
    return next((intent.status for intent in intents if not isinstance(intent, str | None)), None)


def subscription_snapshot(subscription: stripe.Subscription) -> SubscriptionSnapshot:
    """`default_payment_method` must be expanded, and `customer` where nothing else says who it is.

    A portal's cancellation sets only `cancel_at`; the API's `cancel_at_period_end` may stand alone, too.
    """
    cancel_at = subscription.cancel_at
    items = subscription["items"].data
    if cancel_at is None and subscription.cancel_at_period_end:
        cancel_at = max(item.current_period_end for item in items)
    customer: Any = None if isinstance(subscription.customer, str) else subscription.customer
    return SubscriptionSnapshot(
        id=subscription.id,
        checkout_ref=ref_of(subscription.metadata),
        customer_id=id_of(subscription.customer) or "",
        status=subscription.status,
        canceled_at=moment(subscription.canceled_at or subscription.ended_at),
        ends_at=moment(cancel_at),
        ended_at=moment(subscription.ended_at),
        is_paused=subscription.pause_collection is not None or subscription.status == "paused",
        amount=Money(
            sum((item.price.unit_amount or 0) * (item.quantity or 1) for item in items), subscription.currency.upper()
        ),
        card=card_snapshot(subscription.default_payment_method),
        created_at=datetime.fromtimestamp(subscription.created, UTC),
        interval=_interval(items),
        product_ids=_products(item.price for item in items),
        email=getattr(customer, "email", None),
        customer_locale=next(iter(getattr(customer, "preferred_locales", None) or []), None),
    )


def _interval(lines: Iterable[Any]) -> str:
    """How often lines of one subscription or session are charged: Stripe lets all of them have the same interval."""
    return next((line.price.recurring.interval for line in lines if line.price and line.price.recurring), "once")


def checkout_session_snapshot(session: stripe.checkout.Session) -> CheckoutSessionSnapshot:
    """Everything that `resources` names for it must be expanded."""
    intent: Any = session.payment_intent
    subscription: Any = session.subscription
    invoice: Any = session.invoice
    taxed = session.total_details.amount_tax if session.total_details is not None else 0
    currency = (session.currency or "eur").upper()
    lines = session.line_items.data if session.line_items is not None else []
    return CheckoutSessionSnapshot(
        id=session.id,
        checkout_ref=ref_of(session.metadata),
        status=session.status or "open",
        payment_status=session.payment_status,
        customer_id=id_of(session.customer),
        email=session.customer_details.email if session.customer_details is not None else None,
        tax=Money(taxed, currency),
        created_at=datetime.fromtimestamp(session.created, UTC),
        interval=_interval(lines),
        amount=Money(session.amount_total, currency) if session.amount_total else None,
        locale=session.locale,
        plan_ref=ref_of(session.metadata, PLAN),
        article=ref_of(session.metadata, ARTICLE),
        product_ids=_products(line.price for line in lines),
        payment_intent=payment_intent_snapshot(intent) if intent is not None else None,
        subscription=subscription_snapshot(subscription) if subscription is not None else None,
        invoice=invoice_snapshot(invoice) if invoice is not None else None,
    )


def card_snapshot(method: Any) -> CardSnapshot | None:
    """A payment method, expanded; a card works until the last day of the month that it names."""
    if method is None or isinstance(method, str):
        return None if method is None else CardSnapshot(method)
    if method.type != "card":
        return CardSnapshot(method.id)
    card = method.card
    last_day = calendar.monthrange(card.exp_year, card.exp_month)[1]
    return CardSnapshot(method.id, date(card.exp_year, card.exp_month, last_day), card.last4)


def payment_method_snapshot(method: stripe.PaymentMethod) -> PaymentMethodSnapshot:
    """One that was detached belongs to no customer."""
    card = card_snapshot(method) or CardSnapshot(method.id)
    return PaymentMethodSnapshot(method.id, id_of(method.customer), card.expires_on, card.last4)


def customer_snapshot(customer: stripe.Customer) -> CustomerSnapshot:
    """`invoice_settings.default_payment_method` must be expanded. A deleted customer has nothing but its id."""
    if getattr(customer, "deleted", False):
        return CustomerSnapshot(customer.id, is_deleted=True, card=None)
    settings = customer.invoice_settings
    method = settings.default_payment_method if settings is not None else None
    return CustomerSnapshot(customer.id, is_deleted=False, card=card_snapshot(method))


def product_snapshot(product: stripe.Product) -> ProductSnapshot:
    """What the dashboard calls it."""
    return ProductSnapshot(product.id, product.name)
