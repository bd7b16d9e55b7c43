"""Read what the gate and its readers' proofs say."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import joinedload, selectinload

from support.access.models import (
    ApiKey,
    GateVersion,
    Grant,
    ReadingSession,
    ReadingSessionCheckout,
    ReadingSessionSupporter,
)
from support.access.rules import Entitlement, Gate, Period, Policy, Rule, months_after, paid_until
from support.accounts.models import Supporter
from support.campaigns.models import Plan
from support.checkout.models import Checkout
from support.memberships.models import Membership
from support.payments.models import Payment
from support.payments.queries import is_kept, lost_invoices
from support.tokens import hash_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from sqlalchemy.orm import Session

    from support.memory import Remembered


def newest_gate(session: Session) -> Gate | None:
    """The rules in force; None before any were loaded."""
    newest = sa.select(GateVersion).order_by(GateVersion.id.desc()).limit(1).options(selectinload(GateVersion.rules))
    version = session.scalar(newest)
    if version is None:
        return None
    rules = tuple(Rule(rule.path, Policy(rule.policy, tuple(rule.plans))) for rule in version.rules)
    return Gate(rules, Policy(version.default_policy))


def current_gate() -> Gate:
    """The rules from memory, at most two seconds old."""
    remembered: Remembered[Gate] = current_app.extensions["gate"]
    return remembered.get()


def live_reading_session(session: Session, token: str, now: datetime) -> ReadingSession | None:
    """The reading session of this token, unless it has ended or was revoked."""
    live = (ReadingSession.token_hash == hash_of(token), ReadingSession.revoked_at.is_(None))
    return session.scalar(sa.select(ReadingSession).where(*live, ReadingSession.expires_at > now))


def checkouts_of_reading_session(session: Session, reading_session_id: int) -> list[int]:
    """Rows of the checkouts that a reading session stands for."""
    its = ReadingSessionCheckout.reading_session_id == reading_session_id
    return list(session.scalars(sa.select(ReadingSessionCheckout.checkout_id).where(its)))


def supporter_of_reading_session(session: Session, reading_session_id: int) -> int | None:
    """The supporter whom a reading session stands for, if it began with a sign-in."""
    its = ReadingSessionSupporter.reading_session_id == reading_session_id
    return session.scalar(sa.select(ReadingSessionSupporter.supporter_id).where(its))


def reading_sessions_of(supporter_id: int) -> sa.ColumnElement[bool]:
    """A condition on ReadingSession: it stands for the supporter or for a checkout of the supporter's."""
    of_supporter = sa.select(ReadingSessionSupporter.reading_session_id).where(
        ReadingSessionSupporter.supporter_id == supporter_id
    )
    of_checkouts = (
        sa.select(ReadingSessionCheckout.reading_session_id)
        .join(Checkout, Checkout.id == ReadingSessionCheckout.checkout_id)
        .where(Checkout.supporter_id == supporter_id)
    )
    return sa.or_(ReadingSession.id.in_(of_supporter), ReadingSession.id.in_(of_checkouts))


def checkouts_begun(session: Session, public_ids: Sequence[str]) -> list[int]:
    """Rows of these checkouts, but for those from before their supporter signed out everywhere."""
    is_open = sa.or_(Supporter.signed_out_at.is_(None), Supporter.signed_out_at < Checkout.created_at)
    begun = sa.select(Checkout.id).outerjoin(Supporter, Supporter.id == Checkout.supporter_id)
    return list(session.scalars(begun.where(Checkout.public_id.in_(public_ids), is_open)))


def entitlements_of_checkouts(
    session: Session, checkout_ids: Sequence[int], grace: timedelta, now: datetime
) -> list[Entitlement]:
    """What these checkouts have paid for, and nothing else of whoever paid."""
    if not checkout_ids:
        return []
    return _entitlements(
        session, Membership.checkout_id.in_(checkout_ids), Payment.checkout_id.in_(checkout_ids), grace, now
    )


def entitlements_of_supporter(
    session: Session, supporter_id: int, grace: timedelta, now: datetime
) -> list[Entitlement]:
    """Everything that a supporter has paid for, or was granted."""
    paid_for = _entitlements(
        session, Membership.supporter_id == supporter_id, Payment.supporter_id == supporter_id, grace, now
    )
    return paid_for + _granted(session, supporter_id, now)


def live_grants(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Conditions on Grant: it opens something now."""
    return (Grant.revoked_at.is_(None), Grant.ends_at > now)


def grants_of(session: Session, supporter_id: int, now: datetime) -> list[Grant]:
    """The supporter's grants that open something now, the longest first."""
    theirs = sa.select(Grant).where(Grant.supporter_id == supporter_id, *live_grants(now))
    return list(session.scalars(theirs.options(joinedload(Grant.plan)).order_by(Grant.ends_at.desc())))


def find_api_key(session: Session, key: str) -> ApiKey | None:
    """The live key that this text is, compared in constant time."""
    found = session.scalar(
        sa.select(ApiKey).where(ApiKey.prefix == key.rpartition("_")[0], ApiKey.revoked_at.is_(None))
    )
    return found if found is not None and hmac.compare_digest(found.key_hash, hash_of(key)) else None


def _entitlements(
    session: Session,
    memberships: sa.ColumnElement[bool],
    payments: sa.ColumnElement[bool],
    grace: timedelta,
    now: datetime,
) -> list[Entitlement]:
    whole = (selectinload(Membership.periods), joinedload(Membership.plan))
    found = session.scalars(sa.select(Membership).where(memberships).options(*whole)).all()
    lost = lost_invoices(session, [membership.id for membership in found]) if found else set()
    from_memberships = [_of_membership(membership, lost, grace, now) for membership in found]
    opening = (
        sa.select(Payment.received_at, Checkout.opens_months, Plan.slug)
        .join(Checkout, Checkout.id == Payment.checkout_id)
        .join(Plan, Plan.id == Checkout.plan_id)
        .where(payments, Payment.membership_id.is_(None), is_kept(), Checkout.opens_months.is_not(None))
        .where(Payment.currency == Checkout.currency, Payment.amount_minor >= Checkout.opens_from_minor)
    )
    from_donations = [
        Entitlement("donation", plan, months_after(received_at, months or 0))
        for received_at, months, plan in session.execute(opening)
    ]
    return [one for one in [*from_memberships, *from_donations] if one is not None and now < one.until]


def _granted(session: Session, supporter_id: int, now: datetime) -> list[Entitlement]:
    theirs = sa.select(Plan.slug, Grant.ends_at).select_from(Grant).outerjoin(Plan, Plan.id == Grant.plan_id)
    live = theirs.where(Grant.supporter_id == supporter_id, *live_grants(now))
    return [Entitlement("grant", plan, ends_at) for plan, ends_at in session.execute(live)]


def _of_membership(
    membership: Membership, lost_invoices: set[str], grace: timedelta, now: datetime
) -> Entitlement | None:
    kept = [period for period in membership.periods if period.stripe_invoice_id not in lost_invoices]
    periods = [Period(period.starts_at, period.ends_at) for period in kept]
    until = paid_until(periods, grace, has_grace=membership.has_grace, now=now)
    return None if until is None else Entitlement("member", membership.plan.slug, until)
