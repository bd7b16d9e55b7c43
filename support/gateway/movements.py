"""Stripe's shapes -> our snapshots of money that moves: charges, refunds, disputes, payouts.

Shapes are those of API version 2026-10-28.endive.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from support.gateway.readings import id_of, moment, ref_of
from support.gateway.requests import REFUND
from support.gateway.snapshots import (
    ChargeSnapshot,
    DisputeSnapshot,
    EntrySnapshot,
    FraudWarningSnapshot,
    PayoutSnapshot,
    RefundSnapshot,
)
from support.money import Money

if TYPE_CHECKING:
    from collections.abc import Iterable

    import stripe


def entry_snapshot(transaction: stripe.BalanceTransaction) -> EntrySnapshot:
    """Its currency is the settlement currency, which may differ from the charge's."""
    return EntrySnapshot(
        id=transaction.id,
        type=transaction.type,
        category=transaction.reporting_category,
        source_id=id_of(transaction.source),
        amount_minor=transaction.amount,
        fee_minor=transaction.fee,
        net_minor=transaction.net,
        currency=transaction.currency.upper(),
        created_at=datetime.fromtimestamp(transaction.created, UTC),
        available_at=datetime.fromtimestamp(transaction.available_on, UTC),
    )


def _entries(transactions: Iterable[Any]) -> tuple[EntrySnapshot, ...]:
    return tuple(entry_snapshot(one) for one in transactions if one is not None)


def charge_snapshot(charge: stripe.Charge) -> ChargeSnapshot:
    """`balance_transaction` must be expanded; Stripe fills it in after the charge has succeeded."""
    entry: Any = charge.balance_transaction
    return ChargeSnapshot(
        id=charge.id,
        checkout_ref=ref_of(charge.metadata),
        payment_intent_id=id_of(charge.payment_intent),
        status=charge.status,
        amount=Money(charge.amount, charge.currency.upper()),
        created_at=datetime.fromtimestamp(charge.created, UTC),
        failure_code=charge.failure_code,
        country=_country(charge),
        entry=entry_snapshot(entry) if entry is not None else None,
    )


def _country(charge: stripe.Charge) -> str | None:
    """Readers who type no address still have a card, and its bank is somewhere."""
    details: Any = charge.payment_method_details
    address: Any = charge.billing_details.address
    country = address.country if address is not None else None
    if country is None and details is not None and details.type in details:
        country = getattr(details[details.type], "country", None)
    return country.upper() if country is not None and len(country) == 2 else None


def refund_snapshot(refund: stripe.Refund) -> RefundSnapshot:
    """`balance_transaction` and `failure_balance_transaction` must be expanded."""
    return RefundSnapshot(
        id=refund.id,
        payment_intent_id=id_of(refund.payment_intent),
        charge_id=id_of(refund.charge),
        status=refund.status or "pending",
        amount=Money(refund.amount, refund.currency.upper()),
        reason=refund.reason,
        created_at=datetime.fromtimestamp(refund.created, UTC),
        entries=_entries((refund.balance_transaction, getattr(refund, "failure_balance_transaction", None))),
        request_ref=ref_of(refund.metadata, REFUND),
    )


def dispute_snapshot(dispute: stripe.Dispute) -> DisputeSnapshot:
    """Its balance transactions come whole: none, one or two."""
    return DisputeSnapshot(
        id=dispute.id,
        payment_intent_id=id_of(dispute.payment_intent),
        charge_id=id_of(dispute.charge) or "",
        status=dispute.status,
        amount=Money(dispute.amount, dispute.currency.upper()),
        reason=dispute.reason,
        created_at=datetime.fromtimestamp(dispute.created, UTC),
        evidence_due_at=moment(dispute.evidence_details.due_by),
        entries=_entries(dispute.balance_transactions),
    )


def fraud_warning_snapshot(warning: stripe.radar.EarlyFraudWarning) -> FraudWarningSnapshot:
    """It names the charge, and its payment intent where there is one."""
    return FraudWarningSnapshot(
        id=warning.id,
        payment_intent_id=id_of(warning.payment_intent),
        charge_id=id_of(warning.charge) or "",
        fraud_type=warning.fraud_type,
        created_at=datetime.fromtimestamp(warning.created, UTC),
    )


def payout_snapshot(payout: stripe.Payout) -> PayoutSnapshot:
    """What it consists of is a list of its own."""
    return PayoutSnapshot(
        id=payout.id,
        status=payout.status,
        amount=Money(payout.amount, payout.currency.upper()),
        is_automatic=payout.automatic,
        reconciliation=payout.reconciliation_status,
        created_at=datetime.fromtimestamp(payout.created, UTC),
        arrives_at=datetime.fromtimestamp(payout.arrival_date, UTC),
        entries=None,
    )
