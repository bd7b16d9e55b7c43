"""Change requests for refunds. Whoever changes one holds its row; whoever begins one holds its payment's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.errors import FieldError, InvalidInput, NotFound
from support.payments.models import Payment
from support.payments.refunding.models import RefundRequest
from support.payments.refunding.queries import left_for, left_of
from support.payments.refunding.rules import needs_second_person

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.money import Money


@dataclass(frozen=True)
class RefundAsk:
    """What a member has read and wants: `left_minor` is what could go back when the page was shown.

    `approval_above`: in major units.
    """

    attempt: str
    payment_id: int
    amount: Money
    left_minor: int
    reason: str
    staff_id: int
    approval_above: int


def begin_request(session: Session, ask: RefundAsk, now: datetime) -> tuple[RefundRequest, bool]:
    """The request of this page, and whether it is new. Raises InvalidInput where the page is not true any more."""
    payment = session.get(Payment, ask.payment_id, with_for_update=True)
    if payment is None:
        raise NotFound
    known = session.scalar(sa.select(RefundRequest).where(RefundRequest.public_id == ask.attempt))
    if known is not None:
        if (known.payment_id, known.amount, known.reason) != (payment.id, ask.amount, ask.reason):
            message = "This page was used already, for another refund. Open it again, then decide."
            raise InvalidInput([FieldError("amount", message)])
        return known, False
    left = left_of(session, payment)
    if left.amount_minor != ask.left_minor:
        message = "Something of this payment was refunded or asked for meanwhile. Look at what is left, then decide."
        raise InvalidInput([FieldError("amount", message)])
    if ask.amount.amount_minor > left.amount_minor:
        raise InvalidInput([FieldError("amount", f"No more than {left.text} {left.currency} is left.")])
    is_second_needed = needs_second_person(payment.amount, left, ask.amount, ask.approval_above)
    request = RefundRequest(
        public_id=ask.attempt,
        payment_id=payment.id,
        stripe_payment_id=payment.stripe_payment_intent_id,
        state="requested" if is_second_needed else "approved",
        amount_minor=ask.amount.amount_minor,
        currency=payment.currency,
        reason=ask.reason,
        requested_by_id=ask.staff_id,
        requested_at=now,
    )
    session.add(request)
    session.flush()
    return request, True


def decide(session: Session, request_id: int, state: str, staff_id: int, now: datetime) -> RefundRequest | None:
    """Approve or reject (`state`) what waits for a second person; None if it does not wait any more.

    Raises NotFound; InvalidInput for an approval by whoever asked, or of more than is left by now.
    """
    request = session.get(RefundRequest, request_id, with_for_update=True)
    if request is None:
        raise NotFound
    if request.state != "requested":
        return None
    if state == "approved" and request.requested_by_id == staff_id:
        raise InvalidInput([FieldError("approval", "You asked for this refund: somebody else must approve it.")])
    if state == "approved" and request.amount > (left := left_for(session, request)):
        message = f"Not approved: only {left.text} {left.currency} of the payment is left."
        raise InvalidInput([FieldError("approval", message)])
    request.state, request.decided_by_id, request.decided_at = state, staff_id, now
    session.flush()
    return request


def begin_attempt(session: Session, request_id: int, earlier_attempt: int, now: datetime) -> RefundRequest:
    """A new key, taken once however many found that the one of `earlier_attempt` is of no use."""
    request = session.get_one(RefundRequest, request_id, with_for_update=True)
    if request.stripe_attempt == earlier_attempt:
        request.stripe_attempt += 1
        request.attempted_at = now
    return request


def end_attempt(session: Session, request_id: int, attempt: int) -> None:
    """Stripe would repeat its failure under this key."""
    request = session.get_one(RefundRequest, request_id, with_for_update=True)
    if request.stripe_attempt == attempt:
        request.attempted_at = None


def mark_sent(session: Session, request_id: int, stripe_refund_id: str) -> None:
    """Stripe has made the refund."""
    request = session.get_one(RefundRequest, request_id, with_for_update=True)
    request.state, request.stripe_refund_id = "sent", stripe_refund_id


def mark_refused(session: Session, request_id: int, code: str) -> None:
    """Stripe said that it will not; `code` is its word for why."""
    request = session.get_one(RefundRequest, request_id, with_for_update=True)
    if request.state == "approved":
        request.state, request.refusal = "refused", code[:100]
