"""Reports of memberships: spans of paid periods, and what is earned of their payments."""

from __future__ import annotations

from benchmarks.by_hand.plain import BACK

_OVER = "coalesce(m.ended_at, m.ends_at)"
_COUNTED = f"""
FROM paid_periods p JOIN memberships m ON m.id = p.membership_id
WHERE p.starts_at <= %(now)s AND p.starts_at < p.ends_at AND ({_OVER} IS NULL OR p.starts_at < {_OVER})
"""
_LASTS = (
    f"least({_OVER}, CASE WHEN {_OVER} IS NOT NULL OR m.status IN ('active', 'past_due')"
    " THEN p.ends_at + %(grace)s ELSE p.ends_at END)"
)
_PLACE = "width_bucket(at, %(moments)s::timestamptz[])"
_COHORT = "width_bucket(first_at, %(bounds)s::timestamptz[]) - 1"

# Where memberships become and cease to be one that is paid for: periods that are followed within grace are left out.
_SPANS = f"""
WITH edges AS (
    SELECT * FROM (
        SELECT p.membership_id, p.starts_at, p.ends_at, lag(p.ends_at) OVER its AS last_ends_at,
               lead(p.starts_at) OVER its AS next_at
        {_COUNTED} WINDOW its AS (PARTITION BY p.membership_id ORDER BY p.starts_at, p.id)
    ) p
    WHERE last_ends_at IS NULL OR next_at IS NULL OR starts_at > last_ends_at + %(grace)s
          OR next_at > ends_at + %(grace)s
), turns AS (
    SELECT coalesce(m.supporter_id, -m.id) AS supporter, m.plan_id, p.starts_at, turn.at, turn.came
    FROM edges p JOIN memberships m ON m.id = p.membership_id, LATERAL (VALUES
        (p.starts_at, 1, last_ends_at IS NULL OR p.starts_at > last_ends_at + %(grace)s),
        (CASE WHEN next_at IS NULL THEN {_LASTS} ELSE p.ends_at END, -1,
         next_at IS NULL OR next_at > p.ends_at + %(grace)s)
    ) turn(at, came, is_one) WHERE turn.is_one
)"""
_MEMBERS = f"""{_SPANS}, moved AS (
    SELECT part.of, part.key, supporter, {_PLACE} AS place, sum(came) AS came
    FROM turns JOIN plans ON plans.id = plan_id,
         LATERAL (VALUES ('members', ''), ('plans', plan_id::text), ('intervals', interval)) part(of, key)
    GROUP BY 1, 2, 3, 4
), run AS (
    SELECT *, sum(came) OVER its AS there, min(place) OVER its AS first
    FROM moved WINDOW its AS (PARTITION BY of, key, supporter ORDER BY place)
), counted AS (
    SELECT of, key, place, count(*) FILTER (WHERE came = there AND there > 0 AND place = first) AS new,
           count(*) FILTER (WHERE came = there AND there > 0 AND place > first) AS won_back,
           count(*) FILTER (WHERE came < 0 AND there = 0) AS lapsed
    FROM run GROUP BY 1, 2, 3
)
SELECT of, key, place, new, won_back, lapsed, active
FROM (SELECT *, sum(new + won_back - lapsed) OVER (PARTITION BY of, key ORDER BY place) AS active FROM counted) its
WHERE place BETWEEN 1 AND cardinality(%(bounds)s::timestamptz[])
"""
_RETENTION = f"""{_SPANS}, moved AS (
    SELECT supporter, {_PLACE} AS place, sum(came) AS came, min(starts_at) AS starts_at FROM turns GROUP BY 1, 2
), run AS (
    SELECT *, sum(came) OVER its AS there, min(starts_at) OVER its AS first_at, min(place) OVER its AS first
    FROM moved WINDOW its AS (PARTITION BY supporter ORDER BY place)
), summed AS (
    SELECT {_COHORT} AS cohort, place, count(*) FILTER (WHERE place = first) AS supporters,
           count(*) FILTER (WHERE came = there AND there > 0) - count(*) FILTER (WHERE came < 0 AND there = 0) AS came
    FROM run WHERE first_at >= %(first)s AND first_at < %(last)s GROUP BY 1, 2
)
SELECT 'numbers', cohort, month - cohort - 1, sum(came) AS after_,
       CASE WHEN month = cohort + 1 THEN sum(supporters) ELSE 0 END AS supporters
FROM summed JOIN generate_series(1, cardinality(%(bounds)s::timestamptz[])) month
     ON month > cohort AND (place <= month) GROUP BY cohort, month
"""
# The same with what a month is worth: a period that is worth the same as the one that it follows turns nothing.
_WORTH = f"""
WITH edges AS (
    SELECT * FROM (
        SELECT *, starts_at <= last_ends_at + %(grace)s AS is_bridged,
               coalesce(last_value = value AND last_currency = currency
                        AND starts_at <= last_ends_at + %(grace)s, false) AS is_continued
        FROM (
            SELECT *, lag(value) OVER its AS last_value, lag(currency) OVER its AS last_currency,
                   lag(ends_at) OVER its AS last_ends_at, lead(starts_at) OVER its AS next_at
            FROM (
                SELECT p.id, p.membership_id, p.currency, p.starts_at, p.ends_at,
                       round(p.amount_minor / greatest(1, round(date_part('epoch', p.ends_at - p.starts_at) / 2629800)))
                       ::bigint AS value
                {_COUNTED} OFFSET 0
            ) p WINDOW its AS (PARTITION BY membership_id ORDER BY starts_at, id)
        ) p
    ) p WHERE NOT is_continued OR next_at IS NULL
), turns AS (
    SELECT coalesce(m.supporter_id, -m.id) AS supporter, m.plan_id, p.starts_at, turn.*
    FROM edges p JOIN memberships m ON m.id = p.membership_id, LATERAL (VALUES
        (p.currency, p.starts_at, value, 1, NOT is_continued),
        (last_currency, CASE WHEN is_bridged THEN p.starts_at ELSE last_ends_at END, -last_value, -1,
         NOT is_continued AND last_ends_at IS NOT NULL),
        (p.currency, {_LASTS}, -value, -1, next_at IS NULL)
    ) turn(currency, at, value, came, is_one) WHERE turn.is_one
), run AS (
    SELECT *, sum(value) OVER its AS worth, sum(came) OVER its AS there,
           min(place) FILTER (WHERE turns_worth) OVER its AS first
    FROM (
        SELECT supporter, currency, {_PLACE} AS place, sum(value)::bigint AS value, sum(came) AS came,
               bool_or(value <> 0) AS turns_worth
        FROM turns GROUP BY 1, 2, 3
    ) moved WINDOW its AS (PARTITION BY supporter, currency ORDER BY place)
)"""
_MRR = f"""{_WORTH}
SELECT 'mrr', currency, place, closing - moved AS start, new, reactivation, expansion, contraction, churn,
       closing AS "end"
FROM (
    SELECT currency, place, sum(value) AS moved, sum(sum(value)) OVER (PARTITION BY currency ORDER BY place) AS closing,
           sum(value) FILTER (WHERE worth = value AND place = first) AS new,
           sum(value) FILTER (WHERE worth = value AND place > first) AS reactivation,
           sum(value) FILTER (WHERE worth <> value AND value > 0) AS expansion,
           sum(value) FILTER (WHERE worth <> 0 AND worth <> value AND value < 0) AS contraction,
           sum(value) FILTER (WHERE worth = 0) AS churn
    FROM run WHERE value <> 0 GROUP BY 1, 2
) flow WHERE place BETWEEN 1 AND cardinality(%(bounds)s::timestamptz[])
"""
_LIFETIME = f"""{_WORTH}, paid AS (
    SELECT membership_id, currency, sum(amount_minor) AS amount FROM payments
    WHERE membership_id IS NOT NULL AND received_at < %(last)s GROUP BY 1, 2
    UNION ALL
    SELECT membership_id, currency, -b.amount_minor FROM {BACK} b JOIN payments p ON p.id = b.payment_id
    WHERE membership_id IS NOT NULL AND b.at < %(last)s
), received AS (
    SELECT coalesce(m.supporter_id, -m.id) AS supporter, p.currency, sum(amount)::bigint AS amount
    FROM paid p JOIN memberships m ON m.id = p.membership_id GROUP BY 1, 2
), began AS (
    SELECT DISTINCT ON (supporter, currency) supporter, currency, starts_at AS first_at, plan_id
    FROM turns WHERE came > 0 ORDER BY supporter, currency, starts_at, plan_id
), stayed AS (
    SELECT supporter, currency, sum((cardinality(%(moments)s::timestamptz[]) - place) * CASE
        WHEN came = there AND there > 0 THEN 1 WHEN came < 0 AND there = 0 THEN -1 ELSE 0 END) AS months
    FROM run GROUP BY 1, 2
), lives AS (
    SELECT currency, {_COHORT} AS cohort, plan_id, coalesce(amount, 0) AS received, months
    FROM began JOIN stayed USING (supporter, currency) LEFT JOIN received USING (supporter, currency)
    WHERE first_at >= %(first)s AND first_at < %(last)s
), flow AS (
    SELECT currency, sum(value * (last - place)) AS worth, sum((last - place) * came) AS there,
           sum(ceased) FILTER (WHERE place <= last) AS ceased
    FROM (
        SELECT currency, least(place, cardinality(%(bounds)s::timestamptz[])) AS place,
               cardinality(%(bounds)s::timestamptz[]) AS last, value,
               CASE WHEN worth = value THEN 1 WHEN worth = 0 THEN -1 ELSE 0 END AS came,
               CASE WHEN worth = 0 AND place < cardinality(%(moments)s::timestamptz[]) THEN 1 ELSE 0 END AS ceased
        FROM run WHERE value <> 0
    ) its GROUP BY 1
)
SELECT CASE WHEN grouping(cohort) = 0 THEN 'months' WHEN grouping(plan_id) = 0 THEN 'plans' ELSE 'currencies' END,
       currency, cohort, plan_id, count(*) AS supporters, sum(received) AS received, round(avg(received)) AS mean,
       floor(percentile_cont(0.5) WITHIN GROUP (ORDER BY received) + 0.5)::bigint AS median,
       round(avg(months)) AS months, NULL AS value, NULL AS estimate
FROM lives GROUP BY GROUPING SETS ((currency), (currency, cohort), (currency, plan_id))
UNION ALL
SELECT 'estimate', currency, NULL, NULL, NULL, NULL, NULL, NULL, NULL, round(worth / nullif(there, 0)),
       round(worth / nullif(ceased, 0)) FROM flow
"""
_RECEIVED = f"""
SELECT 'deferred', width_bucket(at, %(bounds)s::timestamptz[]), currency, sum(received) AS received,
       sum(back) AS given_back
FROM (
    SELECT currency, received_at AS at, amount_minor AS received, 0 AS back FROM payments
    WHERE membership_id IS NOT NULL AND received_at >= %(first)s AND received_at < %(last)s
    UNION ALL
    SELECT currency, b.at, 0, b.amount_minor FROM {BACK} b JOIN payments p ON p.id = b.payment_id
    WHERE membership_id IS NOT NULL AND b.at >= %(first)s AND b.at < %(last)s
) moved GROUP BY 2, 3
"""
_EARNED_BY = "(2 * net * least(greatest({day} - first_day, 0), days) + days) / (2 * days)"
_PAID_FOR = """
SELECT p.id, p.currency, p.amount_minor, p.received_at, first_day, greatest(1, end_day - first_day) AS days
FROM (
    SELECT p.*, (i.starts_at AT TIME ZONE %(zone)s)::date AS first_day,
           (i.ends_at AT TIME ZONE %(zone)s)::date AS end_day
    FROM payments p JOIN paid_periods i ON i.stripe_invoice_id = p.stripe_invoice_id
    WHERE p.membership_id IS NOT NULL AND i.ends_at > {since} AND p.received_at < %(last)s OFFSET 0
) p
"""
# What is paid and not earned, at each moment at which there is any of it.
_DEFERRED = f"""
WITH moments AS (
    SELECT place - 1 AS place, at, (at AT TIME ZONE %(zone)s)::date AS day
    FROM unnest(%(bounds)s::timestamptz[] || %(last)s::timestamptz) WITH ORDINALITY its(at, place)
), back AS (
    SELECT payment_id, place, sum(amount_minor)::bigint AS amount
    FROM {BACK} b JOIN moments ON moments.at > b.at GROUP BY 1, 2
), there AS (
    SELECT p.currency, m.place, m.day, first_day, days, p.amount_minor - coalesce(b.amount, 0) AS net
    FROM ({_PAID_FOR.format(since="%(first)s")}) p CROSS JOIN generate_series(
        width_bucket(received_at, %(bounds)s::timestamptz[]),
        width_bucket(first_day + days - 1, (SELECT array_agg(day ORDER BY place) FROM moments)) - 1) at_place
    JOIN moments m ON m.place = at_place
    LEFT JOIN back b ON b.payment_id = p.id AND b.place = m.place
)
SELECT 'deferred', place, currency, sum(net - {_EARNED_BY.format(day="day")}) FILTER (WHERE place > 0) AS closing,
       sum(net - {_EARNED_BY.format(day="day")}) FILTER (WHERE day < (%(last)s AT TIME ZONE %(zone)s)::date) AS opening
FROM there GROUP BY 2, 3
"""
# In which of the months to come what is left at the end is earned.
_SCHEDULE = f"""
WITH left_over AS (
    SELECT p.currency, first_day, days, p.amount_minor - coalesce(
        (SELECT sum(b.amount_minor) FROM {BACK} b WHERE b.payment_id = p.id AND b.at < %(last)s), 0)::bigint AS net
    FROM ({_PAID_FOR.format(since="%(last)s")}) p
)
SELECT 'schedule', month, currency,
       sum({_EARNED_BY.format(day="following::date")} - {_EARNED_BY.format(day="month::date")}) AS earned
FROM left_over, generate_series(%(last)s AT TIME ZONE %(zone)s, first_day + days - 1, interval '1 month') month,
     LATERAL (SELECT month + interval '1 month' AS following) its
GROUP BY 2, 3
"""
QUERIES = {
    "members": (_MEMBERS,),
    "mrr": (_MRR,),
    "retention": (_RETENTION,),
    "lifetime": (_LIFETIME,),
    "deferred": (_RECEIVED, _DEFERRED, _SCHEDULE),
}
