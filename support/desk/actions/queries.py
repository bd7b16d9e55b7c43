"""What an act would change: tried in the transaction of whoever asks, looked at, and undone."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from support.access.reading import grace
from support.accounts.models import Supporter
from support.errors import NotFound
from support.memberships.models import Membership
from support.memberships.rules import Outlook, outlook
from support.notices.queries import reads_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session


class _Undone(Exception):
    """The change has been looked at."""


@dataclass(frozen=True)
class Reads:
    """Until when a supporter reads members' articles: `now`, and if the act is done. None: not at all."""

    now: datetime | None
    then: datetime | None


@dataclass(frozen=True)
class Cancellation:
    """What canceling a membership does, at the end of what is paid for and at once."""

    membership: Membership
    supporter: Supporter | None
    outlook: Outlook
    paid_until: datetime | None
    at_end: Reads
    at_once: Reads


def reads_if(session: Session, supporter_id: int | None, change: Callable[[], None], now: datetime) -> Reads:
    """What `change` does to what a supporter reads; nothing of it stays. Needs a transaction that may write."""
    if supporter_id is None:
        return Reads(None, None)
    before = reads_until(session, supporter_id, grace(), now)
    then = None
    with contextlib.suppress(_Undone), session.begin_nested():
        change()
        session.flush()
        then = reads_until(session, supporter_id, grace(), now)
        raise _Undone
    return Reads(before, then)


def find_supporter(session: Session, supporter_id: int | None) -> Supporter:
    """The supporter of this id. Raises NotFound."""
    found = session.get(Supporter, supporter_id) if supporter_id is not None else None
    if found is None:
        raise NotFound("There is no such supporter.")
    return found


def cancellation(session: Session, membership_id: int, now: datetime) -> Cancellation:
    """What can be canceled of this membership, and what that does. Raises NotFound."""
    membership = session.scalar(
        sa.select(Membership).where(Membership.id == membership_id).options(joinedload(Membership.plan))
    )
    if membership is None:
        raise NotFound("There is no such membership.")
    paid_until = max((period.ends_at for period in membership.periods), default=None)

    def end_it() -> None:
        membership.ends_at = paid_until or now

    def end_it_now() -> None:
        membership.status, membership.ended_at = "canceled", now

    owner = membership.supporter_id
    at_end, at_once = (reads_if(session, owner, change, now) for change in (end_it, end_it_now))
    next_ = outlook(membership.status, ends_at=membership.ends_at, ended_at=membership.ended_at, paid_until=paid_until)
    supporter = session.get(Supporter, owner) if owner is not None else None
    return Cancellation(membership, supporter, next_, paid_until, at_end, at_once)
