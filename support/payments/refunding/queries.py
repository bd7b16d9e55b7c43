"""Read what was asked for, and what is left to give back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from support.money import Money
from support.payments.models import Payment, Refund
from support.payments.refunding.models import RefundRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

_AT_MOST = 200
_OPEN = ("requested", "approved")
# The money is ours again.
_CAME_BACK = ("failed", "canceled")


def left_of(session: Session, payment: Payment) -> Money:
    """What of a payment may still go back: not what has, what is on its way, or what was asked for. Zero or more."""
    return Money(max(0, payment.amount_minor - _gone(session, payment)), payment.currency)


def left_for(session: Session, request: RefundRequest) -> Money:
    """The same for a request that waits, which is not asked for beside itself."""
    payment = request.payment
    gone_else = _gone(session, payment) - request.amount_minor
    return Money(max(0, payment.amount_minor - gone_else), payment.currency)


def newest_requests(session: Session) -> list[RefundRequest]:
    """Requests with their payments: those that wait first, then the newest."""
    waits = sa.case((RefundRequest.state.in_(_OPEN), 0), else_=1)
    newest = sa.select(RefundRequest).order_by(waits, RefundRequest.id.desc()).limit(_AT_MOST)
    return list(session.scalars(newest.options(joinedload(RefundRequest.payment))))


def unanswered(session: Session) -> Sequence[int]:
    """Requests that Stripe was to be asked, and has not answered as far as we know; the oldest first."""
    waiting = sa.select(RefundRequest.id).where(RefundRequest.state == "approved").order_by(RefundRequest.id)
    return session.scalars(waiting.limit(_AT_MOST)).all()


def refund_of(session: Session, request: RefundRequest) -> Refund | None:
    """What became of a request at Stripe, as far as we know."""
    return session.scalar(sa.select(Refund).where(Refund.stripe_refund_id == request.stripe_refund_id))


def _gone(session: Session, payment: Payment) -> int:
    refunds = sa.select(sa.func.coalesce(sa.func.sum(Refund.amount_minor), 0)).where(
        Refund.payment_id == payment.id, Refund.status.not_in(_CAME_BACK)
    )
    # A refund that Stripe has made counts as a refund once it is in our tables, and until then as asked for.
    is_told = sa.select(Refund.id).where(Refund.stripe_refund_id == RefundRequest.stripe_refund_id).exists()
    is_coming = sa.or_(RefundRequest.state.in_(_OPEN), sa.and_(RefundRequest.state == "sent", ~is_told))
    asked_for = sa.select(sa.func.coalesce(sa.func.sum(RefundRequest.amount_minor), 0)).where(
        RefundRequest.payment_id == payment.id, is_coming
    )
    return int(session.execute(refunds).scalar_one()) + int(session.execute(asked_for).scalar_one())
