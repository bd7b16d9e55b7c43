"""What a refund would do, and what became of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.accounts.models import Supporter
from support.accounts.staff.models import StaffMember
from support.desk.actions.queries import reads_if
from support.errors import NotFound
from support.money import Money
from support.payments.models import Payment, Refund
from support.payments.refunding.models import RefundRequest
from support.payments.refunding.queries import left_for, left_of, refund_of

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.desk.actions.queries import Reads


@dataclass(frozen=True)
class RefundPlan:
    """What a refund of `amount` does once it has succeeded; `left`: what may go back at most, `stays`: and after it."""

    payment: Payment
    supporter: Supporter | None
    left: Money
    amount: Money
    reads: Reads

    @property
    def stays(self) -> Money:
        """What may still go back then."""
        return Money(max(0, self.left.amount_minor - self.amount.amount_minor), self.left.currency)


@dataclass(frozen=True)
class WholeRequest:
    """A request, who was at it, its refund at Stripe, and what it does or has done; `left`: for it, while it waits."""

    request: RefundRequest
    requested_by: str
    decided_by: str | None
    refund: Refund | None
    plan: RefundPlan
    left: Money


def find_payment(session: Session, payment_id: int) -> Payment:
    """The payment of this id. Raises NotFound."""
    payment = session.get(Payment, payment_id)
    if payment is None:
        raise NotFound("There is no such payment.")
    return payment


def refund_plan(session: Session, payment: Payment, amount: Money, now: datetime) -> RefundPlan:
    """What a refund of so much of the payment does."""

    def refund() -> None:
        what_if = Refund(stripe_refund_id="what if", payment_id=payment.id, status="succeeded", succeeded_at=now)
        what_if.amount_minor, what_if.currency, what_if.created_at = amount.amount_minor, amount.currency, now
        session.add(what_if)

    left = left_of(session, payment)
    reads = reads_if(session, payment.supporter_id, refund, now)
    supporter = session.get(Supporter, payment.supporter_id) if payment.supporter_id is not None else None
    return RefundPlan(payment, supporter, left, amount, reads)


def whole_request(session: Session, request_id: int, now: datetime) -> WholeRequest:
    """The request of this id. Raises NotFound."""
    request = session.get(RefundRequest, request_id)
    if request is None:
        raise NotFound("There is no such request.")
    plan = refund_plan(session, request.payment, request.amount, now)
    decided_by = _email(session, request.decided_by_id) if request.decided_by_id is not None else None
    requested_by, refund = _email(session, request.requested_by_id), refund_of(session, request)
    return WholeRequest(request, requested_by, decided_by, refund, plan, left_for(session, request))


def _email(session: Session, staff_id: int) -> str:
    return session.get_one(StaffMember, staff_id).email
