"""Read one Stripe object afresh and apply what it is now: the one way, whoever asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from support import clock
from support.sync.kinds import KINDS, Kind, Reading, StaleRead
from support.sync.operations import take_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from support.db import Database
    from support.gateway.client import Gateway

_READS = 3


def sync_now(
    database: Database,
    gateway: Gateway,
    kind: str,
    stripe_id: str,
    afterwards: Callable[[Session], None] | None = None,
) -> None:
    """Make our rows equal this object. `afterwards` runs in the transaction that applies it; raising there undoes it.

    Raises Foreign, NotYet, StaleRead (others kept being faster), ObjectMissing, StripeUnavailable or StripeRefused.
    """
    how = cast("Kind[Any]", KINDS[kind])
    for left in reversed(range(_READS)):
        reading = Reading(database.transact(take_number), clock.now())
        seen = how.read(gateway, stripe_id)

        def apply(session: Session, seen: Any = seen, reading: Reading = reading) -> None:
            how.apply(session, seen, reading)
            if afterwards is not None:
                afterwards(session)

        try:
            database.transact(apply)
        except StaleRead:
            if not left:
                raise
        else:
            return
