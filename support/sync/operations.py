"""Which of two readers saw an object later.

Every sync takes a number before its read and another when it applies. What was read before the last apply is not
applied: so a slow reader never overwrites a fast one.
"""

from __future__ import annotations

import hashlib
from dataclasses import fields, is_dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from support.holdings import delete_some
from support.sql import insert, is_sqlite
from support.sync.models import Difference, ImportedProduct, ReconcileRun, SyncCounter, SyncedObject, sequence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

_RUNS_KEPT = timedelta(days=90)


def object_key(kind: str, stripe_id: str) -> str:
    """The name of one Stripe object in claims and sync numbers, such as `invoice in_1`."""
    return f"{kind} {stripe_id}"


def take_number(session: Session) -> int:
    """The next number of the counter."""
    if not is_sqlite(session):
        return session.execute(sequence.next_value().select()).scalar_one()
    counted = insert(session, SyncCounter).values(id=1, number=1)
    counted = counted.on_conflict_do_update(index_elements=["id"], set_={"number": SyncCounter.number + 1})
    return session.execute(counted.returning(SyncCounter.number)).scalar_one()


def is_newest(session: Session, key: str, read_number: int, fingerprint: str) -> bool:
    """Whether what was read under `read_number` is newer than what was last applied; if so it counts as applied now.

    The object's row stays locked until the transaction ends.
    """
    # The number is taken once the row is locked: whoever waited for the lock has read before it.
    number = sa.literal(take_number(session)) if is_sqlite(session) else sequence.next_value()
    applied = {"applied_number": number, "fingerprint": fingerprint}
    written = insert(session, SyncedObject).values(object_key=key, **applied)
    return session.execute(_if_newest(written, applied, read_number)).one_or_none() is not None


class PageNumbers:
    """The same for a page of objects that were read together: locked at once, asked one by one, written at once."""

    def __init__(self, session: Session, keys: Sequence[str], read_number: int) -> None:
        known = sa.select(SyncedObject.object_key, SyncedObject.applied_number).where(SyncedObject.object_key.in_(keys))
        locked = session.execute(known.order_by(SyncedObject.object_key).with_for_update())
        self._newer = {row.object_key for row in locked if row.applied_number >= read_number}
        self._read_number = read_number
        self._applied: dict[str, str] = {}

    def is_newest(self, key: str, fingerprint: str) -> bool:
        """As the function; nothing is written yet."""
        if key in self._newer or key in self._applied:
            return False
        self._applied[key] = fingerprint
        return True

    def are_kept(self, session: Session) -> bool:
        """Write them; False if somebody else has applied one meanwhile that was not known before."""
        if not self._applied:
            return True
        # Any number will do that is taken after the page was read: whoever has a smaller one may have read before it.
        number = take_number(session)
        rows = [
            {"object_key": key, "applied_number": number, "fingerprint": fingerprint}
            for key, fingerprint in sorted(self._applied.items())
        ]
        written = insert(session, SyncedObject)
        applied = {"applied_number": written.excluded.applied_number, "fingerprint": written.excluded.fingerprint}
        return len(session.execute(_if_newest(written, applied, self._read_number), rows).all()) == len(rows)


def _if_newest(written: Any, applied: dict[str, Any], read_number: int) -> Any:
    is_older = SyncedObject.applied_number < read_number
    written = written.on_conflict_do_update(index_elements=["object_key"], set_=applied, where=is_older)
    return written.returning(SyncedObject.object_key)


def fingerprints(session: Session, keys: Sequence[str]) -> dict[str, str]:
    """{object key: fingerprint of what was last applied} of those that were ever applied."""
    known = sa.select(SyncedObject.object_key, SyncedObject.fingerprint).where(SyncedObject.object_key.in_(keys))
    return {row.object_key: row.fingerprint for row in session.execute(known)}


def fingerprint(seen: Any) -> str:
    """A short text that is equal for equal snapshots. What a snapshot contains of other objects counts by its id."""
    facts = [(one.name, _fact(getattr(seen, one.name))) for one in fields(seen) if one.compare]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]


def _fact(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_fact(one) for one in value]
    return value.id if is_dataclass(value) and hasattr(value, "id") else value


def admit_products(session: Session, stripe_product_ids: Sequence[str], campaign_id: int) -> None:
    """From now on whoever buys these products is a supporter, under the plans of this campaign."""
    for stripe_id in stripe_product_ids:
        session.merge(ImportedProduct(stripe_product_id=stripe_id, campaign_id=campaign_id))


def imported_products(session: Session) -> list[str]:
    """The products that were admitted."""
    return list(session.scalars(sa.select(ImportedProduct.stripe_product_id)))


def begin_run(session: Session, by: str, since: datetime | None, now: datetime) -> int:
    """A run of reconcile begins: its id."""
    run = ReconcileRun(by=by, since=since, started_at=now)
    session.add(run)
    session.flush()
    return run.id


def end_run(session: Session, run_id: int, now: datetime) -> None:
    """It went to the end."""
    session.execute(sa.update(ReconcileRun).where(ReconcileRun.id == run_id).values(ended_at=now))


def keep_differences(session: Session, run_id: int, kind: str, words: Mapping[str, str]) -> None:
    """Objects of a kind that a run found to be different, {Stripe's id: word}.

    In the transaction that applies them, where anything is applied.
    """
    if words:
        found = [{"run_id": run_id, "kind": kind, "stripe_id": name, "word": word} for name, word in words.items()]
        session.execute(sa.insert(Difference), found)


def prune_runs(session: Session, now: datetime) -> int:
    """Runs that began 90 days ago, with what they found."""
    over = ReconcileRun.started_at <= now - _RUNS_KEPT
    gone = delete_some(session, Difference, Difference.run_id.in_(sa.select(ReconcileRun.id).where(over)))
    return gone or delete_some(session, ReconcileRun, over)
