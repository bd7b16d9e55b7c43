"""Frozen copies of Stripe's objects as they are now: Stripe's shape -> ours.

Shapes are those of API version 2026-10-28.endive. Ids are Stripe's; moments are UTC; amounts are Money.
`checkout_ref` is the value of our metadata key, or None when Stripe's object does not carry it. Fields that do not
compare tell whose an object is, or come from a second read; they are no part of what it is now.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from support.money import Money


@dataclass(frozen=True)
class PaymentIntentSnapshot:
    """One movement of a reader's money. `received_at` is when its charge succeeded; None until it has.

    `subscription_id` and `invoice_id` are set where it pays a membership's invoice.
    """

    id: str
    checkout_ref: str | None
    subscription_id: str | None
    invoice_id: str | None
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
    """A bill of a subscription. `starts_at` to `ends_at` is the time that its subscription lines pay for.

    `cost` is what these lines say that this time costs, discounts taken off, tax in it where prices contain tax,
    however it is settled; prorations, which correct what was paid before, are no such lines. `is_first`: it began the
    subscription. `action_url` is Stripe's page on which the reader can pay or confirm it.
    While it is open, `due` is what is left to pay, `attempts` how often that was tried since `finalized_at`,
    `next_attempt_at` when Stripe tries again, and `intent_status` says of the payment intent that is to pay it what
    that waits for; None where the invoice came in a list or inside another object.
    """

    id: str
    checkout_ref: str | None
    subscription_id: str | None
    is_first: bool
    status: str
    starts_at: datetime | None
    ends_at: datetime | None
    cost: Money
    tax: Money
    due: Money
    finalized_at: datetime | None
    attempts: int
    next_attempt_at: datetime | None
    intent_status: str | None = field(compare=False)
    action_url: str | None = field(compare=False)
    payments: tuple[InvoicePaymentSnapshot, ...]


@dataclass(frozen=True)
class CardSnapshot:
    """What a membership is paid with. A card works until `expires_on`; both are None for anything else."""

    payment_method_id: str
    expires_on: date | None = None
    last4: str | None = None


@dataclass(frozen=True)
class SubscriptionSnapshot:
    """Support that continues. `ends_at` is when a cancellation takes effect, None when none is set.

    `canceled_at` is when that was decided, by whomever; it stays the same when the subscription then ends. `interval`
    is month or year, or another of Stripe's words; `email` and `customer_locale` are the customer's.
    """

    id: str
    checkout_ref: str | None
    customer_id: str
    status: str
    canceled_at: datetime | None
    ends_at: datetime | None
    ended_at: datetime | None
    is_paused: bool
    amount: Money
    card: CardSnapshot | None
    created_at: datetime
    interval: str
    product_ids: tuple[str, ...]
    email: str | None = field(compare=False)
    customer_locale: str | None = field(compare=False)


@dataclass(frozen=True)
class CheckoutSessionSnapshot:
    """A Checkout Session with what it has led to so far. `email` is what the payer typed: nobody has proven it.

    `interval` is once, or as a subscription's; `amount` None where nothing was to be paid. `plan_ref` and `article` are
    what our metadata says, None where it says nothing.
    """

    id: str
    checkout_ref: str | None
    status: str
    payment_status: str
    customer_id: str | None
    email: str | None
    tax: Money
    created_at: datetime
    interval: str
    amount: Money | None
    locale: str | None
    plan_ref: str | None
    article: str | None
    product_ids: tuple[str, ...]
    payment_intent: PaymentIntentSnapshot | None
    subscription: SubscriptionSnapshot | None
    invoice: InvoiceSnapshot | None


@dataclass(frozen=True)
class EntrySnapshot:
    """A balance transaction: what moved Stripe's balance, in the currency that it is settled in. Minor units."""

    id: str
    type: str
    category: str
    source_id: str | None
    amount_minor: int
    fee_minor: int
    net_minor: int
    currency: str
    created_at: datetime
    available_at: datetime


@dataclass(frozen=True)
class ChargeSnapshot:
    """One try to take a reader's money. `entry` is None until Stripe has settled it, seconds to days later.

    `country` is two capital letters: the billing address's, else the card's or bank account's. `intent` is filled in
    only where nothing else tells whose it is.
    """

    id: str
    checkout_ref: str | None
    payment_intent_id: str | None
    status: str
    amount: Money
    created_at: datetime
    failure_code: str | None
    country: str | None
    entry: EntrySnapshot | None
    intent: PaymentIntentSnapshot | None = field(default=None, compare=False)


@dataclass(frozen=True)
class RefundSnapshot:
    """Money on its way back. A refund that succeeded may fail weeks later: then `entries` has two.

    `request_ref`: what our metadata says; None of a refund that was not asked for here.
    """

    id: str
    payment_intent_id: str | None
    charge_id: str | None
    status: str
    amount: Money
    reason: str | None
    created_at: datetime
    entries: tuple[EntrySnapshot, ...]
    request_ref: str | None = field(compare=False)
    intent: PaymentIntentSnapshot | None = field(default=None, compare=False)


@dataclass(frozen=True)
class DisputeSnapshot:
    """A payment that the cardholder's bank contests.

    `entries`: funds withdrawn, then perhaps reinstated; none in an inquiry.
    """

    id: str
    payment_intent_id: str | None
    charge_id: str
    status: str
    amount: Money
    reason: str
    created_at: datetime
    evidence_due_at: datetime | None
    entries: tuple[EntrySnapshot, ...]
    intent: PaymentIntentSnapshot | None = field(default=None, compare=False)


@dataclass(frozen=True)
class FraudWarningSnapshot:
    """A card network's hint that a payment will be disputed."""

    id: str
    payment_intent_id: str | None
    charge_id: str
    fraud_type: str
    created_at: datetime
    intent: PaymentIntentSnapshot | None = field(default=None, compare=False)


@dataclass(frozen=True)
class CustomerSnapshot:
    """A customer at Stripe; `card` is what its subscriptions without one of their own are paid with."""

    id: str
    is_deleted: bool
    card: CardSnapshot | None


@dataclass(frozen=True)
class PaymentMethodSnapshot:
    """A means of payment; `expires_on` and `last4` as for a CardSnapshot."""

    id: str
    customer_id: str | None
    expires_on: date | None
    last4: str | None


@dataclass(frozen=True)
class PayoutSnapshot:
    """Money on its way to the newsroom's bank. `entries` is None where Stripe does not itemize it, or not yet."""

    id: str
    status: str
    amount: Money
    is_automatic: bool
    reconciliation: str
    created_at: datetime
    arrives_at: datetime
    entries: tuple[EntrySnapshot, ...] | None = field(compare=False)

    @property
    def is_itemized(self) -> bool:
        """Whether Stripe says now what it consists of, its own movement included."""
        return self.is_automatic and self.reconciliation == "completed"


@dataclass(frozen=True)
class ProductSnapshot:
    """Something that the account sells."""

    id: str
    name: str
