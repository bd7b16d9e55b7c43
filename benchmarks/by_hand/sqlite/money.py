"""Reports of payments, refunds, disputes, the ledger and payouts.

SQLite goes from month to month and finds what is in each by the index of its moments: rows then come in the order of
months, which leaves little to sort. CROSS JOIN keeps it to that.
"""

from __future__ import annotations

from benchmarks.by_hand.plain import CHECKOUTS, DISPUTES, RATES, REFUNDS, WARNINGS

_MONTHS = """
WITH months AS MATERIALIZED (
    SELECT key + 1 AS nth, value AS begins_at, lead(value, 1, :last) OVER (ORDER BY key) AS over_at
    FROM json_each(:bounds)
)"""
_IN_MONTH = "{moment} >= begins_at AND {moment} < over_at"
_WITHIN = "{moment} >= :first AND {moment} < :last"
_KIND = "CASE WHEN membership_id IS NULL THEN 0 WHEN is_renewal THEN 2 ELSE 1 END"
_TAX_REFUNDED = (
    "CASE WHEN o.amount_minor = p.amount_minor THEN p.tax_minor"
    " ELSE (2 * p.tax_minor * o.amount_minor + p.amount_minor) / (2 * p.amount_minor) END"
)
_CAME = """{months}
SELECT '{table}', nth, p.currency, {by}, count(*) AS payments, sum(p.amount_minor) AS gross, sum(p.tax_minor) AS tax
FROM months CROSS JOIN payments p ON {in_month} GROUP BY 2, 3, 4
"""
_WENT = """{months}
SELECT '{table}', nth, p.currency, {by}, {sums}
FROM months CROSS JOIN {rows} o ON {in_month} CROSS JOIN payments p ON p.id = o.payment_id {more} GROUP BY 2, 3, 4
"""
# Donations are few, and gone over once: the rest is computed from how often each amount was given. A middle amount is
# found by counting in order.
_DONATIONS = """{months}, given AS MATERIALIZED (
    SELECT (SELECT count(*) FROM months WHERE begins_at <= received_at) AS nth, plan_id, p.currency,
           p.amount_minor AS amount, count(*) AS n
    FROM payments p INDEXED BY ix_payments_membership_id JOIN checkouts c ON c.id = p.checkout_id
    WHERE p.membership_id IS NULL AND {within} GROUP BY 1, 2, 3, 4
), amounts AS MATERIALIZED (
    SELECT currency, amount, sum(n) AS n, CASE
        WHEN amount >= 100000 THEN 8 WHEN amount >= 50000 THEN 7 WHEN amount >= 25000 THEN 6
        WHEN amount >= 10000 THEN 5 WHEN amount >= 5000 THEN 4 WHEN amount >= 2500 THEN 3
        WHEN amount >= 1000 THEN 2 WHEN amount >= 500 THEN 1 ELSE 0 END AS band
    FROM given GROUP BY 1, 2
), counted AS (
    SELECT 'bands totals' AS name, NULL AS one, NULL AS other, currency, amount, n, sum(n) OVER its AS every,
           sum(n) OVER (its ORDER BY amount) AS so_far
    FROM amounts WINDOW its AS (PARTITION BY currency)
    UNION ALL
    SELECT 'bands', band, NULL, currency, amount, n, sum(n) OVER its, sum(n) OVER (its ORDER BY amount)
    FROM amounts WINDOW its AS (PARTITION BY currency, band)
    UNION ALL
    SELECT 'months', nth, plan_id, currency, amount, n, sum(n) OVER its, sum(n) OVER (its ORDER BY amount)
    FROM given WINDOW its AS (PARTITION BY nth, plan_id, currency)
)
SELECT name, one, other, currency, sum(n) AS count, sum(n * amount) AS total, max(amount) AS largest,
       min(amount) FILTER (WHERE 2 * so_far >= every) AS median
FROM counted GROUP BY 1, 2, 3, 4
"""
# Summed by checkout first, by a number; what has long texts in it is then one row for many.
_ARTICLES = """
WITH given AS (
    SELECT checkout_id, currency, count(*) FILTER (WHERE membership_id IS NULL) AS donations,
           sum(amount_minor) FILTER (WHERE membership_id IS NULL) AS donated,
           count(*) FILTER (WHERE NOT is_renewal AND membership_id IS NOT NULL) AS begun,
           sum(amount_minor) FILTER (WHERE NOT is_renewal AND membership_id IS NOT NULL) AS first,
           count(*) FILTER (WHERE is_renewal AND membership_id IS NOT NULL) AS renewals,
           sum(amount_minor) FILTER (WHERE is_renewal AND membership_id IS NOT NULL) AS renewed,
           sum(amount_minor) AS total
    FROM payments WHERE checkout_id IS NOT NULL AND {within} GROUP BY 1, 2
), earned AS MATERIALIZED (
    SELECT article, campaign_id, g.currency, sum(donations) AS donations, sum(donated) AS donated, sum(begun) AS begun,
           sum(first) AS first, sum(renewals) AS renewals, sum(renewed) AS renewed, sum(total) AS total
    FROM given g JOIN checkouts c ON c.id = g.checkout_id GROUP BY 1, 2, 3
)
SELECT 'articles', article, currency, {sums} FROM earned WHERE article IS NOT NULL GROUP BY 2, 3
UNION ALL SELECT 'campaigns', campaign_id, currency, {sums} FROM earned GROUP BY 2, 3
"""
_EARNED = (
    "sum(donations) AS donations, sum(donated) AS donated, sum(begun) AS begun, sum(first) AS first,"
    " sum(renewals) AS renewals, sum(renewed) AS renewed, sum(total) AS total"
)
_REFUSED = """{months}
SELECT 'failures', nth, failure_code, currency, count(*) AS charges, sum(amount_minor) AS amount
FROM months CROSS JOIN failed_payments ON {in_month} GROUP BY 2, 3, 4
"""
_OUTCOMES = """{months}, refused AS MATERIALIZED (
    SELECT coalesce(stripe_payment_intent_id, stripe_charge_id) AS intent, currency, min(checkout_id) AS checkout_id,
           max(amount_minor) AS amount, min(failed_at) AS failed_at
    FROM failed_payments WHERE failed_at < :last GROUP BY 1, 2 HAVING min(failed_at) >= :first
), became AS (
    SELECT r.*, p.received_at IS NOT NULL AS is_recovered, unixepoch(p.received_at) - unixepoch(failed_at) AS seconds,
           EXISTS (SELECT 1 FROM payments f WHERE f.checkout_id = r.checkout_id AND f.membership_id IS NOT NULL
                   AND f.received_at < r.failed_at) AS is_renewal,
           p.received_at IS NULL AND (
               EXISTS (SELECT 1 FROM checkouts c WHERE c.id = r.checkout_id AND state IN ('open', 'processing'))
               OR EXISTS (SELECT 1 FROM memberships m WHERE m.checkout_id = r.checkout_id
                          AND status IN ('past_due', 'incomplete', 'unpaid'))) AS is_open
    FROM refused r LEFT JOIN payments p ON p.stripe_payment_intent_id = r.intent
)
SELECT 'outcomes', nth, is_renewal, currency, count(*) AS payments, sum(amount) AS amount,
       count(*) FILTER (WHERE is_recovered) AS recovered, sum(amount) FILTER (WHERE is_recovered) AS recovered_amount,
       round(avg(seconds) / 86400) AS days, count(*) FILTER (WHERE NOT is_recovered AND NOT is_open) AS lost,
       sum(amount) FILTER (WHERE NOT is_recovered AND NOT is_open) AS lost_amount,
       count(*) FILTER (WHERE is_open) AS open, sum(amount) FILTER (WHERE is_open) AS open_amount
FROM months CROSS JOIN became ON {in_month} GROUP BY 2, 3, 4
"""
_PAYOUTS = """
SELECT 'payouts', stripe_payout_id, arrives_at, status, currency, amount_minor AS amount,
       CASE WHEN is_automatic AND reconciliation = 'completed' THEN coalesce(
           (SELECT sum(net_minor) FROM payout_items i JOIN ledger_entries e ON e.id = i.entry_id
            WHERE i.payout_id = p.id AND type NOT IN ('payout', 'payout_cancel', 'payout_failure')), 0
       ) - amount_minor END AS difference
FROM payouts p WHERE {within} ORDER BY created_at, p.id
"""
# Whose an entry is, is asked of one index after the other, and mostly the first knows.
_ENTERED = """{months}
SELECT 'fees', nth, e.currency,
       NOT (EXISTS (SELECT 1 FROM payments WHERE stripe_charge_id = e.source_id)
            OR EXISTS (SELECT 1 FROM refunds WHERE stripe_refund_id = e.source_id)
            OR EXISTS (SELECT 1 FROM disputes WHERE stripe_dispute_id = e.source_id)), e.category,
       count(*) AS entries, sum(e.amount_minor) AS gross, sum(e.fee_minor) AS fee, sum(e.net_minor) AS net
FROM months CROSS JOIN ledger_entries e ON {in_month}
WHERE e.type NOT IN ('payout', 'payout_cancel', 'payout_failure') GROUP BY 2, 3, 4, 5
"""


