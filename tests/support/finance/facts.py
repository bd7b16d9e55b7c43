"""The rows that a generated newsroom consists of: what a test computes from, instead of asking the database.

One tuple per table, with the table's own column names; columns that no figure depends on are filled in by `writing`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import date, datetime
    from zoneinfo import ZoneInfo


class SupporterFact(NamedTuple):
    id: int
    email: str
    email_key: str
    locale: str
    created_at: datetime


class CheckoutFact(NamedTuple):
    id: int
    public_id: str
    state: str
    campaign_id: int
    plan_id: int
    interval: str
    amount_minor: int
    currency: str
    article: str | None
    locale: str
    stripe_attempt: int
    request_params: str
    supporter_id: int | None
    created_at: datetime
    expires_at: datetime


class MembershipFact(NamedTuple):
    id: int
    stripe_subscription_id: str
    status: str
    checkout_id: int
    supporter_id: int
    plan_id: int
    amount_minor: int
    currency: str
    ends_at: datetime | None
    ended_at: datetime | None
    is_paused: bool
    created_at: datetime


class PeriodFact(NamedTuple):
    id: int
    stripe_invoice_id: str
    membership_id: int
    starts_at: datetime
    ends_at: datetime
    amount_minor: int
    currency: str


class PaymentFact(NamedTuple):
    id: int
    stripe_payment_intent_id: str
    stripe_charge_id: str
    stripe_invoice_id: str | None
    checkout_id: int
    membership_id: int | None
    supporter_id: int
    amount_minor: int
    tax_minor: int
    currency: str
    is_renewal: bool
    country: str | None
    received_at: datetime


class FailureFact(NamedTuple):
    stripe_charge_id: str
    stripe_payment_intent_id: str | None
    checkout_id: int
    membership_id: int | None
    amount_minor: int
    currency: str
    failure_code: str
    country: str | None
    failed_at: datetime


class RefundFact(NamedTuple):
    id: int
    stripe_refund_id: str
    payment_id: int
    status: str
    amount_minor: int
    currency: str
    reason: str | None
    created_at: datetime
    succeeded_at: datetime | None


class DisputeFact(NamedTuple):
    id: int
    stripe_dispute_id: str
    payment_id: int
    status: str
    is_withheld: bool
    amount_minor: int
    currency: str
    reason: str
    created_at: datetime
    evidence_due_at: datetime | None


class WarningFact(NamedTuple):
    stripe_warning_id: str
    payment_id: int
    fraud_type: str
    created_at: datetime


class EntryFact(NamedTuple):
    id: int
    stripe_balance_transaction_id: str
    type: str
    category: str
    source_id: str | None
    amount_minor: int
    fee_minor: int
    net_minor: int
    currency: str
    created_at: datetime
    available_at: datetime


class PayoutFact(NamedTuple):
    id: int
    stripe_payout_id: str
    status: str
    amount_minor: int
    currency: str
    is_automatic: bool
    reconciliation: str
    created_at: datetime
    arrives_at: datetime


class ItemFact(NamedTuple):
    entry_id: int
    payout_id: int


@dataclass(frozen=True)
class CampaignFact:
    """`plans`: {interval: (id, slug)}."""

    id: int
    slug: str
    plans: dict[str, tuple[int, str]]


@dataclass
class Books:
    """A newsroom from the beginning of `first_month` up to `now`, the beginning of a month; months are `zone`'s."""

    first_month: date
    now: datetime
    zone: ZoneInfo
    campaigns: list[CampaignFact] = field(default_factory=list)
    supporters: list[SupporterFact] = field(default_factory=list)
    checkouts: list[CheckoutFact] = field(default_factory=list)
    memberships: list[MembershipFact] = field(default_factory=list)
    periods: list[PeriodFact] = field(default_factory=list)
    payments: list[PaymentFact] = field(default_factory=list)
    failures: list[FailureFact] = field(default_factory=list)
    refunds: list[RefundFact] = field(default_factory=list)
    disputes: list[DisputeFact] = field(default_factory=list)
    warnings: list[WarningFact] = field(default_factory=list)
    entries: list[EntryFact] = field(default_factory=list)
    payouts: list[PayoutFact] = field(default_factory=list)
    items: list[ItemFact] = field(default_factory=list)
