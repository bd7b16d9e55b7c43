"""Run by Alembic with our Database in its configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from alembic import context

from support.db import Base, UtcDateTime

if TYPE_CHECKING:
    from support.db import Database


def _render(kind: str, item: Any, _context: object) -> str | Literal[False]:
    return "UtcDateTime()" if kind == "type" and isinstance(item, UtcDateTime) else False


def run() -> None:
    """One transaction per migration run; on SQLite with the write lock from its beginning."""
    database: Database = context.config.attributes["database"]
    with database.engine.execution_options(is_writing=True).connect() as connection:
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


run()
