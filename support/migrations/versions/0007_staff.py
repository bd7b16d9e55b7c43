"""Staff: members, recovery codes, sign-ins, invitations; and the audit, to which lines are only added."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from support.db import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# A text may become 'erased'; everything else of a line stays as it was written. A later migration that makes this table
# anew (batch mode on SQLite) makes its triggers anew, too.
_SQLITE = (
    """
    CREATE TRIGGER audit_lines_stay BEFORE DELETE ON audit_lines
    BEGIN SELECT RAISE(ABORT, 'audit lines are only added'); END
    """,
    # INSERT OR REPLACE deletes without firing the trigger above.
    """
    CREATE TRIGGER audit_lines_are_new BEFORE INSERT ON audit_lines
    WHEN EXISTS (SELECT 1 FROM audit_lines WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'audit lines are only added'); END
    """,
    """
    CREATE TRIGGER audit_lines_are_kept BEFORE UPDATE ON audit_lines
    WHEN (NEW.id, NEW.at, NEW.staff_id, NEW.who, NEW.action) IS NOT (OLD.id, OLD.at, OLD.staff_id, OLD.who, OLD.action)
        OR NEW.about NOT IN (OLD.about, 'erased') OR NEW.detail NOT IN (OLD.detail, 'erased')
    BEGIN SELECT RAISE(ABORT, 'audit lines are only added'); END
    """,
)
_POSTGRESQL = (
    """
    CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'audit lines are only added' USING ERRCODE = 'integrity_constraint_violation'; END $$
    """,
    """
    CREATE TRIGGER audit_lines_stay BEFORE DELETE OR TRUNCATE ON audit_lines
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()
    """,
    """
    CREATE TRIGGER audit_lines_are_kept BEFORE UPDATE ON audit_lines FOR EACH ROW
    WHEN (
        (NEW.id, NEW.at, NEW.staff_id, NEW.who, NEW.action)
            IS DISTINCT FROM (OLD.id, OLD.at, OLD.staff_id, OLD.who, OLD.action)
        OR NEW.about NOT IN (OLD.about, 'erased') OR NEW.detail NOT IN (OLD.detail, 'erased')
    )
    EXECUTE FUNCTION refuse_audit_change()
    """,
)


def upgrade() -> None:
    op.create_table(
        "staff_members",
        sa.Column("id", _ID, nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("email_key", sa.String(length=320), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("totp_secret", sa.LargeBinary(), nullable=True),
        sa.Column("totp_step", _ID, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("disabled_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("role IN ('finance', 'editor', 'admin')", name=op.f("ck_staff_members_role")),
        sa.CheckConstraint("(password_hash IS NULL) = (totp_secret IS NULL)", name=op.f("ck_staff_members_two_proofs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_members")),
        sa.UniqueConstraint("email_key", name=op.f("uq_staff_members_email_key")),
    )
    op.create_table(
        "staff_recovery_codes",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("staff_id", _ID, nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_members.id"], name=op.f("fk_staff_recovery_codes_staff_id")),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_staff_recovery_codes")),
    )
    op.create_table(
        "staff_sign_ins",
        sa.Column("id", _ID, nullable=False),
        sa.Column("staff_id", _ID, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("password_at", UtcDateTime(), nullable=False),
        sa.Column("totp_at", UtcDateTime(), nullable=True),
        sa.Column("code_tries", _ID, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("network", sa.String(length=60), nullable=False),
        sa.Column("browser", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_members.id"], name=op.f("fk_staff_sign_ins_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_sign_ins")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_sign_ins_token_hash")),
    )
    op.create_table(
        "staff_invitations",
        sa.Column("id", _ID, nullable=False),
        sa.Column("staff_id", _ID, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("joined_at", UtcDateTime(), nullable=True),
        sa.Column("browser_hash", sa.String(length=64), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("totp_secret", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_members.id"], name=op.f("fk_staff_invitations_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_invitations")),
        sa.UniqueConstraint("browser_hash", name=op.f("uq_staff_invitations_browser_hash")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_invitations_token_hash")),
    )
    op.create_table(
        "audit_lines",
        sa.Column("id", _ID, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("staff_id", _ID, nullable=True),
        sa.Column("who", sa.String(length=320), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=400), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_members.id"], name=op.f("fk_audit_lines_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_lines")),
    )
    for table, column in (
        ("staff_recovery_codes", "staff_id"),
        ("staff_sign_ins", "staff_id"),
        ("staff_invitations", "staff_id"),
        ("audit_lines", "staff_id"),
        ("audit_lines", "about"),
    ):
        op.create_index(f"ix_{table}_{column}", table, [column])
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("audit_lines")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_audit_change()")
    for table in ("staff_invitations", "staff_sign_ins", "staff_recovery_codes", "staff_members"):
        op.drop_table(table)
