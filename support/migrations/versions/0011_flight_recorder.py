"""The flight recorder: tries one by one, how an event came, its lists by time; what reconcile found, run by run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from support.db import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_PLACE = ["received_at", "stripe_event_id"]


_PARKED = sa.text("state = 'parked'")
_IGNORED = sa.text("state = 'ignored'")


def upgrade() -> None:
    op.add_column("stripe_events", sa.Column("is_backfilled", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.drop_index("ix_stripe_events_received_at", "stripe_events")
    op.drop_index("ix_stripe_events_parked", "stripe_events")
    op.create_index("ix_stripe_events_received_at_stripe_event_id", "stripe_events", _PLACE)
    op.create_index("ix_stripe_events_type_received_at_stripe_event_id", "stripe_events", ["type", *_PLACE])
    _index_some("ix_stripe_events_parked", _PLACE, _PARKED)
    _index_some("ix_stripe_events_ignored", _PLACE, _IGNORED)
    op.create_table(
        "event_tries",
        sa.Column("id", _ID, nullable=False),
        sa.Column("stripe_event_id", sa.String(length=255), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('waiting', 'handled', 'ignored', 'parked')", name=op.f("ck_event_tries_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["stripe_event_id"], ["stripe_events.stripe_event_id"], name=op.f("fk_event_tries_stripe_event_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_tries")),
    )
    op.create_index("ix_event_tries_stripe_event_id", "event_tries", ["stripe_event_id"])
    op.create_index("ix_event_tries_ended_at_outcome", "event_tries", ["ended_at", "outcome"])
    op.create_table(
        "reconcile_runs",
        sa.Column("id", _ID, nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconcile_runs")),
    )
    op.create_index("ix_reconcile_runs_started_at", "reconcile_runs", ["started_at"])
    op.create_table(
        "reconcile_differences",
        sa.Column("id", _ID, nullable=False),
        sa.Column("run_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("stripe_id", sa.String(length=255), nullable=False),
        sa.Column("word", sa.String(length=10), nullable=False),
        sa.CheckConstraint("word IN ('differed', 'waiting')", name=op.f("ck_reconcile_differences_word")),
        sa.ForeignKeyConstraint(["run_id"], ["reconcile_runs.id"], name=op.f("fk_reconcile_differences_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconcile_differences")),
    )
    op.create_index("ix_reconcile_differences_run_id_id", "reconcile_differences", ["run_id", "id"])


def downgrade() -> None:
    op.drop_table("reconcile_differences")
    op.drop_table("reconcile_runs")
    op.drop_table("event_tries")
    op.drop_index("ix_stripe_events_ignored", "stripe_events")
    op.drop_index("ix_stripe_events_parked", "stripe_events")
    op.drop_index("ix_stripe_events_type_received_at_stripe_event_id", "stripe_events")
    op.drop_index("ix_stripe_events_received_at_stripe_event_id", "stripe_events")
    _index_some("ix_stripe_events_parked", ["state"], _PARKED)
    op.create_index("ix_stripe_events_received_at", "stripe_events", ["received_at"])
    with op.batch_alter_table("stripe_events", schema=None) as batch_op:
        batch_op.drop_column("is_backfilled")


def _index_some(name: str, columns: list[str], which: sa.TextClause) -> None:
    op.create_index(name, "stripe_events", columns, postgresql_where=which, sqlite_where=which)
