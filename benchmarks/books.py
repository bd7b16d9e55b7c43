"""`flask selfcheck` beside the plain sums over the same ledger."""

from __future__ import annotations

import os
import resource
import time
from typing import TYPE_CHECKING

import psycopg

from benchmarks.figures import Figure, median, say
from support.db import Database
from support.finance.selfcheck import differences

if TYPE_CHECKING:
    from collections.abc import Callable

ENTRIES = int(os.environ.get("BENCH_ENTRIES", "1000000"))
ROUNDS = 3
PER_PAYOUT = 1000

# As many payments as entries but for the payouts' own; every fiftieth was refunded.
_FILL = """
INSERT INTO supporters (email, email_key, locale, created_at) VALUES ('a@example.com', 'a@example.com', 'en', now());
INSERT INTO payments (stripe_payment_intent_id, stripe_charge_id, supporter_id, amount_minor, tax_minor, currency,
                      received_at)
SELECT 'pi_' || n, 'ch_' || n, (SELECT max(id) FROM supporters), 1000, 0, 'EUR', now() - n * interval '1 minute'
FROM generate_series(1, {count}) n;
INSERT INTO refunds (stripe_refund_id, payment_id, status, amount_minor, currency, created_at)
SELECT 're_' || id, id, 'succeeded', 1000, 'EUR', now() FROM payments WHERE id % 50 = 0;
INSERT INTO ledger_entries (stripe_balance_transaction_id, type, category, source_id, amount_minor, fee_minor,
                            net_minor, currency, created_at, available_at)
SELECT 'txn_c' || n, 'charge', 'charge', 'ch_' || n, 1000, 50, 950, 'EUR', now(), now()
FROM generate_series(1, {count}) n
UNION ALL
SELECT 'txn_r' || id, 'refund', 'refund', 're_' || id, -1000, 0, -1000, 'EUR', now(), now()
FROM payments WHERE id % 50 = 0;
INSERT INTO payouts (stripe_payout_id, status, amount_minor, currency, is_automatic, reconciliation, created_at,
                     arrives_at)
SELECT 'po_' || n, 'paid', 0, 'EUR', true, 'completed', now(), now() FROM generate_series(0, {count} / {share}) n;
INSERT INTO payout_items (entry_id, payout_id)
SELECT e.id, p.id FROM ledger_entries e JOIN payouts p ON p.stripe_payout_id = 'po_' || (e.id / {share});
UPDATE payouts SET amount_minor = s.net FROM (
  SELECT i.payout_id, sum(e.net_minor) AS net FROM payout_items i JOIN ledger_entries e ON e.id = i.entry_id GROUP BY 1
) s WHERE s.payout_id = payouts.id;
ANALYZE;
"""
# What somebody would write who wants to know the same: each sum once, by hand.
_SUMS = """
SELECT i.payout_id, sum(e.net_minor) FROM payout_items i JOIN ledger_entries e ON e.id = i.entry_id GROUP BY 1;
SELECT sum(e.amount_minor), sum(p.amount_minor)
FROM ledger_entries e JOIN payments p ON p.stripe_charge_id = e.source_id;
SELECT sum(r.amount_minor), sum(p.amount_minor) FROM refunds r JOIN payments p ON p.id = r.payment_id;
SELECT sum(r.amount_minor), sum(e.amount_minor)
FROM refunds r JOIN ledger_entries e ON e.source_id = r.stripe_refund_id
"""


def fill(connection: psycopg.Connection, charges: int) -> None:
    """Payments with their charges, refunds and payouts; the first payment is the newest, each a minute older."""
    connection.execute(_FILL.format(count=charges, share=PER_PAYOUT).encode())


def measure(database_url: str) -> list[Figure]:
    """On an empty PostgreSQL database of its own."""
    url = Database(database_url).url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        fill(connection, ENTRIES)
        database = Database(database_url)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        ratios = [_seconds(lambda: _check(database)) / _seconds(lambda: _sum(connection)) for _ in range(ROUNDS)]
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        say(f"  selfcheck over {ENTRIES} charges: {_seconds(lambda: _check(database)):.1f} s, memory +{grown:.0f} MB")
    database.engine.dispose()
    name = f"selfcheck over {ENTRIES:,} charges"
    return [Figure(name, "", "the plain SQL sums", median(ratios), "x", 2, is_most=True)]


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _check(database: Database) -> None:
    with database.reading() as session:
        found = list(differences(session))
    assert found == [], found[:3]


def _sum(connection: psycopg.Connection) -> None:
    for query in _SUMS.split(";"):
        connection.execute(query.encode()).fetchall()
