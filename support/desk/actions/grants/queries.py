"""Who reads without paying."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from support.access.models import Grant
from support.access.queries import live_grants
from support.accounts.models import Supporter
from support.accounts.staff.models import StaffMember
from support.desk.actions.queries import reads_if
from support.errors import NotFound

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.desk.actions.queries import Reads

_AT_MOST = 500


@dataclass(frozen=True)
class WholeGrant:
    """A grant, whose it is, and which member gave it."""

    grant: Grant
    supporter: Supporter
    granted_by: str


def open_grants(session: Session, now: datetime) -> list[WholeGrant]:
    """Those that open something, the first to end first."""
    return _grants(session, *live_grants(now))


def whole_grant(session: Session, grant_id: int) -> WholeGrant:
    """The grant of this id. Raises NotFound."""
    found = _grants(session, Grant.id == grant_id)
    if not found:
        raise NotFound("There is no such grant.")
    return found[0]


def reads_without(session: Session, grant: Grant, now: datetime) -> Reads:
    """What its supporter reads if the grant is revoked."""

    def revoke() -> None:
        grant.revoked_at = now

    return reads_if(session, grant.supporter_id, revoke, now)


def _grants(session: Session, *which: sa.ColumnElement[bool]) -> list[WholeGrant]:
    theirs = (
        sa.select(Grant, Supporter, StaffMember.email)
        .join(Supporter, Supporter.id == Grant.supporter_id)
        .join(StaffMember, StaffMember.id == Grant.granted_by_id)
        .where(*which)
        .options(joinedload(Grant.plan))
        .order_by(Grant.ends_at, Grant.id)
        .limit(_AT_MOST)
    )
    return [WholeGrant(*row) for row in session.execute(theirs)]
