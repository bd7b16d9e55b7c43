"""Read what stays when a person goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.checkout.models import Checkout
from support.finance.statements.models import Statement
from support.memberships.models import Membership
from support.payments.models import Payment

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_BOOKS = {
    "checkouts": Checkout.supporter_id,
    "memberships": Membership.supporter_id,
    "payments": Payment.supporter_id,
    "statements": Statement.supporter_id,
}


def books_of(session: Session, supporter_id: int) -> dict[str, int]:
    """How many rows of each kind the books need of this supporter."""
    return {
        name: session.scalar(sa.select(sa.func.count(owner)).where(owner == supporter_id)) or 0
        for name, owner in _BOOKS.items()
    }
