"""Books to export: payments with all that follows, put into the tables as Stripe's objects would be."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from support.finance.models import LedgerEntry, Payout, PayoutItem
from support.finance.reports.filters import Filters
from support.payments.models import Dispute, FailedPayment, Payment, Refund

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

BEGAN = datetime(2026, 1, 10, 12, tzinfo=UTC)
JANUARY = Filters(date(2026, 1, 1), date(2026, 1, 31), ZoneInfo("Europe/Kyiv"))


class Books:
    """Each thing happens an hour after the one before, the first an hour after `began`."""

    def __init__(self, session: Session, began: datetime = BEGAN) -> None:
        self._session = session
        self._began = began
        self._count = 0

    def payment(self, amount_minor: int, currency: str = "EUR", **more: Any) -> Payment:
        """A payment with its charge in the ledger: 5 % fee, settled in its own currency."""
        at, number = self._next()
        values = {"stripe_charge_id": f"ch_{number}", "received_at": at, **more}
        payment = Payment(
            stripe_payment_intent_id=f"pi_{number}", amount_minor=amount_minor, currency=currency, **values
        )
        self._add(payment)
        self.entry("charge", amount_minor, currency, source=payment.stripe_charge_id, fee=amount_minor // 20, at=at)
        return payment

    def refund(self, payment: Payment, amount_minor: int, source: str | None = None) -> None:
        """A part of a payment, back."""
        at, number = self._next()
        self._add(
            Refund(
                stripe_refund_id=f"re_{number}",
                payment_id=payment.id,
                status="succeeded",
                amount_minor=amount_minor,
                currency=payment.currency,
                created_at=at,
                succeeded_at=at,
            )
        )
        self.entry("refund", -amount_minor, payment.currency, source=f"re_{number}", at=at)

    def refusal(self, payment: Payment) -> None:
        """A card that was refused before the payment came of it."""
        at, number = self._next()
        self._add(
            FailedPayment(
                stripe_charge_id=f"ch_{number}",
                stripe_payment_intent_id=payment.stripe_payment_intent_id,
                amount_minor=payment.amount_minor,
                currency=payment.currency,
                failure_code="card_declined",
                failed_at=at,
            )
        )

    def dispute(self, payment: Payment) -> None:
        """A payment that is contested, with Stripe's fee for it."""
        at, number = self._next()
        self._add(
            Dispute(
                stripe_dispute_id=f"dp_{number}",
                payment_id=payment.id,
                status="lost",
                is_withheld=True,
                amount_minor=payment.amount_minor,
                currency=payment.currency,
                reason="fraudulent",
                created_at=at,
            )
        )
        self.entry("adjustment", -payment.amount_minor, payment.currency, source=f"dp_{number}", fee=1500, at=at)

    def payout(self, amount_minor: int, currency: str = "EUR", items: tuple[LedgerEntry, ...] = ()) -> Payout:
        """Money that leaves for the bank, and the entries that it consists of."""
        at, number = self._next()
        payout = Payout(
            stripe_payout_id=f"po_{number}",
            status="paid",
            amount_minor=amount_minor,
            currency=currency,
            is_automatic=True,
            reconciliation="completed",
            created_at=at,
            arrives_at=at,
        )
        self._add(payout)
        own = self.entry("payout", -amount_minor, currency, source=payout.stripe_payout_id, at=at)
        for entry in (*items, own):
            self._add(PayoutItem(entry_id=entry.id, payout_id=payout.id))
        return payout

    def entry(self, type_: str, amount_minor: int, currency: str = "EUR", **more: Any) -> LedgerEntry:
        """A ledger entry: `source`, `fee` and `at` as given."""
        next_at, number = self._next()
        fee = more.get("fee", 0)
        at = more.get("at", next_at)
        entry = LedgerEntry(
            stripe_balance_transaction_id=f"txn_{number}",
            type=type_,
            category=type_,
            source_id=more.get("source"),
            amount_minor=amount_minor,
            fee_minor=fee,
            net_minor=amount_minor - fee,
            currency=currency,
            created_at=at,
            available_at=at + timedelta(days=2),
        )
        self._add(entry)
        return entry

    def clear(self) -> None:
        """Begin anew with the ledger."""
        self._session.execute(sa.delete(LedgerEntry))

    def _next(self) -> tuple[datetime, int]:
        self._count += 1
        return self._began + timedelta(hours=self._count), self._count

    def _add(self, row: Any) -> None:
        self._session.add(row)
        self._session.flush()