def _written(query: str, moment: str, **more: str) -> str:
    in_month, within = (part.format(moment=moment) for part in (_IN_MONTH, _WITHIN))
    return query.format(months=_MONTHS, in_month=in_month, within=within, **more)


_REFUNDED = "count(*) AS refunds, sum(o.amount_minor) AS refunded"
_CONTESTED = (
    "sum(o.amount_minor) FILTER (WHERE is_withheld AND status <> 'lost') AS withheld,"
    " sum(o.amount_minor) FILTER (WHERE status = 'lost') AS lost"
)
_SUCCEEDED = {"rows": "refunds", "more": "AND status = 'succeeded'"}

QUERIES = {
    "income": (
        _written(_CAME, "p.received_at", table="income", by=_KIND),
        _written(_WENT, "o.succeeded_at", table="income", by=_KIND, sums=_REFUNDED, **_SUCCEEDED),
        _written(_WENT, "o.created_at", table="income", by=_KIND, sums=_CONTESTED, rows="disputes", more=""),
    ),
    "donations": (_written(_DONATIONS, "p.received_at"),),
    "articles": (_written(_ARTICLES, "received_at", sums=_EARNED), _written(CHECKOUTS, "created_at")),
    "failed": (_written(_REFUSED, "failed_at"), _written(_OUTCOMES, "failed_at")),
    "refunds": (
        *(_written(query, "created_at") for query in (REFUNDS, RATES, DISPUTES)),
        _written(WARNINGS, "w.created_at"),
    ),
    "payouts": (_written(_PAYOUTS, "arrives_at"),),
    "fees": (_written(_ENTERED, "e.created_at"),),
    "taxes": (
        _written(_CAME, "p.received_at", table="taxes", by="p.country"),
        _written(
            _WENT,
            "o.succeeded_at",
            table="taxes",
            by="p.country",
            sums=f"{_REFUNDED}, sum({_TAX_REFUNDED}) AS tax_refunded",
            **_SUCCEEDED,
        ),
    ),
}
