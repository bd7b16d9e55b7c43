"""Three years of a newsroom's books, in a few statements: what reports are measured over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.db import Base
from tests.support.finance.writing import filling

if TYPE_CHECKING:
    import psycopg

    from support.db import Database

_AT_ONCE = 5_000
# Eighteen renewals of each membership, and two donations for each; every fiftieth payment went back.
_PER_MEMBERSHIP = 20
_FILL = """
INSERT INTO campaigns (id, slug, position, is_active, texts)
SELECT 1000 + n, 'c' || n, 100 + n, true, '{{}}' FROM generate_series(0, 3) n;
INSERT INTO plans (id, campaign_id, slug, position, is_active, interval, names)
SELECT 1000 + n, 1000 + n % 4, 'p' || n, n, true, 'month', '{{}}' FROM generate_series(0, 11) n;
INSERT INTO supporters (id, email, email_key, locale, created_at)
SELECT n, n || '@example.com', n || '@example.com', 'en', '2023-01-01Z' FROM generate_series(1, {memberships}) n;
INSERT INTO checkouts (id, public_id, state, campaign_id, plan_id, interval, amount_minor, currency, article, locale,
                       stripe_attempt, request_params, supporter_id, created_at, expires_at)
SELECT n, 'co_' || n, 'paid', 1000 + n % 4, 1000 + n % 12, 'month', 500 + n % 1000, (ARRAY['EUR', 'USD'])[1 + n % 2],
       'http://localhost:8000/' || n % 200, 'en', 1, '{{}}', n, '2023-01-01Z', '2023-01-02Z'
FROM generate_series(1, {memberships}) n;
INSERT INTO memberships (id, stripe_subscription_id, status, checkout_id, supporter_id, plan_id, amount_minor, currency,
                         is_paused, created_at, ends_at, ended_at)
SELECT id, 'sub_' || id, 'canceled', id, id, plan_id, amount_minor, currency, false, created_at, ends_at, ends_at
FROM (SELECT *, '2023-01-01Z'::timestamptz + interval '18 months' + id % 19 * interval '1 month'
                + id % 40000 * interval '1 minute' AS ends_at FROM checkouts WHERE public_id LIKE 'co\\_%') its;
INSERT INTO paid_periods (stripe_invoice_id, membership_id, starts_at, ends_at, amount_minor, currency)
SELECT 'in_' || id || '_' || n, id, ends_at - months * interval '1 month', ends_at - (months - 1) * interval '1 month',
       amount_minor + CASE WHEN id % 5 = 0 AND n > 11 THEN 500 ELSE 0 END, currency
FROM memberships, generate_series(0, 17) n, LATERAL (SELECT 18 - n + (id % 7 = 0 AND n < 9)::int AS months) its;
INSERT INTO payments (stripe_payment_intent_id, stripe_charge_id, stripe_invoice_id, checkout_id, membership_id,
                      supporter_id, amount_minor, tax_minor, currency, is_renewal, country, received_at)
SELECT 'pi_' || p.id, 'ch_' || p.id, stripe_invoice_id, m.id, m.id, m.id, p.amount_minor, p.amount_minor / 6,
       p.currency, starts_at > m.created_at, (ARRAY['DE', 'FR', 'US', NULL])[1 + m.id % 4], starts_at
FROM paid_periods p JOIN memberships m ON m.id = p.membership_id
UNION ALL
SELECT 'pi_d' || n, 'ch_d' || n, NULL, 1 + n / 2, NULL, 1 + n / 2, 500 + n % 77 * 100, 0, 'EUR', false, 'DE',
       '2023-01-01Z'::timestamptz + n * (interval '1090 days' / (2 * {memberships}))
FROM generate_series(0, 2 * {memberships} - 1) n;
INSERT INTO failed_payments (stripe_charge_id, stripe_payment_intent_id, checkout_id, membership_id, amount_minor,
                             currency, failure_code, country, failed_at)
