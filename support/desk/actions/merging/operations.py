"""Make one supporter of two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.audit import record
from support.checkout.queries import lock_supporters
from support.errors import FieldError, InvalidInput, NotFound
from support.holdings import Merger, holdings

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session


def merge(session: Session, kept_id: int, merged_id: int, now: datetime) -> None:
    """Everything of `merged_id` goes to `kept_id`; done again it changes nothing. Nothing is told to Stripe.

    Raises NotFound; InvalidInput where the two are one row, or either belongs to somebody else already.
    """
    found = {one.id: one for one in lock_supporters(session, sorted({kept_id, merged_id}))}
    if not {kept_id, merged_id} <= found.keys():
        raise NotFound("There is no such supporter.")
    merged = found[merged_id]
    if merged.merged_into_id == kept_id:
        return
    if kept_id == merged_id:
        raise InvalidInput([FieldError("other", "These two are one supporter already.")])
    if merged.merged_into_id is not None or found[kept_id].merged_into_id is not None:
        raise InvalidInput(
            [FieldError("other", "One of the two was merged before. Compare with the one that is kept.")]
        )
    for one in holdings():
        if one.move is not None:
            one.move(session, Merger(kept_id, merged_id), now)
    record(session, "merged supporters", f"supporter {kept_id}", f"supporter {merged_id} into supporter {kept_id}")
