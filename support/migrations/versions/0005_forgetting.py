"""Keep and forget: tombstones, checkouts whose reader was erased, raw events that are found by their age."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from support.db import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_HAS_BODY = sa.text("body IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "erased_customers",
        sa.Column("stripe_customer_id", sa.String(length=255), nullable=False),
        sa.Column("erased_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("stripe_customer_id", name=op.f("pk_erased_customers")),
    )
    with op.batch_alter_table("checkouts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("forgotten_at", UtcDateTime(), nullable=True))

    op.create_index(
        "ix_stripe_events_bodies",
        "stripe_events",
        ["received_at"],
        postgresql_where=_HAS_BODY,
        sqlite_where=_HAS_BODY,
    )


def downgrade() -> None:
    op.drop_index("ix_stripe_events_bodies", "stripe_events")
    with op.batch_alter_table("checkouts", schema=None) as batch_op:
        batch_op.drop_column("forgotten_at")

    op.drop_table("erased_customers")
