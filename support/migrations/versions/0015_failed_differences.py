"""What reconcile could not read or apply is on record with what differed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _admit("differed", "waiting", "failed")


def downgrade() -> None:
    op.execute("DELETE FROM reconcile_differences WHERE word = 'failed'")
    _admit("differed", "waiting")


def _admit(*words: str) -> None:
    name = op.f("ck_reconcile_differences_word")
    with op.batch_alter_table("reconcile_differences", schema=None) as table:
        table.drop_constraint(name, type_="check")
        table.create_check_constraint(name, sa.column("word").in_(words))
