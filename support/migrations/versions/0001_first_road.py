"""First road: campaigns, checkouts, payments, memberships, access, events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from support.db import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.schema.CreateSequence(sa.Sequence("sync_numbers")))
    op.create_table(
        "api_keys",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("prefix", sa.String(length=20), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("prefix", name=op.f("uq_api_keys_prefix")),
    )
    op.create_table(
        "campaigns",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=True),
        sa.Column("ends_at", UtcDateTime(), nullable=True),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
        sa.UniqueConstraint("slug", name=op.f("uq_campaigns_slug")),
    )
    op.create_table(
        "event_claims",
        sa.Column("object_key", sa.String(length=300), nullable=False),
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.Column("leased_until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("object_key", name=op.f("pk_event_claims")),
    )
    op.create_table(
        "gate_versions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("loaded_at", UtcDateTime(), nullable=False),
        sa.Column("default_policy", sa.String(length=20), nullable=False),
        sa.CheckConstraint("default_policy IN ('open', 'members')", name=op.f("ck_gate_versions_default_policy")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_versions")),
    )
    op.create_table(
        "limit_counters",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("hits", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_limit_counters")),
    )
    with op.batch_alter_table("limit_counters", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_limit_counters_ends_at"), ["ends_at"], unique=False)

    op.create_table(
        "reading_sessions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_reading_sessions_token_hash")),
    )
    op.create_table(
        "signing_keys",
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column("encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("retired_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_signing_keys")),
    )
    op.create_table(
        "stripe_events",
        sa.Column("stripe_event_id", sa.String(length=255), nullable=False),
        sa.Column("type", sa.String(length=255), nullable=False),
        sa.Column("object_key", sa.String(length=300), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("tries", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=False),
        sa.Column("first_failed_at", sa.Double(), nullable=True),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("handled_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'handled', 'ignored', 'parked')", name=op.f("ck_stripe_events_state")),
        sa.PrimaryKeyConstraint("stripe_event_id", name=op.f("pk_stripe_events")),
    )
    with op.batch_alter_table("stripe_events", schema=None) as batch_op:
        batch_op.create_index(
            "ix_stripe_events_due",
            ["due_at"],
            unique=False,
            postgresql_where=sa.text("state = 'waiting'"),
            sqlite_where=sa.text("state = 'waiting'"),
        )
        batch_op.create_index(batch_op.f("ix_stripe_events_object_key"), ["object_key"], unique=False)

    op.create_table(
        "supporters",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("email_key", sa.String(length=320), nullable=True),
        sa.Column("locale", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supporters")),
        sa.UniqueConstraint("email_key", name=op.f("uq_supporters_email_key")),
    )
    op.create_table(
        "sync_counter",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_sync_counter_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_counter")),
    )
    op.create_table(
        "synced_objects",
        sa.Column("object_key", sa.String(length=300), nullable=False),
        sa.Column("applied_number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("object_key", name=op.f("pk_synced_objects")),
    )
    op.create_table(
        "gate_rules",
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("policy", sa.String(length=20), nullable=False),
        sa.Column("plans", sa.JSON(), nullable=False),
        sa.CheckConstraint("policy IN ('open', 'members')", name=op.f("ck_gate_rules_policy")),
        sa.ForeignKeyConstraint(["version_id"], ["gate_versions.id"], name=op.f("fk_gate_rules_version_id")),
        sa.PrimaryKeyConstraint("version_id", "position", name=op.f("pk_gate_rules")),
    )
    op.create_table(
        "pass_codes",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("reading_session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("code_challenge", sa.String(length=43), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["reading_session_id"], ["reading_sessions.id"], name=op.f("fk_pass_codes_reading_session_id")
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_pass_codes")),
    )
    with op.batch_alter_table("pass_codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pass_codes_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "pass_renewals",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("reading_session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["reading_session_id"], ["reading_sessions.id"], name=op.f("fk_pass_renewals_reading_session_id")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_pass_renewals")),
    )
    with op.batch_alter_table("pass_renewals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pass_renewals_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_pass_renewals_reading_session_id"), ["reading_session_id"], unique=False)

    op.create_table(
        "plans",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("interval", sa.String(length=10), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("opens_months", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("interval IN ('once', 'month', 'year')", name=op.f("ck_plans_interval")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_plans_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
        sa.UniqueConstraint("campaign_id", "slug", name=op.f("uq_plans_campaign_id_slug")),
    )
    op.create_table(
        "stripe_customers",
        sa.Column("stripe_customer_id", sa.String(length=255), nullable=False),
        sa.Column("supporter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["supporter_id"], ["supporters.id"], name=op.f("fk_stripe_customers_supporter_id")),
        sa.PrimaryKeyConstraint("stripe_customer_id", name=op.f("pk_stripe_customers")),
    )
    with op.batch_alter_table("stripe_customers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stripe_customers_supporter_id"), ["supporter_id"], unique=False)

    op.create_table(
        "checkouts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("interval", sa.String(length=10), nullable=False),
        sa.Column("amount_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("opens_from_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("opens_months", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("article", sa.Text(), nullable=True),
        sa.Column("return_to", sa.Text(), nullable=True),
        sa.Column("locale", sa.String(length=20), nullable=False),
        sa.Column("attempt_key", sa.String(length=64), nullable=True),
        sa.Column("stripe_attempt", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("request_params", sa.JSON(), nullable=False),
        sa.Column("stripe_session_id", sa.String(length=255), nullable=True),
        sa.Column("stripe_url", sa.Text(), nullable=True),
        sa.Column("supporter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("synced_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("interval IN ('once', 'month', 'year')", name=op.f("ck_checkouts_interval")),
        sa.CheckConstraint(
            "state IN ('starting', 'open', 'processing', 'paid', 'failed', 'expired', 'refused')",
            name=op.f("ck_checkouts_state"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_checkouts_amount")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_checkouts_campaign_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_checkouts_plan_id")),
        sa.ForeignKeyConstraint(["supporter_id"], ["supporters.id"], name=op.f("fk_checkouts_supporter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkouts")),
        sa.UniqueConstraint("attempt_key", name=op.f("uq_checkouts_attempt_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_checkouts_public_id")),
        sa.UniqueConstraint("stripe_session_id", name=op.f("uq_checkouts_stripe_session_id")),
    )
    with op.batch_alter_table("checkouts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_checkouts_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_checkouts_supporter_id"), ["supporter_id"], unique=False)

    op.create_table(
        "plan_terms",
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("fixed_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("minimum_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("maximum_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("suggested_minor", sa.JSON(), nullable=False),
        sa.Column("opens_from_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("fixed_minor IS NULL OR fixed_minor > 0", name=op.f("ck_plan_terms_fixed")),
        sa.CheckConstraint("minimum_minor > 0 AND minimum_minor <= maximum_minor", name=op.f("ck_plan_terms_bounds")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_plan_terms_plan_id")),
        sa.PrimaryKeyConstraint("plan_id", "currency", name=op.f("pk_plan_terms")),
    )
    op.create_table(
        "memberships",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stripe_subscription_id", sa.String(length=255), nullable=False),
        sa.Column("status", sa.String(length=30), nullable=False),
        sa.Column("checkout_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("supporter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("plan_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("amount_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["checkout_id"], ["checkouts.id"], name=op.f("fk_memberships_checkout_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_memberships_plan_id")),
        sa.ForeignKeyConstraint(["supporter_id"], ["supporters.id"], name=op.f("fk_memberships_supporter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        sa.UniqueConstraint("stripe_subscription_id", name=op.f("uq_memberships_stripe_subscription_id")),
    )
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_memberships_checkout_id"), ["checkout_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_memberships_supporter_id"), ["supporter_id"], unique=False)

    op.create_table(
        "reading_session_checkouts",
        sa.Column("reading_session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("checkout_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["checkout_id"], ["checkouts.id"], name=op.f("fk_reading_session_checkouts_checkout_id")
        ),
        sa.ForeignKeyConstraint(
            ["reading_session_id"],
            ["reading_sessions.id"],
            name=op.f("fk_reading_session_checkouts_reading_session_id"),
        ),
        sa.PrimaryKeyConstraint("reading_session_id", "checkout_id", name=op.f("pk_reading_session_checkouts")),
    )
    op.create_table(
        "paid_periods",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stripe_invoice_id", sa.String(length=255), nullable=False),
        sa.Column("membership_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("starts_at <= ends_at", name=op.f("ck_paid_periods_order")),
        sa.ForeignKeyConstraint(["membership_id"], ["memberships.id"], name=op.f("fk_paid_periods_membership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paid_periods")),
        sa.UniqueConstraint("stripe_invoice_id", name=op.f("uq_paid_periods_stripe_invoice_id")),
    )
    with op.batch_alter_table("paid_periods", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_paid_periods_membership_id"), ["membership_id"], unique=False)

    op.create_table(
        "payments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stripe_payment_intent_id", sa.String(length=255), nullable=False),
        sa.Column("stripe_charge_id", sa.String(length=255), nullable=True),
        sa.Column("checkout_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("membership_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("supporter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("amount_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payments_amount")),
        sa.ForeignKeyConstraint(["checkout_id"], ["checkouts.id"], name=op.f("fk_payments_checkout_id")),
        sa.ForeignKeyConstraint(["membership_id"], ["memberships.id"], name=op.f("fk_payments_membership_id")),
        sa.ForeignKeyConstraint(["supporter_id"], ["supporters.id"], name=op.f("fk_payments_supporter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("stripe_charge_id", name=op.f("uq_payments_stripe_charge_id")),
        sa.UniqueConstraint("stripe_payment_intent_id", name=op.f("uq_payments_stripe_payment_intent_id")),
    )
    with op.batch_alter_table("payments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_payments_checkout_id"), ["checkout_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_payments_membership_id"), ["membership_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_payments_received_at"), ["received_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_payments_supporter_id"), ["supporter_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("payments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_payments_supporter_id"))
        batch_op.drop_index(batch_op.f("ix_payments_received_at"))
        batch_op.drop_index(batch_op.f("ix_payments_membership_id"))
        batch_op.drop_index(batch_op.f("ix_payments_checkout_id"))

    op.drop_table("payments")
    with op.batch_alter_table("paid_periods", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_paid_periods_membership_id"))

    op.drop_table("paid_periods")
    op.drop_table("reading_session_checkouts")
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_memberships_supporter_id"))
        batch_op.drop_index(batch_op.f("ix_memberships_checkout_id"))

    op.drop_table("memberships")
    op.drop_table("plan_terms")
    with op.batch_alter_table("checkouts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_checkouts_supporter_id"))
        batch_op.drop_index(batch_op.f("ix_checkouts_created_at"))

    op.drop_table("checkouts")
    with op.batch_alter_table("stripe_customers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stripe_customers_supporter_id"))

    op.drop_table("stripe_customers")
    op.drop_table("plans")
    with op.batch_alter_table("pass_renewals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pass_renewals_reading_session_id"))
        batch_op.drop_index(batch_op.f("ix_pass_renewals_expires_at"))

    op.drop_table("pass_renewals")
    with op.batch_alter_table("pass_codes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pass_codes_expires_at"))

    op.drop_table("pass_codes")
    op.drop_table("gate_rules")
    op.drop_table("synced_objects")
    op.drop_table("sync_counter")
    op.drop_table("supporters")
    with op.batch_alter_table("stripe_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stripe_events_object_key"))
        batch_op.drop_index(
            "ix_stripe_events_due",
            postgresql_where=sa.text("state = 'waiting'"),
            sqlite_where=sa.text("state = 'waiting'"),
        )

    op.drop_table("stripe_events")
    op.drop_table("signing_keys")
    op.drop_table("reading_sessions")
    with op.batch_alter_table("limit_counters", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_limit_counters_ends_at"))

    op.drop_table("limit_counters")
    op.drop_table("gate_versions")
    op.drop_table("event_claims")
    op.drop_table("campaigns")
    op.drop_table("api_keys")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.schema.DropSequence(sa.Sequence("sync_numbers")))
