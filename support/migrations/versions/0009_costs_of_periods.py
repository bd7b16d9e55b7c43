"""What a paid period costs, by its invoice. Of older rows only the membership's amount is known until the next sync."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from support.db import BigInt

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


def downgrade() -> None:
    with op.batch_alter_table("paid_periods", schema=None) as batch_op:
        batch_op.drop_column("currency")
        batch_op.drop_column("amount_minor")
