"""Read what reconcile found, run by run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.sync.models import Difference, ReconcileRun

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Run:
    """A run of reconcile, and how many objects it found: {word of Difference: count}."""

    row: ReconcileRun
    counts: dict[str, int]


def runs_before(session: Session, before: int | None, limit: int) -> list[Run]:
    """The newest runs with an id below `before` (None: of all), the newest first."""
    newest = sa.select(ReconcileRun).order_by(ReconcileRun.id.desc()).limit(limit)
    rows = session.scalars(newest if before is None else newest.where(ReconcileRun.id < before)).all()
    return _counted(session, rows)


def run_by_id(session: Session, run_id: int) -> Run | None:
    """One run; None if there is none, or no more."""
    row = session.get(ReconcileRun, run_id)
    return _counted(session, [row])[0] if row is not None else None


def differences_after(session: Session, run_id: int, after: int, limit: int) -> Sequence[Difference]:
    """What a run found, in the order in which it did, from the one after `after`."""
    its = sa.select(Difference).where(Difference.run_id == run_id, Difference.id > after)
    return session.scalars(its.order_by(Difference.id).limit(limit)).all()


def _counted(session: Session, rows: Sequence[ReconcileRun]) -> list[Run]:
    counts: dict[int, dict[str, int]] = {row.id: {} for row in rows}
    count = sa.select(Difference.run_id, Difference.word, sa.func.count()).group_by(Difference.run_id, Difference.word)
    for run_id, word, number in session.execute(count.where(Difference.run_id.in_(counts))):
        counts[run_id][word] = number
    return [Run(row, counts[row.id]) for row in rows]
