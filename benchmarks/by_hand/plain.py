"""What both databases understand: queries for what happened in the period, without its months, and parts of others."""

from __future__ import annotations

CHECKOUTS = """
SELECT 'campaigns', campaign_id, currency, count(*) AS checkouts, count(*) FILTER (WHERE state = 'paid') AS paid
FROM checkouts WHERE {within} AND adopted_at IS NULL GROUP BY 2, 3
"""
REFUNDS = """
SELECT 'refunds', status, reason, currency, count(*) AS refunds, sum(amount_minor) AS amount
FROM refunds WHERE {within} GROUP BY 2, 3, 4
"""
RATES = """
SELECT 'rates', currency, count(*) AS disputes, sum(amount_minor) AS amount,
       count(*) FILTER (WHERE status NOT IN ('won', 'lost', 'prevented') AND substr(status, 1, 7) <> 'warning')
       AS undecided,
       count(*) FILTER (WHERE status = 'won') AS won, count(*) FILTER (WHERE status = 'lost') AS lost,
       count(*) FILTER (WHERE substr(status, 1, 7) = 'warning') AS inquiries,
       coalesce(sum(amount_minor) FILTER (WHERE is_withheld), 0) AS withheld
FROM disputes WHERE {within} GROUP BY 2
"""
DISPUTES = """
SELECT 'disputes', stripe_dispute_id, created_at, status, reason, currency, amount_minor AS amount,
       CASE WHEN is_withheld THEN amount_minor ELSE 0 END AS withheld, evidence_due_at
FROM disputes WHERE {within} ORDER BY created_at DESC, id DESC
"""
WARNINGS = """
SELECT 'warnings', stripe_warning_id, w.created_at, fraud_type, currency, amount_minor AS amount,
       (SELECT sum(amount_minor) FROM refunds r WHERE r.payment_id = p.id AND status = 'succeeded') AS refunded
FROM fraud_warnings w JOIN payments p ON p.id = w.payment_id WHERE {within} ORDER BY 3 DESC, 2
"""
# Of payments, what went back or is withheld, and when.
BACK = """(
    SELECT payment_id, amount_minor, succeeded_at AS at FROM refunds WHERE status = 'succeeded'
    UNION ALL SELECT payment_id, amount_minor, created_at FROM disputes WHERE is_withheld
)"""
