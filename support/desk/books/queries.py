"""One payment and one payout, with everything that belongs to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from support.accounts.models import Supporter
from support.checkout.models import Checkout
from support.finance.models import LedgerEntry, Payout, PayoutItem
from support.finance.rules import PAYOUT_TYPES, Differs, TieOut, tie_out
from support.memberships.models import Membership
from support.money import Money
from support.payments.models import Dispute, Payment, Refund

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.orm import Session

# As many items of a payout as a page shows; the ledger lists all.
MOST_ITEMS = 500
# How far around a payout an entry is looked for that it may be missing, and how many are shown.
_AROUND = timedelta(days=45)
_MOST_STRAYS = 20


@dataclass(frozen=True)
class Movement:
    """A ledger entry and the payout that it belongs to, if it belongs to one yet."""

    entry: LedgerEntry
    payout: Payout | None

    @property
    def amount(self) -> Money:
        """What was moved, in the currency of settlement."""
        return Money(self.entry.amount_minor, self.entry.currency)

    @property
    def fee(self) -> Money:
        """What Stripe kept of it."""
        return Money(self.entry.fee_minor, self.entry.currency)

    @property
    def net(self) -> Money:
        """What is left."""
        return Money(self.entry.net_minor, self.entry.currency)


@dataclass(frozen=True)
class WholePayment:
    """A payment and all that is known about it. `net` is in the currency of settlement, one amount for each."""

    payment: Payment
    supporter: Supporter | None
    checkout: Checkout | None
    membership: Membership | None
    refunds: Sequence[Refund]
    disputes: Sequence[Dispute]
    movements: tuple[Movement, ...]

    @property
    def fees(self) -> tuple[Money, ...]:
        """What Stripe kept of everything about this payment."""
        return _sums(movement.fee for movement in self.movements)

    @property
    def nets(self) -> tuple[Money, ...]:
        """What is left of everything about this payment, refunds and disputes among it."""
        return _sums(movement.net for movement in self.movements)


@dataclass(frozen=True)
class CategorySum:
    """The items of a payout that are of one category."""

    category: str
    count: int
    amount: Money
    fee: Money
    net: Money


@dataclass(frozen=True)
class WholePayout:
    """A payout, what it consists of, and whether that makes its amount.

    `strays` belong to no payout and are of its currency and time: a difference is most often one of them.
    """

    payout: Payout
    state: TieOut
    sums: tuple[CategorySum, ...]
    together: Money
    items: tuple[tuple[Movement, int | None], ...]
    strays: tuple[tuple[Movement, int | None], ...]
    is_cut: bool

    @property
    def explains(self) -> tuple[Movement, ...]:
        """Those strays of which one alone makes the difference."""
        if not isinstance(self.state, Differs):
            return ()
        return tuple(one for one, _ in self.strays if one.net.amount_minor == -self.state.by.amount_minor)


def whole_payment(session: Session, payment_id: int) -> WholePayment | None:
    """The payment of this id."""
    payment = session.get(Payment, payment_id)
    if payment is None:
        return None
    refunds = session.scalars(sa.select(Refund).where(Refund.payment_id == payment.id).order_by(Refund.id)).all()
    disputes = session.scalars(sa.select(Dispute).where(Dispute.payment_id == payment.id).order_by(Dispute.id)).all()
    sources = [payment.stripe_charge_id, *(refund.stripe_refund_id for refund in refunds)]
    sources += [dispute.stripe_dispute_id for dispute in disputes]
    return WholePayment(
        payment,
        session.get(Supporter, payment.supporter_id) if payment.supporter_id else None,
        session.get(Checkout, payment.checkout_id) if payment.checkout_id else None,
        session.get(Membership, payment.membership_id) if payment.membership_id else None,
        refunds,
        disputes,
        _movements(session, [source for source in sources if source]),
    )


def whole_payout(session: Session, stripe_payout_id: str) -> WholePayout | None:
    """The payout of this id of Stripe's."""
    payout = session.scalar(sa.select(Payout).where(Payout.stripe_payout_id == stripe_payout_id))
    if payout is None:
        return None
    sums = _category_sums(session, payout)
    together = Money(sum(one.net.amount_minor for one in sums), payout.currency)
    state = tie_out(
        payout.amount,
        together.amount_minor,
        is_automatic=payout.is_automatic,
        reconciliation=payout.reconciliation,
    )
    items = _items(session, payout)
    return WholePayout(
        payout,
        state,
        sums,
        together,
        items[:MOST_ITEMS],
        _strays(session, payout, state.by) if isinstance(state, Differs) else (),
        is_cut=len(items) > MOST_ITEMS,
    )


