"""Queue what supporters are told about their money, in the transaction that caused it.

Each looks at what is, not at what has just come: however often and late it is called, a cause is one mail.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask import current_app

from support.clock import local_day
from support.emails import messages
from support.emails.operations import queue
from support.emails.queries import is_in_outbox
from support.emails.rules import receipt_number
from support.notices import queries
from support.notices.rules import TROUBLES, end_of_month, is_news, trouble
from support.payments.models import Payment, Refund

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from config.settings import Settings
    from support.accounts.models import Supporter
    from support.emails.messages import Message
    from support.gateway.snapshots import CheckoutSessionSnapshot, InvoiceSnapshot, SubscriptionSnapshot
    from support.notices.queries import Reminder, TheirMembership, TheirPayment, TheirRefund


def tell_of_checkout(session: Session, checkout_id: int, seen: CheckoutSessionSnapshot, now: datetime) -> None:
    """All that a checkout led to, now that Stripe has said who paid and how much of a donation is tax."""
    its = Payment.checkout_id == checkout_id
    _tell_of_payments(session, sa.and_(its, Payment.membership_id.is_(None)), now)
    if seen.invoice is not None:
        tell_of_invoice(session, seen.invoice, now)
    if seen.subscription is not None:
        tell_of_subscription(session, seen.subscription, now)
    _tell_of_refunds(session, its, now)


def tell_of_invoice(session: Session, seen: InvoiceSnapshot, now: datetime) -> None:
    """What an invoice was paid with; or why a renewal is not paid. A first payment fails before the reader's eyes."""
    paid_until = None if seen.is_first else queries.paid_until(session, seen.subscription_id)
    _tell_of_payments(session, Payment.stripe_invoice_id == seen.id, now, paid_until)
    if seen.status == "open" and not seen.is_first:
        _tell_of_trouble(session, seen, now)


def tell_of_subscription(session: Session, seen: SubscriptionSnapshot, now: datetime) -> None:
    """That a membership will end, or has. Once per cancellation: it may be taken back, and come again."""
    is_canceled = seen.ends_at is not None or seen.ended_at is not None
    if not is_canceled:
        return
    their = queries.membership_of_subscription(session, seen.id)
    canceled_at = their.membership.canceled_at if their is not None else None
    if their is not None and canceled_at is not None and is_news(canceled_at, now):
        cause = f"canceled membership {their.membership.id} {canceled_at.isoformat()}"
        _tell(session, cause, now, partial(_canceled, session, their, now))


def send_receipt_again(session: Session, payment_id: int, cause: str, now: datetime) -> bool:
    """The receipt of a payment, however long ago it was, in today's language of its supporter; False: to nobody."""
    their = queries.payment_of_somebody(session, payment_id)
    if their is None:
        return False
    queue(session, _receipt(their, queries.renewed_until(session, their.payment)), now, cause=cause)
    return True


def tell_of_refund(session: Session, stripe_refund_id: str, now: datetime) -> None:
    """Money that has gone back."""
    _tell_of_refunds(session, Refund.stripe_refund_id == stripe_refund_id, now)


def remind_of_renewals(session: Session, after: int, now: datetime) -> int | None:
    """Tell the next batch, behind the membership `after`, that a year will be charged; the last of it, None if none."""
    found = queries.upcoming_renewals(session, after, now)
    for one in found:
        queue(session, _upcoming_renewal(one), now, cause=one.cause)
    return found[-1].membership.id if found else None


def remind_of_cards(session: Session, after: int, now: datetime) -> int | None:
    """The same for cards that work until the end of this month."""
    expires_on = end_of_month(local_day(now))
    found = queries.expiring_cards(session, after, expires_on)
    for one in found:
        queue(session, _card_expiring(one, expires_on), now, cause=one.cause)
    return found[-1].membership.id if found else None


def _tell(session: Session, cause: str, now: datetime, write: Callable[[], Message]) -> None:
    """Writing a mail costs more than a look whether it was written before."""
    if not _is_told(session, cause):
        queue(session, write(), now, cause=cause)


def _is_told(session: Session, cause: str) -> bool:
    return bool(session.scalar(sa.select(is_in_outbox(cause))))


def _tell_of_payments(
    session: Session, which: sa.ColumnElement[bool], now: datetime, paid_until: datetime | None = None
) -> None:
    for their in queries.new_payments(session, which, now):
        _tell(session, f"receipt payment {their.payment.id}", now, partial(_receipt, their, paid_until))


