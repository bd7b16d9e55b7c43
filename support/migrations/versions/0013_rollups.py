"""Sums by day; and triggers that mark a day of which something changed.

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

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# {table: (columns that matter, the moment whose day changes, the payment whose refunds and disputes change with it, the
# source whose ledger entries do)}
_MARKS = {
    "payments": (
        "id, stripe_charge_id, checkout_id, membership_id, is_renewal, amount_minor, tax_minor, currency, received_at",
        ("received_at", "id", "stripe_charge_id"),
    ),
    "refunds": (
        "id, stripe_refund_id, payment_id, status, amount_minor, succeeded_at",
        ("succeeded_at", "NULL", "stripe_refund_id"),
    ),
    "disputes": (
        "id, stripe_dispute_id, payment_id, status, is_withheld, amount_minor, created_at",
        ("created_at", "NULL", "stripe_dispute_id"),
    ),
    "ledger_entries": (
        "id, source_id, type, category, amount_minor, fee_minor, net_minor, currency, created_at",
        ("created_at", "NULL", "NULL"),
    ),
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
    columns, (moment, payment, source) = _MARKS[table]
    marks = "".join(
        f" INSERT INTO changed_days (day, payment_id, source_id) SELECT date({moment}), {payment}, {source}"
        f" FROM (SELECT {', '.join(f'{row}.{name} AS {name}' for name in columns.split(', '))});"
        for row in _SEEN[write]
    )
    of = f" OF {columns}" if write == "UPDATE" else ""
    yield f"CREATE TRIGGER {table}_{write.lower()}_marks AFTER {write}{of} ON {table} BEGIN{marks} END"


def _postgresql(table: str, write: str) -> Iterator[str]:
    """A trigger of each statement, however many rows it writes; rows that stay as they were mark nothing."""
    columns, (moment, payment, source) = _MARKS[table]
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
        f" INSERT INTO changed_days (day, payment_id, source_id)"
        f" SELECT DISTINCT ({moment} AT TIME ZONE 'UTC')::date, {payment}::bigint, {source}::text"
        f" FROM ({changed}) AS changed; RETURN NULL; END $$"
    )
    yield (
        f"CREATE TRIGGER {name} AFTER {write} ON {table} REFERENCING {seen}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
    )
    yield f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"


def _tables() -> None:
    op.create_table(
        "rolled_payments",
        sa.Column("day_at", UtcDateTime(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        *(sa.Column(name, BigInt, nullable=False) for name in ("kind", "campaign_id", "plan_id", "payments")),
        *(sa.Column(name, BigInt, nullable=False) for name in ("gross_minor", "tax_minor", "refunds")),
        *(sa.Column(name, BigInt, nullable=False) for name in ("refunded_minor", "withheld_minor", "lost_minor")),
        sa.PrimaryKeyConstraint(
            "day_at", "currency", "kind", "campaign_id", "plan_id", name=op.f("pk_rolled_payments")
        ),
    )
    op.create_table(
        "rolled_entries",
        sa.Column("day_at", UtcDateTime(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("whose", BigInt, nullable=False),
        sa.Column("category", sa.String(60), nullable=False),
        *(sa.Column(name, BigInt, nullable=False) for name in ("entries", "amount_minor", "fee_minor", "net_minor")),
        sa.PrimaryKeyConstraint("day_at", "currency", "whose", "category", name=op.f("pk_rolled_entries")),
    )
    op.create_table(
        "changed_days",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("payment_id", BigInt, nullable=True),
        sa.Column("source_id", sa.String(255), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changed_days")),
    )
    op.create_index("ix_changed_days_day", "changed_days", ["day"])
    op.create_table(
        "rolled_zone",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_rolled_zone_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rolled_zone")),
    )


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table in _MARKS:
        for write in _SEEN:
            name = f"{table}_{write.lower()}_marks"
            op.execute(f"DROP TRIGGER {name}" if is_sqlite else f"DROP FUNCTION {name}() CASCADE")
    for table in ("rolled_zone", "changed_days", "rolled_entries", "rolled_payments"):
        op.drop_table(table)
