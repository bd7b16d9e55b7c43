"""Run by Alembic with our Database in its configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from alembic import context

from support.db import Base, UtcDateTime

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from support.db import Database


def _render(kind: str, item: Any, _context: object) -> str | Literal[False]:
    return "UtcDateTime()" if kind == "type" and isinstance(item, UtcDateTime) else False


def _foreign_keys(connection: Connection, *, is_checked: bool) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101  # for the type checker: it is connected
    driver.execute(f"PRAGMA foreign_keys={'ON' if is_checked else 'OFF'}")
    broken = driver.execute("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise RuntimeError(f"rows refer to what is not there: {broken[:5]}")


def run() -> None:
    """One transaction per migration run; on SQLite with the write lock from its beginning."""
    database: Database = context.config.attributes["database"]
    with database.engine.execution_options(is_writing=True).connect() as connection:
        if database.is_sqlite:
            # SQLite changes a table by making it anew; the old one's rows must not take those that refer to them along.
            _foreign_keys(connection, is_checked=False)
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=database.is_sqlite,
            render_item=_render,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
        if database.is_sqlite:
            _foreign_keys(connection, is_checked=True)


run()
