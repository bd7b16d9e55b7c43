"""What staff do: refunds that they ask for, grants, notes, supporters who are one person, pages that were used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from support.db import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "used_pages",
        sa.Column("attempt", sa.String(length=64), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("attempt", name=op.f("pk_used_pages")),
    )
    op.create_index("ix_used_pages_used_at", "used_pages", ["used_at"])
    op.create_table(
        "supporter_notes",
        sa.Column("id", _ID, nullable=False),
        sa.Column("supporter_id", _ID, nullable=False),
        sa.Column("staff_id", _ID, nullable=False),
        sa.Column("who", sa.String(length=320), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_members.id"], name=op.f("fk_supporter_notes_staff_id")),
        sa.ForeignKeyConstraint(["supporter_id"], ["supporters.id"], name=op.f("fk_supporter_notes_supporter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supporter_notes")),
    )
    op.create_index("ix_supporter_notes_supporter_id", "supporter_notes", ["supporter_id"])
    op.create_table(
        "grants",
        sa.Column("id", _ID, nullable=False),
        sa.Column("supporter_id", _ID, nullable=False),
        sa.Column("plan_id", _ID, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("granted_by_id", _ID, nullable=False),
        sa.Column("granted_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["granted_by_id"], ["staff_members.id"], name=op.f("fk_grants_granted_by_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_grants_plan_id")),
        sa.ForeignKeyConstraint(["supporter_id"], ["supporters.id"], name=op.f("fk_grants_supporter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
    )
    op.create_index("ix_grants_supporter_id", "grants", ["supporter_id"])
    op.create_table(
        "refund_requests",
        sa.Column("id", _ID, nullable=False),
        sa.Column("public_id", sa.String(length=64), nullable=False),
        sa.Column("payment_id", _ID, nullable=False),
        sa.Column("stripe_payment_id", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("amount_minor", _ID, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.String(length=30), nullable=False),
        sa.Column("requested_by_id", _ID, nullable=False),
        sa.Column("requested_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by_id", _ID, nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("stripe_attempt", _ID, nullable=False),
        sa.Column("attempted_at", UtcDateTime(), nullable=True),
        sa.Column("stripe_refund_id", sa.String(length=255), nullable=True),
        sa.Column("refusal", sa.String(length=100), nullable=False),
        sa.CheckConstraint(
            "state IN ('requested', 'approved', 'sent', 'refused', 'rejected')", name=op.f("ck_refund_requests_state")
        ),
        sa.CheckConstraint(
            "reason IN ('requested_by_customer', 'duplicate', 'fraudulent')", name=op.f("ck_refund_requests_reason")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_refund_requests_amount")),
        sa.CheckConstraint(
            "state = 'rejected' OR decided_by_id IS NULL OR decided_by_id <> requested_by_id",
            name=op.f("ck_refund_requests_second_person"),
        ),
        sa.ForeignKeyConstraint(["decided_by_id"], ["staff_members.id"], name=op.f("fk_refund_requests_decided_by_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_refund_requests_payment_id")),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["staff_members.id"], name=op.f("fk_refund_requests_requested_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_requests")),
        sa.UniqueConstraint("public_id", name=op.f("uq_refund_requests_public_id")),
        sa.UniqueConstraint("stripe_refund_id", name=op.f("uq_refund_requests_stripe_refund_id")),
    )
    for column in ("payment_id", "state"):
        op.create_index(f"ix_refund_requests_{column}", "refund_requests", [column])
    with op.batch_alter_table("supporters", schema=None) as batch_op:
        batch_op.add_column(sa.Column("merged_into_id", _ID, nullable=True))
        batch_op.create_foreign_key(op.f("fk_supporters_merged_into_id"), "supporters", ["merged_into_id"], ["id"])
        batch_op.create_index("ix_supporters_merged_into_id", ["merged_into_id"])


def downgrade() -> None:
    with op.batch_alter_table("supporters", schema=None) as batch_op:
        batch_op.drop_index("ix_supporters_merged_into_id")
        batch_op.drop_constraint(op.f("fk_supporters_merged_into_id"), type_="foreignkey")
        batch_op.drop_column("merged_into_id")
    for table in ("refund_requests", "grants", "supporter_notes", "used_pages"):
        op.drop_table(table)