def _tell_of_refunds(session: Session, which: sa.ColumnElement[bool], now: datetime) -> None:
    for their in queries.new_refunds(session, which, now):
        _tell(session, f"refund {their.refund.stripe_refund_id}", now, partial(_refund, their))


def _tell_of_trouble(session: Session, seen: InvoiceSnapshot, now: datetime) -> None:
    what = trouble(seen.intent_status, seen.attempts, seen.next_attempt_at)
    their = queries.membership_of_subscription(session, seen.subscription_id)
    # Of a membership that has ended its supporter is told that nothing more will be charged.
    if what is None or their is None or their.membership.ended_at is not None or not _is_followed(session, seen, now):
        return
    failed = partial(_payment_failed, session, their, seen, now)
    write = partial(_action_required, their, seen) if what == "action_required" else failed
    _tell(session, f"{what} invoice {seen.id}", now, write)


def _is_followed(session: Session, seen: InvoiceSnapshot, now: datetime) -> bool:
    """Whoever was told of an invoice is told how it goes on, however long that takes."""
    is_new = seen.finalized_at is not None and is_news(seen.finalized_at, now)
    return is_new or any(_is_told(session, f"{one} invoice {seen.id}") for one in TROUBLES)


def _receipt(their: TheirPayment, paid_until: datetime | None) -> Message:
    """`paid_until`: of a renewal."""
    facts: dict[str, Any] = {
        "number": _number(their.payment),
        "amount": their.payment.amount,
        "tax": their.payment.tax,
        "paid_on": local_day(their.payment.received_at),
        "plan": their.plan.name(their.supporter.locale),
        "link": _account(),
    }
    if paid_until is None:
        return messages.receipt(*_to(their.supporter), **facts)
    return messages.renewal(*_to(their.supporter), paid_until=local_day(paid_until), **facts)


def _refund(their: TheirRefund) -> Message:
    refunded_at = their.refund.succeeded_at or their.refund.created_at
    return messages.refund(
        *_to(their.supporter),
        number=_number(their.payment),
        refunded=their.refund.amount,
        paid=their.payment.amount,
        refunded_on=local_day(refunded_at),
        still_opens=their.still_opens,
    )


def _canceled(session: Session, their: TheirMembership, now: datetime) -> Message:
    return messages.canceled(
        *_to(their.supporter),
        plan=_plan(their),
        reads_until=_reads_until(session, their, now),
        link=f"{_settings().public_url}/support",
    )


def _payment_failed(session: Session, their: TheirMembership, seen: InvoiceSnapshot, now: datetime) -> Message:
    return messages.payment_failed(
        *_to(their.supporter),
        amount=seen.due,
        plan=_plan(their),
        link=seen.action_url or _account(),
        next_try_on=local_day(seen.next_attempt_at) if seen.next_attempt_at is not None else None,
        reads_until=_reads_until(session, their, now),
    )


def _action_required(their: TheirMembership, seen: InvoiceSnapshot) -> Message:
    link = seen.action_url or _account()
    return messages.action_required(*_to(their.supporter), amount=seen.due, plan=_plan(their), link=link)


def _upcoming_renewal(one: Reminder) -> Message:
    amount, renews_on = one.membership.amount, local_day(one.renews_at)
    return messages.upcoming_renewal(
        *_to(one.supporter), amount=amount, renews_on=renews_on, plan=_plan(one), link=_account()
    )


def _card_expiring(one: Reminder, expires_on: date) -> Message:
    last4 = one.membership.card_last4 or ""
    return messages.card_expiring(
        *_to(one.supporter), last4=last4, expires_on=expires_on, plan=_plan(one), link=_account()
    )


def _to(supporter: Supporter) -> tuple[str, str]:
    """Whom, and in which language; nobody without an address was found."""
    return supporter.email or "", supporter.locale


def _plan(their: TheirMembership) -> str:
    return their.membership.plan.name(their.supporter.locale)


def _number(payment: Payment) -> str:
    return receipt_number(payment.id, local_day(payment.received_at))


def _reads_until(session: Session, their: TheirMembership, now: datetime) -> date | None:
    grace = timedelta(days=_settings().grace_days)
    until = queries.reads_until(session, their.supporter.id, grace, now)
    return local_day(until) if until is not None else None


def _account() -> str:
    return f"{_settings().public_url}/account"


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
