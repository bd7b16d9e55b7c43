"""Keep and forget: raw events that have had their time are found without a look at all others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None

_HAS_BODY = sa.text("body IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_stripe_events_bodies",
        "stripe_events",
        ["received_at"],
        postgresql_where=_HAS_BODY,
        sqlite_where=_HAS_BODY,
    )


def downgrade() -> None:
    op.drop_index("ix_stripe_events_bodies", "stripe_events")
