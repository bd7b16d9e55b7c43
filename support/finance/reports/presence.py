"""Who was a member at which moment, whatever that was worth."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa


def presence(changes: sa.FromClause, *who: str) -> sa.Subquery:
    """Where those that the columns `who` tell apart become members and cease to be, of `spans.changes`.

    Columns `who`; `position`; `came`: 1, -1, or 0 where it stays as it was; `is_first`: the first of their positions;
    `first_at`: when their first span began.
    """
    keys = [changes.c[name] for name in who]
    moved = (
        sa.select(
            *keys,
            changes.c.position,
            sa.func.sum(changes.c.members).label("moved"),
            sa.func.min(changes.c.starts_at).label("starts_at"),
        )
        .group_by(*keys, changes.c.position)
        .subquery("moved")
    )
    theirs: dict[str, Any] = {"partition_by": [moved.c[name] for name in who], "order_by": moved.c.position}
    run = sa.select(
        *moved.c,
        sa.func.sum(moved.c.moved).over(**theirs).label("end"),
        (sa.func.min(moved.c.position).over(**theirs) == moved.c.position).label("is_first"),
        # The first position has the earliest of all.
        sa.func.min(moved.c.starts_at).over(**theirs).label("first_at"),
    ).subquery("run")
    came = sa.case(
        ((run.c.end == run.c.moved) & (run.c.end > 0), 1),
        ((run.c.end == 0) & (run.c.moved < 0), -1),
        else_=0,
    )
    chosen = [run.c[name] for name in who]
    return sa.select(*chosen, run.c.position, run.c.is_first, run.c.first_at, came.label("came")).subquery("presence")
