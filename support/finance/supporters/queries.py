"""Find supporters, by what staff have in hand: a part of an address, an id of Stripe's, a receipt."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from support.accounts.models import StripeCustomer, Supporter
from support.checkout.models import Checkout
from support.clock import local_day
from support.emails.rules import receipt_number
from support.finance.listings.paging import SIZE, Order, page_of, read_place
from support.memberships.models import Membership, PaidPeriod
from support.memberships.queries import is_live
from support.payments.models import Dispute, FailedPayment, Payment, Refund
from support.sql import mentions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

_ORDER = Order(Supporter.created_at, Supporter.id)
_RECEIPT = re.compile(r"[0-9]{4}-([0-9]{6,18})")


@dataclass(frozen=True)
class Found:
    """A supporter in a list. `email` is None for one who was erased; `live_memberships` may still be charged.

    `also`: addresses of others who were found to be the same person, and lead here.
    """

    created_at: datetime
    id: int
    email: str | None
    email_proven_at: datetime | None
    live_memberships: int
    paid_at: datetime | None
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class FoundPage:
    """Supporters, the newest first; `next` is where the next page begins, None where there is none."""

    supporters: tuple[Found, ...]
    next: str | None


@dataclass(frozen=True)
class Twice:
    """A supporter with more than one live membership: shown to staff, never refunded by a machine."""

    supporter: Supporter
    memberships: tuple[Membership, ...]


def supporters(session: Session, text: str = "", after: str = "", size: int = SIZE) -> FoundPage:
    """A page of those whom `text` names; of all, if it is empty. Raises InvalidInput for an `after` that no page gave.

    An id of Stripe's, the public id of a checkout and the number of a receipt name a supporter only in full; any part
    of an address does. Whoever was merged into another is that other: found by both addresses, and there once.
    """
    place = read_place(after, _ORDER) if after else None
    listed = _listed()
    if text:
        exact = _named(session, text)
        listed = listed.where(Supporter.id.in_(exact) if exact else _has_address(session, text))
    found, following = page_of(session, listed, _ORDER, place, size)
    also = _merged_addresses(session, [row.id for row in found])
    return FoundPage(tuple(replace(Found(*row), also=tuple(also.get(row.id, ()))) for row in found), following)


def live_twice(session: Session, after: int = 0, size: int = SIZE) -> list[Twice]:
    """Supporters with more than one live membership, behind the supporter `after`, by their number."""
    several = (
        sa.select(Membership.supporter_id)
        .where(Membership.supporter_id > after, *is_live())
        .group_by(Membership.supporter_id)
        .having(sa.func.count() > 1)
        .order_by(Membership.supporter_id)
        .limit(size)
    )
    numbers = [number for number in session.scalars(several) if number is not None]
    people = {one.id: one for one in session.scalars(sa.select(Supporter).where(Supporter.id.in_(numbers)))}
    theirs: dict[int, list[Membership]] = {number: [] for number in numbers}
    live = sa.select(Membership).where(Membership.supporter_id.in_(numbers), *is_live()).order_by(Membership.id)
    for membership in session.scalars(live.options(joinedload(Membership.plan))):
        theirs[membership.supporter_id or 0].append(membership)
    return [Twice(people[number], tuple(theirs[number])) for number in numbers]


def _listed() -> sa.Select[*tuple[Any, ...]]:
    live = sa.select(sa.func.count()).where(Membership.supporter_id == Supporter.id, *is_live())
    paid_at = sa.select(sa.func.max(Payment.received_at)).where(Payment.supporter_id == Supporter.id)
    return sa.select(
        Supporter.created_at,
        Supporter.id,
        Supporter.email,
        Supporter.email_proven_at,
        live.correlate(Supporter).scalar_subquery(),
        paid_at.correlate(Supporter).scalar_subquery(),
    ).where(Supporter.merged_into_id.is_(None))


def _has_address(session: Session, part: str) -> sa.ColumnElement[bool]:
    """Whether `part` is in the supporter's address, or in that of somebody who was merged into the supporter."""
    merged = aliased(Supporter)
    theirs = sa.select(merged.merged_into_id).where(merged.merged_into_id.is_not(None))
    return sa.or_(
        mentions(session, Supporter.email, part), Supporter.id.in_(theirs.where(mentions(session, merged.email, part)))
    )


def _merged_addresses(session: Session, supporter_ids: Sequence[int]) -> dict[int, list[str]]:
    """{supporter: addresses of those who were merged into it}"""
    theirs = sa.select(Supporter.merged_into_id, Supporter.email).where(Supporter.merged_into_id.in_(supporter_ids))
    found: dict[int, list[str]] = {}
    for kept_id, email in session.execute(theirs.order_by(Supporter.id)):
        if kept_id is not None and email is not None:
            found.setdefault(kept_id, []).append(email)
    return found


def _named(session: Session, text: str) -> list[int]:
    """Whom an id or a receipt's number names; each has an index."""
    of_payment = (
        Payment.stripe_payment_intent_id,
        Payment.stripe_charge_id,
        Payment.stripe_invoice_id,
    )
    through_payment = (Refund.stripe_refund_id, Dispute.stripe_dispute_id)
    names = [
        sa.select(StripeCustomer.supporter_id).where(StripeCustomer.stripe_customer_id == text),
        sa.select(Membership.supporter_id).where(Membership.stripe_subscription_id == text),
        sa.select(Checkout.supporter_id).where(Checkout.public_id == text),
        sa.select(Checkout.supporter_id).where(Checkout.stripe_session_id == text),
        sa.select(Membership.supporter_id).join(PaidPeriod).where(PaidPeriod.stripe_invoice_id == text),
        sa.select(Membership.supporter_id).join(FailedPayment).where(FailedPayment.stripe_charge_id == text),
        *(sa.select(Payment.supporter_id).where(column == text) for column in of_payment),
        *(
            sa.select(Payment.supporter_id)
            .join(column.class_, column.class_.payment_id == Payment.id)
            .where(column == text)
            for column in through_payment
        ),
    ]
    found = set(session.scalars(sa.union(*names))) | {_of_receipt(session, text)}
    return sorted(number for number in found if number is not None)


def _of_receipt(session: Session, text: str) -> int | None:
    match = _RECEIPT.fullmatch(text)
    payment = session.get(Payment, int(match[1])) if match else None
    if payment is None or receipt_number(payment.id, local_day(payment.received_at)) != text:
        return None
    return payment.supporter_id
