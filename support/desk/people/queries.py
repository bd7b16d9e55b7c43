"""What a supporter's page shows beside the timeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from support.accounts.models import StripeCustomer, Supporter
from support.finance.supporters.timeline import timeline
from support.memberships.models import Membership
from support.money import Money
from support.payments.models import Payment, Refund

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from support.finance.supporters.timeline import TimelinePage


@dataclass(frozen=True)
class WholeSupporter:
    """One supporter. `given` and `returned` are sums of everything, one amount per currency.

    `payments`: {Stripe's id of a payment that the timeline names: our id of it}.
    """

    supporter: Supporter
    customers: Sequence[str]
    memberships: Sequence[Membership]
    given: tuple[Money, ...]
    returned: tuple[Money, ...]
    timeline: TimelinePage
    payments: Mapping[str, int]


def whole_supporter(session: Session, supporter_id: int, after: str) -> WholeSupporter | None:
    """The supporter of this id; the timeline behind `after`. Raises InvalidInput for an `after` that no page gave."""
    supporter = session.get(Supporter, supporter_id)
    if supporter is None:
        return None
    happened = timeline(session, supporter_id, after)
    theirs = StripeCustomer.supporter_id == supporter_id
    memberships = sa.select(Membership).where(Membership.supporter_id == supporter_id).order_by(Membership.id.desc())
    given = sa.select(Payment.currency, sa.func.sum(Payment.amount_minor)).group_by(Payment.currency)
    returned = (
        sa.select(Refund.currency, sa.func.sum(Refund.amount_minor))
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Refund.status == "succeeded")
        .group_by(Refund.currency)
    )
    return WholeSupporter(
        supporter,
        session.scalars(sa.select(StripeCustomer.stripe_customer_id).where(theirs)).all(),
        session.scalars(memberships).all(),
        _sums(session, given.where(Payment.supporter_id == supporter_id)),
        _sums(session, returned.where(Payment.supporter_id == supporter_id)),
        happened,
        _payments(session, happened),
    )


def _payments(session: Session, happened: TimelinePage) -> dict[str, int]:
    intents = [one.key for one in happened.happenings if one.word == "payment"]
    found = sa.select(Payment.stripe_payment_intent_id, Payment.id).where(Payment.stripe_payment_intent_id.in_(intents))
    return dict(session.execute(found).all())


def _sums(session: Session, selected: sa.Select[*tuple[Any, ...]]) -> tuple[Money, ...]:
    return tuple(
        Money(int(total), currency) for currency, total in sorted(tuple(row) for row in session.execute(selected))
    )
