"""Moments that the database computes are the same on both databases, to the microsecond."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from support.db import Database, UtcDateTime
from support.sql import seconds_after


def test_they_come_back_in_utc_wherever_the_server_stands(database_url: str) -> None:
    database = Database(database_url)
    if not database.is_sqlite:
        with database.transaction() as session:
            setting = f"ALTER DATABASE {database.url.database} SET timezone TO 'America/New_York'"
            session.connection().exec_driver_sql(setting)
        database.engine.dispose()
    moment = datetime(2026, 12, 31, 23, 30, 0, 1, UTC)
    with database.reading() as session:
        (found,) = session.execute(sa.select(sa.literal(moment, UtcDateTime()))).one()
    assert found == moment
    assert found.utcoffset() == timedelta(0)
    assert f"{found:%Y-%m-%d %H:%M}" == "2026-12-31 23:30"
    database.engine.dispose()


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
