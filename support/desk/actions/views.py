"""Cancel a membership, send a receipt again, write a note."""

from __future__ import annotations

from flask import Response, render_template, request, url_for

from support import clock, guards
from support.accounts.operations import write_note
from support.accounts.queries import notes_on
from support.accounts.staff.sign_ins import the_member
from support.audit import Actor, is_first_use, record, record_look
from support.db import current_database
from support.desk.actions.forms import CancelBody, NoteBody
from support.desk.actions.queries import cancellation, find_supporter
from support.desk.pages import ID, ActBody, staff_pages
from support.errors import InvalidInput, NotFound, StripeUnavailable
from support.gateway import current_gateway
from support.http import read_body, see_other
from support.notices.operations import send_receipt_again
from support.notices.queries import payment_of_somebody
from support.payments.models import Payment
from support.sync.flows import cancel_membership

acts = staff_pages("acts")

_NOT_CANCELED = (
    "Stripe does not answer. The membership is not canceled until this page says so, and nothing asks Stripe again by "
    "itself: try once more in a minute."
)


@acts.get(f"/finance/memberships/<{ID}:membership_id>/cancel")
@guards.staff("finance", "admin")
def ask_before_canceling(membership_id: int) -> str:
    """What canceling does, at the end of what is paid for and at once."""
    return _cancel_page(membership_id, is_done="done" in request.args)


@acts.post(f"/finance/memberships/<{ID}:membership_id>/cancel")
@guards.staff("finance", "admin")
def cancel(membership_id: int) -> Response:
    """Cancel. A line says who asked before anything happens at Stripe; another says that Stripe has done it."""
    body = read_body(CancelBody)
    is_at_once = body.when == "now"
    now = clock.now()
    with current_database().transaction() as session:
        found = cancellation(session, membership_id, now)
        may_be_canceled = not found.outlook.is_over if is_at_once else found.outlook.may_be_canceled
        stripe_subscription_id = found.membership.stripe_subscription_id
        about = f"supporter {found.supporter.id}" if found.supporter else f"membership {membership_id}"
        detail = f"membership {membership_id}, {'at once' if is_at_once else 'at the end of what is paid for'}"
        if may_be_canceled and is_first_use(session, body.use("ask"), now):
            record(session, "asked to cancel membership", about, detail)
    if may_be_canceled:
        try:
            cancel_membership(current_database(), current_gateway(), stripe_subscription_id, is_at_once=is_at_once)
        except StripeUnavailable:
            return Response(_cancel_page(membership_id, wrong=_NOT_CANCELED), 503, {"Retry-After": "10"})
        with current_database().transaction() as session:
            if is_first_use(session, body.use("done"), now):
                record(session, "canceled membership", about, detail)
    return see_other(url_for(".ask_before_canceling", membership_id=membership_id, done=""))


def _cancel_page(membership_id: int, *, wrong: str = "", is_done: bool = False) -> str:
    with current_database().transaction() as session:
        found = cancellation(session, membership_id, clock.now())
        record_look(session, found.membership.supporter_id, f"membership {membership_id}")
        return render_template("desk/cancel.html", found=found, is_done=is_done, wrong=wrong)


@acts.get(f"/finance/payments/<{ID}:payment_id>/receipt")
@guards.staff("finance", "admin")
def ask_before_sending(payment_id: int) -> str:
    """To whom the receipt goes."""
    with current_database().transaction() as session:
        payment = session.get(Payment, payment_id)
        if payment is None:
            raise NotFound("There is no such payment.")
        record_look(session, payment.supporter_id, f"receipt of payment {payment_id}")
        their = payment_of_somebody(session, payment_id)
        return render_template("desk/receipt.html", payment=payment, their=their, is_done="done" in request.args)


@acts.post(f"/finance/payments/<{ID}:payment_id>/receipt")
@guards.staff("finance", "admin")
def send_again(payment_id: int) -> Response:
    """Into the outbox, once for each page that asked."""
    body = read_body(ActBody)
    now = clock.now()
    with current_database().transaction() as session:
        if is_first_use(session, body.use(), now):
            if not send_receipt_again(session, payment_id, f"receipt payment {payment_id} again {body.attempt}", now):
                raise NotFound("There is no such payment, or nobody to send its receipt to.")
            record(session, "sent receipt again", f"payment {payment_id}")
    return see_other(url_for(".ask_before_sending", payment_id=payment_id, done=""))


@acts.get(f"/finance/supporters/<{ID}:supporter_id>/notes")
@guards.staff("finance", "admin")
def notes(supporter_id: int) -> str:
    """What staff wrote about the supporter."""
    return _notes(supporter_id, "")


@acts.post(f"/finance/supporters/<{ID}:supporter_id>/notes")
@guards.staff("finance", "admin")
def note(supporter_id: int) -> Response:
    """One more."""
    try:
        body = read_body(NoteBody)
    except InvalidInput as error:
        return Response(_notes(supporter_id, error.errors[0].message), 422)
    now, member = clock.now(), the_member()
    with current_database().transaction() as session:
        supporter = find_supporter(session, supporter_id)
        # A note on somebody who was merged belongs to the person.
        kept_id = supporter.merged_into_id or supporter.id
        if is_first_use(session, body.use(), now):
            write_note(session, kept_id, body.text, Actor(member.staff_id, member.email), now)
            record(session, "wrote note", f"supporter {kept_id}")
    return see_other(url_for(".notes", supporter_id=kept_id))


def _notes(supporter_id: int, wrong: str) -> str:
    with current_database().transaction() as session:
        supporter = find_supporter(session, supporter_id)
        record_look(session, supporter_id, "notes")
        found = notes_on(session, supporter_id)
    return render_template(
        "desk/notes.html", supporter=supporter, notes=found, wrong=wrong, text=request.form.get("text")
    )
