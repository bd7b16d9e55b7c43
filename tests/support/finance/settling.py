"""What follows from payments: refunds, disputes, the ledger, payouts."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from support.payments.rules import is_withheld
from tests.support.finance.facts import (
    DisputeFact,
    EntryFact,
    ItemFact,
    PaymentFact,
    PayoutFact,
    RefundFact,
    WarningFact,
)

if TYPE_CHECKING:
    from datetime import datetime

    from tests.support.finance.books import Maker

# Everything but dollars is settled in euros, at rates of that day.
RATES = {"EUR": (1.0, 1.0), "USD": (1.0, 1.0), "JPY": (0.55, 0.65), "UAH": (0.021, 0.025)}
REASONS = ("requested_by_customer", "requested_by_customer", "duplicate", "fraudulent", None)
DISPUTE_STATUSES = (
    "warning_needs_response",
    "warning_under_review",
    "warning_closed",
    "needs_response",
    "under_review",
    "won",
    "lost",
    "lost",
    "prevented",
)
DISPUTE_FEE = 2000


class _Ledger:
    """Entries in the order of their making, and which of them a payout has not taken yet."""

    def __init__(self, maker: Maker) -> None:
        self.maker = maker
        self.entries = maker.books.entries

    def enter(
        self, kind: tuple[str, str], source: str | None, amount: int, currency: str, *, at: datetime, fee: int = 0
    ) -> None:
        """`kind`: type and category."""
        number = len(self.entries) + 1
        moments = (at, at + timedelta(days=2))
        row = (number, f"txn_{number}", *kind, source, amount, fee, amount - fee, currency, *moments)
        self.entries.append(EntryFact(*row))


def settle(maker: Maker) -> None:
    """Refund and dispute some payments, enter everything into the ledger, pay out by the week."""
    ledger = _Ledger(maker)
    for payment in maker.books.payments:
        _settle_payment(maker, ledger, payment)
    for _ in range(len(maker.books.payments) // 20 + 5):
        _foreign(maker, ledger)
    _pay_out(maker, ledger)


def _settle_payment(maker: Maker, ledger: _Ledger, payment: PaymentFact) -> None:
    rate = maker.random.uniform(*RATES[payment.currency])
    currency = "USD" if payment.currency == "USD" else "EUR"
    amount = max(1, round(payment.amount_minor * rate))
    fee = round(amount * 0.015) + 25
    ledger.enter(("charge", "charge"), payment.stripe_charge_id, amount, currency, at=payment.received_at, fee=fee)
    if maker.chance(0.06):
        _refund(maker, ledger, payment, rate, currency)
    elif maker.chance(0.06 if maker.is_small else 0.004):
        _dispute(maker, ledger, payment, rate, currency)
    if maker.chance(0.01):
        number = len(maker.books.warnings) + 1
        at = min(maker.after(payment.received_at, 9), maker.books.now)
        kind = maker.random.choice(("card_never_received", "made_with_stolen_card"))
        maker.books.warnings.append(WarningFact(f"issfr_{number}", payment.id, kind, at))


def _refund(maker: Maker, ledger: _Ledger, payment: PaymentFact, rate: float, currency: str) -> None:
    """In full, or in one or two parts."""
    left, parts = payment.amount_minor, maker.random.choice((1, 1, 2))
    for part in range(parts):
        is_full = parts == 1 and maker.chance(0.6)
        amount = left if is_full else max(1, left * maker.random.randint(10, 90) // 100)
        if amount > left or left == 0:
            return
        left -= amount
        status = maker.random.choice(("succeeded",) * 5 + ("pending", "failed", "canceled", "requires_action"))
        at = maker.after(payment.received_at, 40)
        if at >= maker.books.now:
            return
        succeeded_at = min(maker.after(at, 5), maker.books.now) if maker.chance(0.3) else at
        number = len(maker.books.refunds) + 1
        refund = RefundFact(
            number,
            f"re_{payment.id}x{part}",
            payment.id,
            status,
            amount,
            payment.currency,
            maker.random.choice(REASONS),
            at,
            succeeded_at if status == "succeeded" else None,
        )
        maker.books.refunds.append(refund)
        if status in {"succeeded", "failed", "pending"}:
            back = round(amount * rate)
            ledger.enter(("refund", "refund"), refund.stripe_refund_id, -back, currency, at=at)
            if status == "failed":
                kind = ("refund_failure", "refund_failure")
                ledger.enter(kind, refund.stripe_refund_id, back, currency, at=maker.after(at, 9))


def _dispute(maker: Maker, ledger: _Ledger, payment: PaymentFact, rate: float, currency: str) -> None:
    status = maker.random.choice(DISPUTE_STATUSES)
    at = maker.after(payment.received_at, 60)
    if at >= maker.books.now:
        return
    takes = status in {"needs_response", "under_review", "won", "lost"}
    number = len(maker.books.disputes) + 1
    due_at = at + timedelta(days=maker.random.randint(7, 21)) if maker.chance(0.9) else None
    withdrawn = payment.amount_minor if takes and status != "won" else 0
    dispute = DisputeFact(
        number,
        f"dp_{number}",
        payment.id,
        status,
        is_withheld(status, withdrawn),
        payment.amount_minor,
        payment.currency,
        maker.random.choice(("fraudulent", "product_not_received")),
        at,
        due_at,
    )
    maker.books.disputes.append(dispute)
    if takes:
        amount = round(payment.amount_minor * rate)
        ledger.enter(("adjustment", "dispute"), dispute.stripe_dispute_id, -amount, currency, at=at, fee=DISPUTE_FEE)
        if status == "won":
            kind = ("adjustment", "dispute_reversal")
            ledger.enter(kind, dispute.stripe_dispute_id, amount, currency, at=maker.after(at, 20), fee=-DISPUTE_FEE)


def _foreign(maker: Maker, ledger: _Ledger) -> None:
    """What belongs to something else in the account, and what Stripe charges for its products."""
    at, currency = maker.moment(), maker.random.choice(("EUR", "USD"))
    number = len(ledger.entries)
    if maker.chance(0.5):
        amount = maker.random.randint(100, 9000)
        ledger.enter(("charge", "charge"), f"ch_foreign{number}", amount, currency, at=at, fee=amount // 30)
    else:
        kind = maker.random.choice((("stripe_fee", "fee"), ("tax_fee", "tax"), ("network_cost", "network_cost")))
        ledger.enter(kind, None, -maker.random.randint(1, 900), currency, at=at)


def _pay_out(maker: Maker, ledger: _Ledger) -> None:
    """What was available by each week's end, per currency; the last weeks' stay with Stripe."""
    weeks: dict[tuple[str, int], list[EntryFact]] = defaultdict(list)
    for entry in ledger.entries:
        weeks[entry.currency, (entry.available_at - maker.starts[0]).days // 7].append(entry)
    for (currency, week), entries in sorted(weeks.items()):
        at = maker.starts[0] + timedelta(days=week * 7 + 7, hours=3)
        amount = sum(entry.net_minor for entry in entries)
        if at >= maker.books.now or amount <= 0:
            continue
        number = len(maker.books.payouts) + 1
        status, is_automatic, reconciliation = maker.random.choice(
            (("paid", True, "completed"),) * 8
            + (("in_transit", True, "in_progress"), ("paid", False, "not_applicable"))
        )
        row = (number, f"po_{number}", status, amount, currency, is_automatic, reconciliation)
        maker.books.payouts.append(PayoutFact(*row, at, at + timedelta(days=2)))
        ledger.enter(("payout", "payout"), f"po_{number}", -amount, currency, at=at)
        if reconciliation == "completed":
            own = ledger.entries[-1].id
            maker.books.items += [ItemFact(entry.id, number) for entry in entries]
            maker.books.items.append(ItemFact(own, number))
