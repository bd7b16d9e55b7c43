"""Refund in full or in part; above a limit somebody else must agree."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from flask import Response, current_app, render_template, url_for

from support import clock, guards
from support.accounts.staff.sign_ins import the_member
from support.audit import record, record_look
from support.db import current_database
from support.desk.actions.refunds.flows import send_refund
from support.desk.actions.refunds.forms import DecisionBody, RefundBody, RefundQuery, check_amount
from support.desk.actions.refunds.queries import find_payment, refund_plan, whole_request
from support.desk.figures import write_amount
from support.desk.pages import ID, staff_pages
from support.errors import InvalidInput, StripeUnavailable
from support.gateway import current_gateway
from support.http import read_body, read_query, see_other
from support.money import Money
from support.payments.refunding.operations import RefundAsk, begin_request, decide
from support.payments.refunding.queries import left_of, newest_requests
from support.payments.refunding.rules import needs_second_person

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from config.settings import Settings
    from support.payments.refunding.models import RefundRequest

refunds = staff_pages("refunds")

_REASONS = (
    ("requested_by_customer", "The supporter asked for it"),
    ("duplicate", "Paid twice"),
    ("fraudulent", "Not by the card’s owner: Stripe blocks the card as well"),
)


@refunds.get(f"/finance/payments/<{ID}:payment_id>/refund")
@guards.staff("finance", "admin")
def ask(payment_id: int) -> Response:
    """What a refund does: of all that is left, or of the amount that the address names."""
    return _page(payment_id, read_query(RefundQuery).amount)


@refunds.post(f"/finance/payments/<{ID}:payment_id>/refund")
@guards.staff("finance", "admin")
def refund(payment_id: int) -> Response:
    """Ask for it; what needs no second person goes to Stripe at once."""
    try:
        request_id = _begin(payment_id, read_body(RefundBody))
    except InvalidInput as error:
        return _page(payment_id, None, error.errors[0].message)
    _send(request_id)
    return see_other(url_for(".request_page", request_id=request_id))


@refunds.get("/finance/refund-requests")
@guards.staff("finance", "admin")
def listing() -> str:
    """What waits, then what was."""
    with current_database().reading() as session:
        return render_template("desk/refund_requests.html", found=newest_requests(session), words=_STATES)


@refunds.get(f"/finance/refund-requests/<{ID}:request_id>")
@guards.staff("finance", "admin")
def request_page(request_id: int) -> str:
    """How far a request has come."""
    return _request_page(request_id, "")


@refunds.post(f"/finance/refund-requests/<{ID}:request_id>")
@guards.staff("finance", "admin")
def decide_request(request_id: int) -> Response:
    """Approve, by somebody else than who asked; or reject."""
    decision = read_body(DecisionBody).decision
    try:
        with current_database().transaction() as session:
            decided = decide(session, request_id, decision, the_member().staff_id, clock.now())
            if decided is not None:
                _record(session, f"{decision} refund", decided)
    except InvalidInput as error:
        return Response(_request_page(request_id, error.errors[0].message), 422)
    _send(request_id)
    return see_other(url_for(".request_page", request_id=request_id))


_STATES = {
    "requested": "waits for a second person",
    "approved": "Stripe is being asked",
    "sent": "Stripe has it",
    "refused": "Stripe refused it",
    "rejected": "rejected",
}


def _begin(payment_id: int, body: RefundBody) -> int:
    with current_database().transaction() as session:
        payment = find_payment(session, payment_id)
        ask = RefundAsk(
            attempt=body.attempt,
            payment_id=payment_id,
            amount=check_amount(body.amount, payment.amount),
            left_minor=int(body.left),
            reason=body.reason,
            staff_id=the_member().staff_id,
            approval_above=_approval_above(),
        )
        request, is_new = begin_request(session, ask, clock.now())
        if is_new:
            _record(session, "asked for refund", request)
    return request.id


def _send(request_id: int) -> None:
    """What Stripe does not answer now, the worker asks again."""
    with contextlib.suppress(StripeUnavailable):
        send_refund(current_database(), current_gateway(), request_id)


def _record(session: Session, action: str, request: RefundRequest) -> None:
    amounts = f"{write_amount(request.amount)} of {write_amount(request.payment.amount)}"
    words = dict(_REASONS)[request.reason].partition(":")[0].lower()
    record(session, action, f"payment {request.payment_id}", f"{amounts}, {words}")


def _page(payment_id: int, typed: str | None, wrong: str = "") -> Response:
    """What `typed` does, or None: all that is left. `wrong`: why what was sent was not done."""
    with current_database().transaction() as session:
        payment = find_payment(session, payment_id)
        record_look(session, payment.supporter_id, f"payment {payment_id}")
        left = left_of(session, payment)
        amount, mistyped = _amount(typed, left)
        plan = refund_plan(session, payment, amount, clock.now()) if amount.amount_minor and not mistyped else None
        page = render_template(
            "desk/refund.html",
            payment=payment,
            left=left,
            plan=plan,
            wrong=wrong,
            typed=typed,
            mistyped=mistyped,
            reasons=_REASONS,
            is_second_needed=needs_second_person(payment.amount, left, amount, _approval_above()),
            limit=Money.parse(str(_approval_above()), payment.currency) if _approval_above() else None,
        )
    return Response(page, 422 if wrong or mistyped else 200)


def _amount(typed: str | None, left: Money) -> tuple[Money, str]:
    """What is meant, and what is wrong with how it was typed."""
    try:
        return (left if typed is None else check_amount(typed, left)), ""
    except InvalidInput as error:
        return left, error.errors[0].message


def _request_page(request_id: int, wrong: str) -> str:
    with current_database().transaction() as session:
        whole = whole_request(session, request_id, clock.now())
        record_look(session, whole.plan.payment.supporter_id, f"refund request {request_id}")
        is_own = whole.request.requested_by_id == the_member().staff_id
        reason = dict(_REASONS)[whole.request.reason]
        return render_template(
            "desk/refund_request.html", whole=whole, is_own=is_own, reason=reason, words=_STATES, wrong=wrong
        )


def _approval_above() -> int:
    settings: Settings = current_app.extensions["settings"]
    return settings.refund_approval_above
