"""Read what belongs to one supporter. Every row is found through the supporter, whatever id an address names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from support.accounts.models import StripeCustomer
from support.memberships.models import Membership
from support.memberships.rules import outlook
from support.money import Money
from support.payments.models import Payment
from support.payments.queries import payments_with_plans, refunded_minor

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.campaigns.models import Plan
    from support.memberships.rules import Outlook

_AT_MOST = 500


@dataclass(frozen=True)
class TheirMembership:
    """A membership and what its supporter is told about it."""

    membership: Membership
    outlook: Outlook
    paid_until: datetime | None


@dataclass(frozen=True)
class TheirPayment:
    """A payment and what it was for."""

    payment: Payment
    plan: Plan
    refunded_minor: int

    @property
    def refunded(self) -> Money | None:
        """What has gone back of it; None if nothing has."""
        return Money(self.refunded_minor, self.payment.currency) if self.refunded_minor else None


def memberships_of(session: Session, supporter_id: int) -> list[TheirMembership]:
    """The supporter's memberships, the living first, then the newest."""
    its = sa.select(Membership).where(Membership.supporter_id == supporter_id).order_by(Membership.id.desc())
    found = session.scalars(its.options(selectinload(Membership.periods), joinedload(Membership.plan)))
    return sorted((_shown(one) for one in found), key=lambda one: one.outlook.is_over)


def membership_of(session: Session, supporter_id: int, membership_id: int) -> TheirMembership | None:
    """One of the supporter's own memberships."""
    return next((one for one in memberships_of(session, supporter_id) if one.membership.id == membership_id), None)


def payments_of(session: Session, supporter_id: int) -> list[TheirPayment]:
    """The supporter's payments, the newest first."""
    its = _with_refunds().where(Payment.supporter_id == supporter_id)
    newest = its.order_by(Payment.received_at.desc(), Payment.id.desc()).limit(_AT_MOST)
    return [TheirPayment(*row) for row in session.execute(newest)]


def payment_of(session: Session, supporter_id: int, payment_id: int) -> TheirPayment | None:
    """One of the supporter's own payments."""
    its = _with_refunds().where(Payment.supporter_id == supporter_id, Payment.id == payment_id)
    row = session.execute(its).one_or_none()
    return TheirPayment(*row) if row is not None else None


def customers_of(session: Session, supporter_id: int) -> list[str]:
    """The supporter's customers at Stripe."""
    theirs = sa.select(StripeCustomer.stripe_customer_id).where(StripeCustomer.supporter_id == supporter_id)
    return list(session.scalars(theirs.order_by(StripeCustomer.stripe_customer_id)))


def _with_refunds() -> sa.Select[Payment, Plan, int]:
    return payments_with_plans().add_columns(refunded_minor())


def _shown(membership: Membership) -> TheirMembership:
    paid_until = max((period.ends_at for period in membership.periods), default=None)
    next_ = outlook(membership.status, ends_at=membership.ends_at, ended_at=membership.ended_at, paid_until=paid_until)
    return TheirMembership(membership, next_, paid_until)
