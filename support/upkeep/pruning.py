"""Let go of what has had its time."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from support.clock import now
from support.db import current_database
from support.holdings import holdings

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.db import Database

log = logging.getLogger(__name__)

CHORE = "prune"
EVERY_SECONDS = 24 * 3600.0


def prune(database: Database) -> dict[str, int]:
    """How many of each holding went, in short transactions: a run that broke off is simply gone on with."""
    return {one.name: _prune(database, one.prune) for one in holdings() if one.prune is not None}


def prune_chore() -> None:
    """What the worker does every day."""
    gone = {name: count for name, count in prune(current_database()).items() if count}
    if gone:
        log.info("pruned", extra={"gone": gone})


def _prune(database: Database, some: Callable[[Session, datetime], int]) -> int:
    total = 0
    while count := database.transact(lambda session: some(session, now())):
        total += count
    return total
