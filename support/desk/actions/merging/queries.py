"""Two supporters, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.access.queries import grants_of
from support.access.reading import grace
from support.accounts.models import StripeCustomer, Supporter
from support.accounts.queries import notes_on, supporter_id_of_address
from support.desk.actions.queries import find_supporter
from support.memberships.queries import live_memberships_of
from support.money import Money
from support.notices.queries import reads_until
from support.payments.models import Payment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.access.models import Grant
    from support.memberships.models import Membership

# Of a number that both databases can look for.
_DIGITS = 18


@dataclass(frozen=True)
class Side:
    """What one supporter has. `paid`: one sum per currency."""

    supporter: Supporter
    customers: Sequence[str]
    payments: int
    paid: tuple[Money, ...]
    live_memberships: Sequence[Membership]
    grants: Sequence[Grant]
    notes: int
    reads_until: datetime | None


def side(session: Session, supporter_id: int, now: datetime) -> Side:
    """The supporter of this id. Raises NotFound."""
    supporter = find_supporter(session, supporter_id)
    customers = sa.select(StripeCustomer.stripe_customer_id).where(StripeCustomer.supporter_id == supporter_id)
    sums = sa.select(Payment.currency, sa.func.sum(Payment.amount_minor), sa.func.count())
    paid = session.execute(
        sums.where(Payment.supporter_id == supporter_id).group_by(Payment.currency).order_by(Payment.currency)
    ).all()
    return Side(
        supporter,
        session.scalars(customers.order_by(StripeCustomer.stripe_customer_id)).all(),
        sum(count for _, _, count in paid),
        tuple(Money(int(total), currency) for currency, total, _ in paid),
        live_memberships_of(session, supporter_id),
        grants_of(session, supporter_id, now),
        len(notes_on(session, supporter_id)),
        reads_until(session, supporter_id, grace(), now),
    )


def supporter_named(session: Session, text: str) -> int | None:
    """The supporter with this number or address."""
    if text.isascii() and text.isdigit():
        numbered = sa.select(Supporter.id).where(Supporter.id == int(text[:_DIGITS]))
        return session.scalar(numbered) if len(text) <= _DIGITS else None
    return supporter_id_of_address(session, text)
