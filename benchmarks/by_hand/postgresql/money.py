"""Reports of payments, refunds, disputes, the ledger and payouts."""

from __future__ import annotations

from benchmarks.by_hand.plain import CHECKOUTS, DISPUTES, RATES, REFUNDS, WARNINGS

# Months by their bounds; `width_bucket` looks them up.
_MONTH = "width_bucket({moment}, %(bounds)s::timestamptz[])"
_WITHIN = "{moment} >= %(first)s AND {moment} < %(last)s"
_KIND = "CASE WHEN membership_id IS NULL THEN 0 WHEN is_renewal THEN 2 ELSE 1 END"
_TAX_REFUNDED = (
    "CASE WHEN o.amount_minor = p.amount_minor THEN p.tax_minor"
    " ELSE round(p.tax_minor::numeric * o.amount_minor / p.amount_minor) END"
)
_CAME = """
SELECT '{table}', {month}, p.currency, {by}, count(*) AS payments, sum(p.amount_minor) AS gross, sum(p.tax_minor) AS tax
FROM payments p WHERE {within} GROUP BY 2, 3, 4
"""
_WENT = """
SELECT '{table}', {month}, p.currency, {by}, {sums} FROM {rows} o JOIN payments p ON p.id = o.payment_id
WHERE {within} {more} GROUP BY 2, 3, 4
"""
_SPREAD = (
    "count(*) AS count, sum(p.amount_minor) AS total, max(p.amount_minor) AS largest,"
    " percentile_disc(0.5) WITHIN GROUP (ORDER BY p.amount_minor) AS median"
)
_DONATIONS = """
SELECT CASE WHEN grouping(band) = 0 THEN 'bands' ELSE 'bands totals' END, band, currency, {spread}
FROM (SELECT *, width_bucket(amount_minor, ARRAY[500, 1000, 2500, 5000, 10000, 25000, 50000, 100000]::bigint[]) AS band
      FROM payments WHERE membership_id IS NULL AND {within}) p
GROUP BY GROUPING SETS ((currency), (currency, band))
"""
_DONATIONS_BY_PLAN = """
SELECT 'months', {month}, plan_id, p.currency, {spread}
FROM payments p JOIN checkouts c ON c.id = p.checkout_id WHERE p.membership_id IS NULL AND {within} GROUP BY 2, 3, 4
"""
_ARTICLES = """
WITH earned AS (
    SELECT article, campaign_id, p.currency, count(*) FILTER (WHERE membership_id IS NULL) AS donations,
           sum(p.amount_minor) FILTER (WHERE membership_id IS NULL) AS donated,
           count(*) FILTER (WHERE NOT is_renewal AND membership_id IS NOT NULL) AS begun,
           sum(p.amount_minor) FILTER (WHERE NOT is_renewal AND membership_id IS NOT NULL) AS first,
           count(*) FILTER (WHERE is_renewal AND membership_id IS NOT NULL) AS renewals,
           sum(p.amount_minor) FILTER (WHERE is_renewal AND membership_id IS NOT NULL) AS renewed,
           sum(p.amount_minor) AS total
    FROM payments p JOIN checkouts c ON c.id = p.checkout_id WHERE {within} GROUP BY 1, 2, 3
)
SELECT CASE WHEN grouping(article) = 0 THEN 'articles' ELSE 'campaigns' END, article, campaign_id, currency,
       sum(donations) AS donations, sum(donated) AS donated, sum(begun) AS begun, sum(first) AS first,
       sum(renewals) AS renewals, sum(renewed) AS renewed, sum(total) AS total
FROM earned GROUP BY GROUPING SETS ((article, currency), (campaign_id, currency))
HAVING grouping(article) = 1 OR article IS NOT NULL
"""
_REFUSED = """
SELECT 'failures', {month}, failure_code, currency, count(*) AS charges, sum(amount_minor) AS amount
FROM failed_payments WHERE {within} GROUP BY 2, 3, 4
"""
_OUTCOMES = """
WITH refused AS (
    SELECT coalesce(stripe_payment_intent_id, stripe_charge_id) AS intent, currency, min(checkout_id) AS checkout_id,
           max(amount_minor) AS amount, min(failed_at) AS failed_at
    FROM failed_payments WHERE failed_at < %(last)s GROUP BY 1, 2 HAVING min(failed_at) >= %(first)s
), became AS (
    SELECT r.*, p.received_at IS NOT NULL AS is_recovered, p.received_at,
           EXISTS (SELECT FROM payments f WHERE f.checkout_id = r.checkout_id AND f.membership_id IS NOT NULL
                   AND f.received_at < r.failed_at) AS is_renewal,
           c.state IN ('open', 'processing') OR m.status IN ('past_due', 'incomplete', 'unpaid') AS is_open
    FROM refused r LEFT JOIN payments p ON p.stripe_payment_intent_id = r.intent
    LEFT JOIN checkouts c ON c.id = r.checkout_id LEFT JOIN memberships m ON m.checkout_id = r.checkout_id
)
SELECT 'outcomes', {month}, is_renewal, currency, count(*) AS payments, sum(amount) AS amount,
       count(*) FILTER (WHERE is_recovered) AS recovered, sum(amount) FILTER (WHERE is_recovered) AS recovered_amount,
       round(extract(epoch FROM avg(received_at - failed_at)) / 86400) AS days,
       count(*) FILTER (WHERE NOT is_recovered AND is_open IS NOT TRUE) AS lost,
       sum(amount) FILTER (WHERE NOT is_recovered AND is_open IS NOT TRUE) AS lost_amount,
       count(*) FILTER (WHERE NOT is_recovered AND is_open) AS open,
       sum(amount) FILTER (WHERE NOT is_recovered AND is_open) AS open_amount
FROM became GROUP BY 2, 3, 4
"""
_PAYOUTS = """
SELECT 'payouts', stripe_payout_id, arrives_at, status, currency, amount_minor AS amount,
       CASE WHEN is_automatic AND reconciliation = 'completed' THEN coalesce(net, 0) - amount_minor END AS difference
FROM payouts p LEFT JOIN (
    SELECT payout_id, sum(net_minor) AS net FROM payout_items i JOIN ledger_entries e ON e.id = i.entry_id
    WHERE type NOT IN ('payout', 'payout_cancel', 'payout_failure') GROUP BY 1
) items ON items.payout_id = p.id
WHERE {within} ORDER BY created_at, p.id
"""
_ENTERED = """
SELECT 'fees', {month}, e.currency, coalesce(p.id, r.payment_id, d.payment_id) IS NULL, e.category,
       count(*) AS entries, sum(e.amount_minor) AS gross, sum(e.fee_minor) AS fee, sum(e.net_minor) AS net
FROM ledger_entries e LEFT JOIN payments p ON p.stripe_charge_id = e.source_id
LEFT JOIN refunds r ON r.stripe_refund_id = e.source_id LEFT JOIN disputes d ON d.stripe_dispute_id = e.source_id
WHERE {within} AND e.type NOT IN ('payout', 'payout_cancel', 'payout_failure') GROUP BY 2, 3, 4, 5
"""


def _written(query: str, moment: str, **more: str) -> str:
    month, within = (part.format(moment=moment) for part in (_MONTH, _WITHIN))
    return query.format(month=month, within=within, **more)


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
    "donations": (
        _written(_DONATIONS, "received_at", spread=_SPREAD),
        _written(_DONATIONS_BY_PLAN, "p.received_at", spread=_SPREAD),
    ),
    "articles": (_written(_ARTICLES, "p.received_at"), _written(CHECKOUTS, "created_at")),
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
