"""When supporters' memberships become worth how much, its sums by month; and triggers that mark whose changed.

Whoever makes one of these tables anew (batch mode on SQLite) makes its triggers anew, too; a test counts them.
On PostgreSQL they fire for replicated writes and bulk loads as well.
"""

# ruff: noqa: S608  # made of the names below alone

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op

from support.db import BigInt, UtcDateTime

if TYPE_CHECKING:
    from collections.abc import Iterator

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# {table: (columns that matter, the supporter that it is of, the membership whose supporter it is of)}
_MARKS = {
    "memberships": ("id, supporter_id, status, ends_at, ended_at", ("coalesce(supporter_id, -id)", "NULL")),
    "paid_periods": ("id, membership_id, starts_at, ends_at, amount_minor, currency", ("NULL", "membership_id")),
}
_SEEN = {"INSERT": ("new",), "DELETE": ("old",), "UPDATE": ("old", "new")}


def upgrade() -> None:
    _tables()
    make = _sqlite if op.get_bind().dialect.name == "sqlite" else _postgresql
    for table in _MARKS:
        for write in _SEEN:
            for statement in make(table, write):
                op.execute(statement)


def _sqlite(table: str, write: str) -> Iterator[str]:
    """A trigger of each row."""
    columns, (supporter, membership) = _MARKS[table]
    marks = " UNION ".join(
        f"SELECT {supporter}, {membership}"
        f" FROM (SELECT {', '.join(f'{row}.{name} AS {name}' for name in columns.split(', '))})"
        for row in _SEEN[write]
    )
    of = f" OF {columns}" if write == "UPDATE" else ""
    yield (
        f"CREATE TRIGGER {table}_{write.lower()}_marks AFTER {write}{of} ON {table} BEGIN"
        f" INSERT INTO changed_memberships (supporter, membership_id) {marks}; END"
    )


def _postgresql(table: str, write: str) -> Iterator[str]:
    """A trigger of each statement, however many rows it writes; rows that stay as they were mark nothing."""
    columns, (supporter, membership) = _MARKS[table]
    old, new = (f"SELECT {columns} FROM {row}_rows" for row in ("old", "new"))
    changed = {
        "INSERT": new,
        "DELETE": old,
        "UPDATE": f"({old} EXCEPT ALL {new}) UNION ALL ({new} EXCEPT ALL {old})",
    }[write]
    name = f"{table}_{write.lower()}_marks"
    seen = " ".join(f"{row.upper()} TABLE AS {row}_rows" for row in _SEEN[write])
    yield (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" INSERT INTO changed_memberships (supporter, membership_id)"
        f" SELECT DISTINCT {supporter}::bigint, {membership}::bigint FROM ({changed}) AS changed; RETURN NULL; END $$"
    )
    yield (
        f"CREATE TRIGGER {name} AFTER {write} ON {table} REFERENCING {seen}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
    )
    yield f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"


def _tables() -> None:
    op.create_table(
        "worth_turns",
        sa.Column("supporter", BigInt, nullable=False, autoincrement=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        *(sa.Column(name, BigInt, nullable=False) for name in ("start_minor", "moved_minor")),
        sa.Column("was_worth", sa.Boolean(), nullable=False),
        sa.Column("came", BigInt, nullable=False),
        sa.PrimaryKeyConstraint("supporter", "currency", "at", name=op.f("pk_worth_turns")),
    )
    op.create_index("ix_worth_turns_at", "worth_turns", ["at"])
    op.create_table(
        "worth_movements",
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("movement", sa.String(20), nullable=False),
        *(sa.Column(name, BigInt, nullable=False) for name in ("moved_minor", "supporters")),
        sa.PrimaryKeyConstraint("at", "currency", "movement", name=op.f("pk_worth_movements")),
    )
    op.create_table(
        "worth_due",
        sa.Column("supporter", BigInt, nullable=False, autoincrement=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("supporter", name=op.f("pk_worth_due")),
    )
    op.create_index("ix_worth_due_due_at", "worth_due", ["due_at"])
    op.create_table(
        "changed_memberships",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("supporter", BigInt, nullable=True),
        sa.Column("membership_id", BigInt, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changed_memberships")),
    )
    op.create_table(
        "worth_terms",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("zone", sa.String(60), nullable=False),
        sa.Column("grace_seconds", BigInt, nullable=False),
        sa.Column("summed_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_worth_terms_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worth_terms")),
    )


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table in _MARKS:
        for write in _SEEN:
            name = f"{table}_{write.lower()}_marks"
            op.execute(f"DROP TRIGGER {name}" if is_sqlite else f"DROP FUNCTION {name}() CASCADE")
    for table in ("worth_terms", "changed_memberships", "worth_due", "worth_movements", "worth_turns"):
        op.drop_table(table)