def _category_sums(session: Session, payout: Payout) -> tuple[CategorySum, ...]:
    found = session.execute(
        sa.select(
            LedgerEntry.category,
            sa.func.count(),
            sa.func.sum(LedgerEntry.amount_minor),
            sa.func.sum(LedgerEntry.fee_minor),
            sa.func.sum(LedgerEntry.net_minor),
        )
        .join(PayoutItem, PayoutItem.entry_id == LedgerEntry.id)
        .where(PayoutItem.payout_id == payout.id, LedgerEntry.type.not_in(PAYOUT_TYPES))
        .group_by(LedgerEntry.category)
        .order_by(LedgerEntry.category)
    )
    return tuple(
        CategorySum(
            category,
            count,
            Money(int(amount), payout.currency),
            Money(int(fee), payout.currency),
            Money(int(net), payout.currency),
        )
        for category, count, amount, fee, net in found
    )


def _items(session: Session, payout: Payout) -> tuple[tuple[Movement, int | None], ...]:
    """Its entries; one more than are shown."""
    its = sa.select(PayoutItem.entry_id).where(PayoutItem.payout_id == payout.id)
    return _with_payments(session, MOST_ITEMS + 1, (LedgerEntry.created_at, LedgerEntry.id), LedgerEntry.id.in_(its))


def _strays(session: Session, payout: Payout, difference: Money) -> tuple[tuple[Movement, int | None], ...]:
    """Those first of which one alone makes the difference, then the newest."""
    makes_it = sa.case((LedgerEntry.net_minor == -difference.amount_minor, 0), else_=1)
    return _with_payments(
        session,
        _MOST_STRAYS,
        (makes_it, LedgerEntry.created_at.desc(), LedgerEntry.id),
        ~sa.exists().where(PayoutItem.entry_id == LedgerEntry.id),
        LedgerEntry.currency == payout.currency,
        LedgerEntry.created_at >= payout.created_at - _AROUND,
        LedgerEntry.created_at <= payout.created_at,
    )


def _with_payments(
    session: Session,
    limit: int,
    order: tuple[sa.SQLColumnExpression[Any], ...],
    *conditions: sa.ColumnElement[bool],
) -> tuple[tuple[Movement, int | None], ...]:
    """Entries, each with the id of the payment whose charge it is."""
    found = session.execute(
        sa.select(LedgerEntry, Payment.id)
        .outerjoin(Payment, Payment.stripe_charge_id == LedgerEntry.source_id)
        .where(LedgerEntry.type.not_in(PAYOUT_TYPES), *conditions)
        .order_by(*order)
        .limit(limit)
    )
    return tuple((Movement(entry, None), payment_id) for entry, payment_id in found)


def _movements(session: Session, sources: Sequence[str]) -> tuple[Movement, ...]:
    """What was booked for these charges, refunds and disputes."""
    found = session.execute(
        sa.select(LedgerEntry, Payout)
        .outerjoin(PayoutItem, PayoutItem.entry_id == LedgerEntry.id)
        .outerjoin(Payout, Payout.id == PayoutItem.payout_id)
        .where(LedgerEntry.source_id.in_(sources))
        .order_by(LedgerEntry.created_at, LedgerEntry.id)
    )
    return tuple(Movement(entry, payout) for entry, payout in found)


def _sums(amounts: Iterable[Money]) -> tuple[Money, ...]:
    """One amount per currency."""
    sums: dict[str, int] = {}
    for amount in amounts:
        sums[amount.currency] = sums.get(amount.currency, 0) + amount.amount_minor
    return tuple(Money(total, currency) for currency, total in sorted(sums.items()))
