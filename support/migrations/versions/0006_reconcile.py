"""Reconcile and import: fingerprints of what was applied, products that are imported, checkouts that are adopted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from support.db import UtcDateTime

revision = "0006"
down_revision = "0003"
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


def downgrade() -> None:
    with op.batch_alter_table("checkouts", schema=None) as batch_op:
        batch_op.drop_column("adopted_at")
    with op.batch_alter_table("synced_objects", schema=None) as batch_op:
        batch_op.drop_column("fingerprint")
    op.drop_table("imported_products")
