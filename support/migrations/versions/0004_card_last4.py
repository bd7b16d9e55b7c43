"""What mails say: the last digits of a membership's card, and when a refund succeeded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from support.db import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.add_column(sa.Column("card_last4", sa.String(length=4), nullable=True))

    with op.batch_alter_table("refunds", schema=None) as batch_op:
        batch_op.add_column(sa.Column("succeeded_at", UtcDateTime(), nullable=True))
    op.execute(sa.text("UPDATE refunds SET succeeded_at = created_at WHERE status = 'succeeded'"))


def downgrade() -> None:
    with op.batch_alter_table("refunds", schema=None) as batch_op:
        batch_op.drop_column("succeeded_at")

    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.drop_column("card_last4")
