"""Which of two readers saw an object later.

Every sync takes a number before its read and another when it applies. What was read before the last apply is not
applied: so a slow reader never overwrites a fast one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.db import insert
from support.sync.models import SyncCounter, SyncedObject, sequence

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def object_key(kind: str, stripe_id: str) -> str:
    """The name of one Stripe object in claims and sync numbers, such as `invoice in_1`."""
    return f"{kind} {stripe_id}"


def take_number(session: Session) -> int:
    """The next number of the counter."""
    if session.get_bind().dialect.name != "sqlite":
        return session.execute(sequence.next_value().select()).scalar_one()
    counted = insert(session, SyncCounter).values(id=1, number=1)
    counted = counted.on_conflict_do_update(index_elements=["id"], set_={"number": SyncCounter.number + 1})
    return session.execute(counted.returning(SyncCounter.number)).scalar_one()


def is_newest(session: Session, key: str, read_number: int) -> bool:
    """Whether what was read under `read_number` is newer than what was last applied; if so it counts as applied now.

    The object's row stays locked until the transaction ends.
    """
    begun = insert(session, SyncedObject).values(object_key=key, applied_number=0)
    session.execute(begun.on_conflict_do_nothing(index_elements=["object_key"]))
    synced = session.get_one(SyncedObject, key, with_for_update=True, populate_existing=True)
    if synced.applied_number >= read_number:
        return False
    synced.applied_number = take_number(session)
    return True
