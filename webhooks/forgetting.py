"""What of events goes with time (raw bodies, tries), and what with the person (raw bodies).

Id, type, object and hash remain.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from support.accounts.queries import is_any_erased
from support.checkout.models import Checkout
from support.checkout.queries import is_any_forgotten
from support.holdings import BATCH, delete_some
from support.memberships.models import Membership, PaidPeriod
from support.payments.models import Dispute, FailedPayment, FraudWarning, Payment, Refund
from support.sql import is_sqlite, mentions
from webhooks.models import EventTry, StripeEvent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy.orm import InstrumentedAttribute, Session

    from support.holdings import Person

_KEPT = timedelta(days=90)
# Objects by the row that says whose they are: its own, and those of rows that refer to it.
_OBJECTS: dict[type[Checkout | Membership | Payment], list[tuple[str, InstrumentedAttribute[Any]]]] = {
    Checkout: [("checkout_session", Checkout.stripe_session_id), ("charge", FailedPayment.stripe_charge_id)],
    Membership: [
        ("subscription", Membership.stripe_subscription_id),
        ("payment_method", Membership.stripe_payment_method_id),
        ("invoice", PaidPeriod.stripe_invoice_id),
    ],
    Payment: [
        ("payment_intent", Payment.stripe_payment_intent_id),
        ("charge", Payment.stripe_charge_id),
        ("invoice", Payment.stripe_invoice_id),
        ("refund", Refund.stripe_refund_id),
        ("dispute", Dispute.stripe_dispute_id),
        ("fraud_warning", FraudWarning.stripe_warning_id),
    ],
}
_CUSTOMER = re.compile(rb'"customer":\s*"([^"]+)"|"(cus_\w+)"')
_CHECKOUT = re.compile(rb'"support_checkout":\s*"([^"]+)"')


def prune_bodies(session: Session, now: datetime) -> int:
    """Bodies of events that were settled 90 days ago; what waits or is parked may still be looked into."""
    before = now - _KEPT
    is_settled = StripeEvent.state.in_(("handled", "ignored"))
    is_over = sa.or_(StripeEvent.handled_at <= before, StripeEvent.handled_at.is_(None))
    some = (
        sa.select(StripeEvent.stripe_event_id)
        .where(StripeEvent.body.is_not(None), StripeEvent.received_at <= before, is_settled, is_over)
        .order_by(StripeEvent.received_at)
        .limit(BATCH)
    )
    return _empty(session, StripeEvent.stripe_event_id.in_(some))


def prune_tries(session: Session, now: datetime) -> int:
    """Tries of 90 days ago, except those of events that wait or are parked."""
    is_open = sa.select(StripeEvent.stripe_event_id).where(StripeEvent.state.in_(("waiting", "parked")))
    return delete_some(session, EventTry, EventTry.ended_at <= now - _KEPT, EventTry.stripe_event_id.not_in(is_open))


def forget_bodies(session: Session, person: Person, _now: datetime) -> int:
    """Bodies of events about the person's objects at Stripe, and of any that names a customer or the address.

    Another's body that happens to contain the text goes as well: nothing needs a body once it is handled, and an event
    that waits is worked on without one.
    """
    if not is_sqlite(session):
        session.execute(sa.text("SET LOCAL statement_timeout = 0"))  # it looks into every body there is
    text = sa.cast(StripeEvent.body, sa.Text) if is_sqlite(session) else sa.func.convert_from(StripeEvent.body, "UTF8")
    is_about = [StripeEvent.object_key.in_(keys) for keys in _object_keys(person)]
    names_them = [mentions(session, text, needle) for needle in _needles(person)]
    return _empty(session, sa.or_(*is_about, *names_them))


def empty_if_erased(session: Session, event_ids: Sequence[str]) -> None:
    """Keep no body of these events if one tells of somebody who was erased: Stripe still knows the person."""
    its = StripeEvent.stripe_event_id.in_(event_ids)
    bodies = session.scalars(sa.select(StripeEvent.body).where(its, StripeEvent.body.is_not(None))).all()
    customers = {text for body in bodies for text in _found(_CUSTOMER, body)}
    checkouts = {text for body in bodies for text in _found(_CHECKOUT, body)}
    if (customers and is_any_erased(session, customers)) or (checkouts and is_any_forgotten(session, checkouts)):
        _empty(session, its)


def _empty(session: Session, which: sa.ColumnElement[bool]) -> int:
    emptied = sa.update(StripeEvent).where(which, StripeEvent.body.is_not(None)).values(body=None)
    return len(session.execute(emptied.returning(StripeEvent.stripe_event_id)).all())


def _found(pattern: re.Pattern[bytes], body: bytes | None) -> Iterator[str]:
    for match in pattern.finditer(body or b""):
        yield next(group for group in match.groups() if group).decode()


def _needles(person: Person) -> set[str]:
    """Customers, and the address as it stands in JSON, with or without escapes."""
    spellings = {person.email, json.dumps(person.email)[1:-1]} if person.email is not None else set()
    return {*person.stripe_customer_ids, *spellings}


def _object_keys(person: Person) -> Iterator[sa.Select[str]]:
    """Names of the person's objects, as events carry them."""
    for owner, columns in _OBJECTS.items():
        is_theirs = owner.supporter_id == person.supporter_id
        for kind, column in columns:
            keys = sa.select(sa.literal(f"{kind} ") + column).where(is_theirs, column.is_not(None))
            yield keys if column.class_ is owner else keys.join(owner)
