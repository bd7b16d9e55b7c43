"""What a paid period costs, by its invoice; when a membership was canceled; supporters in the order of their lists.

Of older rows only the membership's amount, and when it ended, are known until the next sync.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from support.db import BigInt, UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("paid_periods", schema=None) as batch_op:
        batch_op.add_column(sa.Column("amount_minor", BigInt, nullable=True))
        batch_op.add_column(sa.Column("currency", sa.String(length=3), nullable=True))
    op.execute(
        "UPDATE paid_periods SET"
        " amount_minor = (SELECT m.amount_minor FROM memberships m WHERE m.id = paid_periods.membership_id),"
        " currency = (SELECT m.currency FROM memberships m WHERE m.id = paid_periods.membership_id)"
    )
    with op.batch_alter_table("paid_periods", schema=None) as batch_op:
        batch_op.alter_column("amount_minor", existing_type=BigInt, nullable=False)
        batch_op.alter_column("currency", existing_type=sa.String(length=3), nullable=False)
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.add_column(sa.Column("canceled_at", UtcDateTime(), nullable=True))
    op.execute("UPDATE memberships SET canceled_at = ended_at")
    op.create_index("ix_supporters_created_at_id", "supporters", ["created_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_supporters_created_at_id", "supporters")
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.drop_column("canceled_at")
    with op.batch_alter_table("paid_periods", schema=None) as batch_op:
        batch_op.drop_column("currency")
        batch_op.drop_column("amount_minor")
