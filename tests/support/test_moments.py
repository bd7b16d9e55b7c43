"""Moments that the database computes are the same on both databases, to the microsecond."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from support.db import Database, UtcDateTime
from support.sql import seconds_after


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 3, 20, 12, 0, 0, 999999, UTC),  # clocks change in between
        datetime(2026, 10, 20, 23, 59, 59, 1, UTC),
        datetime(2024, 2, 20, 0, 0, 0, 0, UTC),
    ],
)
@pytest.mark.parametrize("seconds", [14 * 86400, 1, 0, -86400])
def test_so_many_seconds_later_whatever_the_servers_clocks_do(
    database_url: str, moment: datetime, seconds: int
) -> None:
    database = Database(database_url)
    with database.reading() as session:
        if not database.is_sqlite:
            session.execute(sa.text("SET LOCAL TIME ZONE 'Europe/Kyiv'"))
        later = seconds_after(session, sa.literal(moment, UtcDateTime()), seconds)
        assert session.scalar(sa.select(later)) == moment + timedelta(seconds=seconds)
        assert session.scalar(sa.select(later == sa.literal(moment + timedelta(seconds=seconds), UtcDateTime())))
    database.engine.dispose()
