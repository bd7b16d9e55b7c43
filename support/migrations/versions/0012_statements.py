"""Annual statements: what was issued stays as it was, under numbers without a gap."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from support.db import BigInt, UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# What may change of a statement: see support/finance/statements/models.py. A later migration that makes one of these
# tables anew (batch mode on SQLite) makes its triggers anew, too.
_COPIES = ("statement_lines", "statement_totals")
_FIXED = (
    "id, public_id, fiscal_year, number, first_month, newsroom_name, newsroom_legal, newsroom_contact, issued_at, "
    "replaces_id"
)
_NEW, _OLD = (", ".join(f"{row}.{name}" for name in _FIXED.split(", ")) for row in ("NEW", "OLD"))
_REFUSED = "statements are issued once"
_CHANGES = """
    (OLD.voided_at IS NOT NULL AND (NEW.voided_at IS NULL OR NEW.voided_at <> OLD.voided_at))
    OR (OLD.void_reason IS NOT NULL AND NEW.void_reason NOT IN (OLD.void_reason, 'erased'))
"""


# INSERT OR REPLACE deletes without firing a trigger for that.
_SAME = (
    (
        "statements",
        """id = NEW.id OR public_id = NEW.public_id OR replaces_id = NEW.replaces_id
        OR (fiscal_year, number) = (NEW.fiscal_year, NEW.number)""",
    ),
    ("statement_lines", "(statement_id, position) = (NEW.statement_id, NEW.position)"),
    ("statement_totals", "(statement_id, currency) = (NEW.statement_id, NEW.currency)"),
)


def _sqlite() -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"
    return [
        *(f"CREATE TRIGGER {table}_stay BEFORE DELETE ON {table} {refuse}" for table in ("statements", *_COPIES)),
        *(
            f"""CREATE TRIGGER {table}_are_new BEFORE INSERT ON {table}
            WHEN EXISTS (SELECT 1 FROM {table} WHERE {is_same}) {refuse}"""  # noqa: S608  # the texts above
            for table, is_same in _SAME
        ),
        *(f"CREATE TRIGGER {table}_are_kept BEFORE UPDATE ON {table} {refuse}" for table in _COPIES),
        f"""CREATE TRIGGER statements_are_kept BEFORE UPDATE ON statements
        WHEN ({_NEW}) IS NOT ({_OLD}) OR {_CHANGES} {refuse}""",
    ]


def _postgresql() -> list[str]:
    refuse = "EXECUTE FUNCTION refuse_statement_change()"
    return [
        f"""CREATE FUNCTION refuse_statement_change() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{_REFUSED}' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
        *(
            f"CREATE TRIGGER {table}_stay BEFORE DELETE OR TRUNCATE ON {table} FOR EACH STATEMENT {refuse}"
            for table in ("statements", *_COPIES)
        ),
        *(f"CREATE TRIGGER {table}_are_kept BEFORE UPDATE ON {table} FOR EACH ROW {refuse}" for table in _COPIES),
        f"""CREATE TRIGGER statements_are_kept BEFORE UPDATE ON statements FOR EACH ROW
        WHEN (({_NEW}) IS DISTINCT FROM ({_OLD}) OR {_CHANGES}) {refuse}""",
    ]


def upgrade() -> None:
    op.create_table(
        "statement_counters",
        sa.Column("fiscal_year", BigInt, autoincrement=False, nullable=False),
        sa.Column("last_number", BigInt, nullable=False),
        sa.PrimaryKeyConstraint("fiscal_year", name=op.f("pk_statement_counters")),
    )
    op.create_table(
        "statements",
        sa.Column("id", BigInt, nullable=False),
        sa.Column("public_id", sa.String(length=40), nullable=False),
        sa.Column("fiscal_year", BigInt, nullable=False),
        sa.Column("number", BigInt, nullable=False),
        sa.Column("first_month", BigInt, nullable=False),
        sa.Column("supporter_id", BigInt, nullable=False),
        sa.Column("newsroom_name", sa.Text(), nullable=False),
        sa.Column("newsroom_legal", sa.Text(), nullable=False),
        sa.Column("newsroom_contact", sa.Text(), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("voided_at", UtcDateTime(), nullable=True),
        sa.Column("void_reason", sa.Text(), nullable=True),
        sa.Column("replaces_id", BigInt, nullable=True),
        sa.CheckConstraint("number > 0", name=op.f("ck_statements_number")),
        sa.CheckConstraint("first_month BETWEEN 1 AND 12", name=op.f("ck_statements_first_month")),
        sa.CheckConstraint("(voided_at IS NULL) = (void_reason IS NULL)", name=op.f("ck_statements_void")),
        sa.ForeignKeyConstraint(
            ["fiscal_year"], ["statement_counters.fiscal_year"], name=op.f("fk_statements_fiscal_year")
        ),
        sa.ForeignKeyConstraint(["replaces_id"], ["statements.id"], name=op.f("fk_statements_replaces_id")),
        sa.ForeignKeyConstraint(["supporter_id"], ["supporters.id"], name=op.f("fk_statements_supporter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statements")),
        sa.UniqueConstraint("fiscal_year", "number", name=op.f("uq_statements_fiscal_year_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_statements_public_id")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_statements_replaces_id")),
    )
    counts = sa.text("voided_at IS NULL")
    op.create_index(
        "uq_statements_one_counts",
        "statements",
        ["supporter_id", "fiscal_year", "first_month"],
        unique=True,
        sqlite_where=counts,
        postgresql_where=counts,
    )
    op.create_index("ix_statements_issued_at_id", "statements", ["issued_at", "id"])
    op.create_index("ix_statements_fiscal_year_issued_at_id", "statements", ["fiscal_year", "issued_at", "id"])
    op.create_index("ix_statements_supporter_id", "statements", ["supporter_id"])
    op.create_table(
        "statement_lines",
        sa.Column("statement_id", BigInt, autoincrement=False, nullable=False),
        sa.Column("position", BigInt, autoincrement=False, nullable=False),
        sa.Column("payment_id", BigInt, nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("receipt_number", sa.String(length=40), nullable=False),
        sa.Column("plan_names", sa.JSON(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", BigInt, nullable=False),
        sa.Column("tax_minor", BigInt, nullable=False),
        sa.Column("refunded_minor", BigInt, nullable=False),
        sa.Column("withheld_minor", BigInt, nullable=False),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_statement_lines_payment_id")),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_statement_lines_statement_id")),
        sa.PrimaryKeyConstraint("statement_id", "position", name=op.f("pk_statement_lines")),
    )
    op.create_index("ix_statement_lines_payment_id", "statement_lines", ["payment_id"])
    op.create_table(
        "statement_totals",
        sa.Column("statement_id", BigInt, autoincrement=False, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("paid_minor", BigInt, nullable=False),
        sa.Column("refunded_minor", BigInt, nullable=False),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_statement_totals_statement_id")),
        sa.PrimaryKeyConstraint("statement_id", "currency", name=op.f("pk_statement_totals")),
    )
    for statement in _sqlite() if op.get_bind().dialect.name == "sqlite" else _postgresql():
        op.execute(statement)


def downgrade() -> None:
    for table in ("statement_totals", "statement_lines", "statements", "statement_counters"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_statement_change()")
