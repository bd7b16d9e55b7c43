"""Reconcile, import and alarms: what was applied, whose products are imported, how the inbox stands."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from support.db import UtcDateTime

revision = "0006"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "imported_products",
        sa.Column("stripe_product_id", sa.String(length=255), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_imported_products_campaign_id")),
        sa.PrimaryKeyConstraint("stripe_product_id", name=op.f("pk_imported_products")),
    )
    with op.batch_alter_table("synced_objects", schema=None) as batch_op:
        batch_op.add_column(sa.Column("fingerprint", sa.String(length=32), server_default="", nullable=False))
    with op.batch_alter_table("checkouts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("adopted_at", UtcDateTime(), nullable=True))
    with op.batch_alter_table("stripe_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stripe_events_received_at"), ["received_at"], unique=False)
        batch_op.create_index(
            "ix_stripe_events_parked",
            ["state"],
            unique=False,
            postgresql_where=sa.text("state = 'parked'"),
            sqlite_where=sa.text("state = 'parked'"),
        )


def downgrade() -> None:
    with op.batch_alter_table("stripe_events", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_stripe_events_parked",
            postgresql_where=sa.text("state = 'parked'"),
            sqlite_where=sa.text("state = 'parked'"),
        )
        batch_op.drop_index(batch_op.f("ix_stripe_events_received_at"))
    with op.batch_alter_table("checkouts", schema=None) as batch_op:
        batch_op.drop_column("adopted_at")
    with op.batch_alter_table("synced_objects", schema=None) as batch_op:
        batch_op.drop_column("fingerprint")
    op.drop_table("imported_products")
