"""What reports need: where a payment came from, whether it renewed, which failed one was recovered; lists in order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# Without its invoice's word for it: the earliest payment of a membership began it.
_RENEWALS = sa.text(
    """UPDATE payments SET is_renewal = true WHERE EXISTS (
        SELECT 1 FROM payments AS earlier WHERE earlier.membership_id = payments.membership_id
        AND (earlier.received_at, earlier.id) < (payments.received_at, payments.id)
    )"""
)


def upgrade() -> None:
    with op.batch_alter_table("payments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("country", sa.String(length=2), nullable=True))
        batch_op.add_column(sa.Column("is_renewal", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.drop_index(batch_op.f("ix_payments_received_at"))
        batch_op.create_index("ix_payments_received_at_id", ["received_at", "id"], unique=False)
    op.execute(_RENEWALS)
    with op.batch_alter_table("failed_payments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("stripe_payment_intent_id", sa.String(length=255), nullable=True))
        batch_op.add_column(sa.Column("country", sa.String(length=2), nullable=True))
        batch_op.create_index(batch_op.f("ix_failed_payments_stripe_payment_intent_id"), ["stripe_payment_intent_id"])
    with op.batch_alter_table("refunds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refunds_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_refunds_succeeded_at"), ["succeeded_at"], unique=False)
    with op.batch_alter_table("disputes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_disputes_created_at"), ["created_at"], unique=False)
    with op.batch_alter_table("ledger_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ledger_entries_created_at"))
        batch_op.create_index("ix_ledger_entries_created_at_id", ["created_at", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("ledger_entries", schema=None) as batch_op:
        batch_op.drop_index("ix_ledger_entries_created_at_id")
        batch_op.create_index(batch_op.f("ix_ledger_entries_created_at"), ["created_at"], unique=False)
    with op.batch_alter_table("disputes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_disputes_created_at"))
    with op.batch_alter_table("refunds", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_refunds_succeeded_at"))
        batch_op.drop_index(batch_op.f("ix_refunds_created_at"))
    with op.batch_alter_table("failed_payments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_failed_payments_stripe_payment_intent_id"))
        batch_op.drop_column("country")
        batch_op.drop_column("stripe_payment_intent_id")
    with op.batch_alter_table("payments", schema=None) as batch_op:
        batch_op.drop_index("ix_payments_received_at_id")
        batch_op.create_index(batch_op.f("ix_payments_received_at"), ["received_at"], unique=False)
        batch_op.drop_column("is_renewal")
        batch_op.drop_column("country")