SELECT 'ch_f' || id || '_' || n, CASE WHEN id % 4 = 0 THEN 'pi_f' || id ELSE stripe_payment_intent_id END, checkout_id,
       membership_id, amount_minor, currency,
       (ARRAY['card_declined', 'insufficient_funds', 'expired_card'])[1 + id % 3], country,
       received_at - n * interval '3 days'
FROM payments, generate_series(1, 2) n WHERE id % 31 = 0;
INSERT INTO refunds (stripe_refund_id, payment_id, status, amount_minor, currency, reason, created_at, succeeded_at)
SELECT 're_' || id, id, 'succeeded', amount_minor, currency,
       (ARRAY['requested_by_customer', 'duplicate', NULL])[1 + id % 3],
       received_at + interval '5 days', received_at + interval '5 days'
FROM payments WHERE id % 50 = 0;
INSERT INTO disputes (stripe_dispute_id, payment_id, status, is_withheld, amount_minor, currency, reason, created_at)
SELECT 'dp_' || id, id, 'lost', true, amount_minor, currency, 'fraudulent', received_at + interval '9 days'
FROM payments WHERE id % 1000 = 1;
INSERT INTO fraud_warnings (stripe_warning_id, payment_id, fraud_type, created_at)
SELECT 'issfr_' || id, id, 'made_with_stolen_card', received_at + interval '4 days'
FROM payments WHERE id % 5000 IN (0, 1);
INSERT INTO ledger_entries (stripe_balance_transaction_id, type, category, source_id, amount_minor, fee_minor,
                            net_minor, currency, created_at, available_at)
SELECT 'txn_' || id, 'charge', 'charge', stripe_charge_id, amount_minor, 50, amount_minor - 50, currency, received_at,
       received_at
FROM payments
UNION ALL
SELECT 'txn_r' || id, 'refund', 'refund', stripe_refund_id, -amount_minor, 0, -amount_minor, currency, succeeded_at,
       succeeded_at
FROM refunds;
INSERT INTO payouts (stripe_payout_id, status, amount_minor, currency, is_automatic, reconciliation, created_at,
                     arrives_at)
SELECT 'po_' || currency || day::date, 'paid', sum(net_minor) + (day::date = '2024-02-29')::int, currency, true,
       'completed', day + interval '2 days', day + interval '4 days'
FROM ledger_entries, date_trunc('day', created_at, 'UTC') day GROUP BY currency, day;
INSERT INTO payout_items (entry_id, payout_id)
SELECT e.id, p.id FROM ledger_entries e JOIN payouts p
ON p.currency = e.currency AND p.created_at = date_trunc('day', e.created_at, 'UTC') + interval '2 days';
INSERT INTO ledger_entries (stripe_balance_transaction_id, type, category, source_id, amount_minor, fee_minor,
                            net_minor, currency, created_at, available_at)
SELECT 'txn_p' || id, 'payout', 'payout', stripe_payout_id, -amount_minor, 0, -amount_minor, currency, created_at,
       created_at
FROM payouts;
INSERT INTO payout_items (entry_id, payout_id)
SELECT e.id, p.id FROM payouts p JOIN ledger_entries e ON e.source_id = p.stripe_payout_id;
TRUNCATE changed_days, changed_memberships;
VACUUM ANALYZE
"""


def memberships_of(payments: int) -> int:
    """How many memberships bring so many payments."""
    return payments // _PER_MEMBERSHIP


def fill(connection: psycopg.Connection, payments: int) -> None:
    """Put so many payments, and what belongs to them, into an empty database. The connection commits by itself."""
    for statement in _FILL.format(memberships=memberships_of(payments)).split(";\n"):
        connection.execute(statement.encode())


def copy(source: Database, target: Database) -> None:
    """The same rows in another database: what is said above in PostgreSQL's SQL need not be said in another's, too.

    What both have from the beginning stays as it is.
    """
    with source.reading() as session, filling(target) as connection:
        for table in Base.metadata.sorted_tables:
            rows = session.execute(sa.select(table).execution_options(yield_per=_AT_ONCE))
            for some in rows.mappings().partitions():
                connection.execute(sa.insert(table).prefix_with("OR IGNORE"), [dict(row) for row in some])
