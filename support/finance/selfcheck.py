"""Recompute every sum there is: the books prove themselves, or name what differs.

Everything is summed by the database, so that memory stays flat however long the ledger is.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.finance.models import LedgerEntry
from support.finance.queries import payouts_with_items
from support.finance.reports.rollups.days.checking import wrong_sums
from support.finance.reports.rollups.worth.checking import wrong_worth
from support.finance.rules import Differs
from support.finance.statements.checking import broken_totals, uneven_years
from support.memberships.models import PaidPeriod
from support.payments.models import Dispute, Payment, Refund

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Difference:
    """Something that does not add up: what it is about, and by how much or why."""

    about: str
    why: str


def differences(session: Session) -> Iterator[Difference]:
    """Everything that does not add up. None is the only good answer."""
    for check in CHECKS:
        yield from check(session)


def _payouts(session: Session) -> Iterator[Difference]:
    """A payout's items make its amount, in one currency."""
    for payout, state, is_mixed in payouts_with_items(session):
        if isinstance(state, Differs):
            yield Difference(f"payout {payout.stripe_payout_id}", f"differs by {state.by.text} {state.by.currency}")
        if is_mixed:
            yield Difference(f"payout {payout.stripe_payout_id}", "has items in several currencies")


def _charges(session: Session) -> Iterator[Difference]:
    """A payment that is settled in its own currency brought what was paid."""
    differing = sa.select(Payment.stripe_charge_id, Payment.amount_minor, LedgerEntry.amount_minor).join(
        LedgerEntry,
        sa.and_(LedgerEntry.source_id == Payment.stripe_charge_id, LedgerEntry.type.in_(("charge", "payment"))),
    )
    differing = differing.where(
        LedgerEntry.currency == Payment.currency, LedgerEntry.amount_minor != Payment.amount_minor
    )
    for charge, paid, entered in session.execute(differing):
        yield Difference(f"charge {charge}", f"{paid} paid, {entered} in the ledger")


def _refunds(session: Session) -> Iterator[Difference]:
    """Nobody gets back more than they paid."""
    total = sa.func.sum(Refund.amount_minor)
    over = (
        sa.select(Payment.stripe_payment_intent_id, Payment.amount_minor, total)
        .join(Refund, Refund.payment_id == Payment.id)
        .where(Refund.status == "succeeded")
        .group_by(Payment.id)
        .having(total > Payment.amount_minor)
    )
    for intent, paid, refunded in session.execute(over):
        yield Difference(f"payment {intent}", f"{paid} paid, {refunded} refunded")


def _refund_entries(session: Session) -> Iterator[Difference]:
    """What a refund moved is what its status says: all of it, or nothing once it has failed."""
    moved = sa.func.sum(LedgerEntry.amount_minor)
    owed = sa.case((Refund.status == "failed", 0), else_=-Refund.amount_minor)
    differing = (
        sa.select(Refund.stripe_refund_id, Refund.status, moved)
        .join(LedgerEntry, LedgerEntry.source_id == Refund.stripe_refund_id)
        .where(LedgerEntry.currency == Refund.currency)
        .group_by(Refund.id)
        .having(moved != owed)
    )
    for refund, status, amount in session.execute(differing):
        yield Difference(f"refund {refund}", f"is {status} and moved {amount}")


def _disputes(session: Session) -> Iterator[Difference]:
    """A dispute that is won gave back what it took."""
    moved = sa.func.sum(LedgerEntry.amount_minor)
    differing = (
        sa.select(Dispute.stripe_dispute_id, moved)
        .join(LedgerEntry, LedgerEntry.source_id == Dispute.stripe_dispute_id)
        .where(Dispute.status == "won")
        .group_by(Dispute.id)
        .having(moved < 0)
    )
    for dispute, amount in session.execute(differing):
        yield Difference(f"dispute {dispute}", f"is won, yet {amount} moved")


def _periods(session: Session) -> Iterator[Difference]:
    """Every payment of a membership has the period that it paid for."""
    missing = sa.select(Payment.stripe_payment_intent_id).where(
        Payment.membership_id.is_not(None),
        ~sa.select(PaidPeriod.id).where(PaidPeriod.stripe_invoice_id == Payment.stripe_invoice_id).exists(),
    )
    for intent in session.scalars(missing):
        yield Difference(f"payment {intent}", "belongs to a membership and opened no period")


def _statement_numbers(session: Session) -> Iterator[Difference]:
    """The statements of a year are numbered from 1 to as many as there are."""
    for year, why in uneven_years(session):
        yield Difference(f"statements of {year}", why)


def _statement_totals(session: Session) -> Iterator[Difference]:
    """The lines of a statement make its totals."""
    for name, why in broken_totals(session):
        yield Difference(f"statement {name}", why)


def _rollups(session: Session) -> Iterator[Difference]:
    """What reports read instead of single rows is the sum of them."""
    for about, why in chain(wrong_sums(session), wrong_worth(session)):
        yield Difference(about, why)


CHECKS: tuple[Callable[[Session], Iterator[Difference]], ...] = (
    _payouts,
    _charges,
    _refunds,
    _refund_entries,
    _disputes,
    _periods,
    _statement_numbers,
    _statement_totals,
    _rollups,
)
