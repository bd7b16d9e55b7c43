"""Reports of memberships: spans of paid periods, and what is earned of their payments.

Functions of moments are slow in SQLite: texts are compared first, and seconds counted only where those decide nothing.
"""

from __future__ import annotations

from benchmarks.by_hand.plain import BACK

# The moments that figures are counted at, from 0: where months begin, and the end.
_MOMENTS = """
WITH moments AS MATERIALIZED (
    SELECT key AS place, value ->> 0 AS moment, value ->> 1 AS day FROM json_each(:moments)
)"""
_LAST = "json_array_length(:bounds)"
# How many of them are before a moment.
_PLACE = f"coalesce((SELECT place FROM moments WHERE moment >= {{at}} LIMIT 1), {_LAST} + 1)"
# The month that a moment is in, from 0.
_COHORT = f"coalesce((SELECT place FROM moments WHERE moment > {{at}} LIMIT 1), {_LAST} + 1) - 1"
_OVER = "coalesce(m.ended_at, m.ends_at)"
_SUPPORTER = "coalesce(m.supporter_id, -m.id)"
_COUNTED = f"""
FROM paid_periods p JOIN memberships m ON m.id = p.membership_id
WHERE p.starts_at <= :now AND p.starts_at < p.ends_at AND ({_OVER} IS NULL OR p.starts_at < {_OVER})
"""
_WAITED_FOR = "datetime(p.ends_at, :grace || ' seconds') || substr(p.ends_at, 20)"
_OWN_END = f"CASE WHEN {_OVER} IS NOT NULL OR m.status IN ('active', 'past_due') THEN {_WAITED_FOR} ELSE p.ends_at END"
_LASTS = f"min(coalesce({_OVER}, '9999'), {_OWN_END})"
_IS_FOLLOWED = "({next} <= {end} OR unixepoch({next}) - unixepoch({end}) <= :grace)"
_FOLLOWS = _IS_FOLLOWED.format(end="last_ends_at", next="starts_at")
_GOES_ON = _IS_FOLLOWED.format(end="ends_at", next="next_at")

# Where memberships become and cease to be one that is paid for: periods that are followed within grace are left out.
_SPANS = f"""{_MOMENTS}, edges AS MATERIALIZED (
    SELECT *, last_ends_at IS NULL OR NOT {_FOLLOWS} AS begins, next_at IS NULL OR NOT {_GOES_ON} AS ends
    FROM (
        SELECT p.membership_id, p.starts_at, p.ends_at, lag(p.ends_at) OVER its AS last_ends_at,
               lead(p.starts_at) OVER its AS next_at
        {_COUNTED} WINDOW its AS (PARTITION BY p.membership_id ORDER BY p.starts_at, p.id)
    ) WHERE last_ends_at IS NULL OR next_at IS NULL OR NOT {_FOLLOWS} OR NOT {_GOES_ON}
), turns AS MATERIALIZED (
    SELECT supporter, plan_id, starts_at, {_PLACE.format(at="at")} AS place, came FROM (
        SELECT {_SUPPORTER} AS supporter, m.plan_id, p.starts_at, p.starts_at AS at, 1 AS came
        FROM edges p JOIN memberships m ON m.id = p.membership_id WHERE begins
        UNION ALL
        SELECT {_SUPPORTER}, m.plan_id, p.starts_at, CASE WHEN next_at IS NULL THEN {_LASTS} ELSE p.ends_at END, -1
        FROM edges p JOIN memberships m ON m.id = p.membership_id WHERE ends
    )
)"""
_MEMBERS = f"""{_SPANS}, moved AS (
    SELECT 'members' AS of, '' AS key, supporter, place, sum(came) AS came FROM turns GROUP BY 3, 4
    UNION ALL SELECT 'plans', plan_id, supporter, place, sum(came) FROM turns GROUP BY 2, 3, 4
    UNION ALL SELECT 'intervals', interval, supporter, place, sum(came)
    FROM turns JOIN plans ON plans.id = plan_id GROUP BY 2, 3, 4
), run AS (
    SELECT *, sum(came) OVER its AS there, min(place) OVER its AS first
    FROM moved WINDOW its AS (PARTITION BY of, key, supporter ORDER BY place)
), counted AS MATERIALIZED (
    SELECT of, key, place, count(*) FILTER (WHERE came = there AND there > 0 AND place = first) AS new,
           count(*) FILTER (WHERE came = there AND there > 0 AND place > first) AS won_back,
           count(*) FILTER (WHERE came < 0 AND there = 0) AS lapsed
    FROM run GROUP BY 1, 2, 3
)
SELECT * FROM (
    SELECT of, key, m.place, new, won_back, lapsed,
           sum(new + won_back - lapsed) OVER (PARTITION BY of, key ORDER BY m.place) AS active
    FROM (SELECT DISTINCT of, key FROM counted) CROSS JOIN moments m LEFT JOIN counted USING (of, key, place)
) WHERE place BETWEEN 1 AND {_LAST}
"""
_RETENTION = f"""{_SPANS}, moved AS (
    SELECT supporter, place, sum(came) AS came, min(starts_at) AS starts_at FROM turns GROUP BY 1, 2
), run AS (
    SELECT *, sum(came) OVER its AS there, min(starts_at) OVER its AS first_at, min(place) OVER its AS first
    FROM moved WINDOW its AS (PARTITION BY supporter ORDER BY place)
), summed AS MATERIALIZED (
    SELECT {_COHORT.format(at="first_at")} AS cohort, place, count(*) FILTER (WHERE place = first) AS supporters,
           count(*) FILTER (WHERE came = there AND there > 0) - count(*) FILTER (WHERE came < 0 AND there = 0) AS came
    FROM run WHERE first_at >= :first AND first_at < :last GROUP BY 1, 2
)
SELECT 'numbers', cohort, m.place - cohort - 1, sum(came) AS after_,
       CASE WHEN m.place = cohort + 1 THEN sum(supporters) ELSE 0 END AS supporters
FROM moments m JOIN summed ON m.place > cohort AND summed.place <= m.place GROUP BY cohort, m.place
"""
# The same with what a month is worth: a period that is worth the same as the one that it follows turns nothing.
_MONTHS = "CAST(max(1, round((unixepoch(p.ends_at) - unixepoch(p.starts_at)) / 2629800.0)) AS INTEGER)"
_WORTH = f"""{_MOMENTS}, edges AS MATERIALIZED (
    SELECT * FROM (
        SELECT *, coalesce({_FOLLOWS}, 0) AS is_bridged,
               coalesce(last_value = value AND last_currency = currency AND {_FOLLOWS}, 0) AS is_continued
        FROM (
            SELECT *, lag(value) OVER its AS last_value, lag(currency) OVER its AS last_currency,
                   lag(ends_at) OVER its AS last_ends_at, lead(starts_at) OVER its AS next_at
            FROM (
                SELECT *, (2 * amount_minor + months) / (2 * months) AS value
                FROM (
                    SELECT p.id, p.membership_id, p.currency, p.starts_at, p.ends_at, p.amount_minor,
                           {_MONTHS} AS months
                    {_COUNTED} LIMIT -1 OFFSET 0
                ) LIMIT -1 OFFSET 0
            ) WINDOW its AS (PARTITION BY membership_id ORDER BY starts_at, id)
        )
    ) WHERE NOT is_continued OR next_at IS NULL
), turns AS MATERIALIZED (
    SELECT supporter, plan_id, currency, starts_at, {_PLACE.format(at="at")} AS place, value, came FROM (
        SELECT {_SUPPORTER} AS supporter, m.plan_id, p.currency, p.starts_at, p.starts_at AS at, value, 1 AS came
        FROM edges p JOIN memberships m ON m.id = p.membership_id WHERE NOT is_continued
        UNION ALL
        SELECT {_SUPPORTER}, m.plan_id, last_currency, p.starts_at,
               CASE WHEN is_bridged THEN p.starts_at ELSE last_ends_at END, -last_value, -1
        FROM edges p JOIN memberships m ON m.id = p.membership_id WHERE NOT is_continued AND last_ends_at IS NOT NULL
        UNION ALL
        SELECT {_SUPPORTER}, m.plan_id, p.currency, p.starts_at, {_LASTS}, -value, -1
        FROM edges p JOIN memberships m ON m.id = p.membership_id WHERE next_at IS NULL
    )
), run AS MATERIALIZED (
    SELECT *, sum(value) OVER its AS worth, sum(came) OVER its AS there,
           min(place) FILTER (WHERE turns_worth) OVER its AS first
    FROM (
        SELECT supporter, currency, place, sum(value) AS value, sum(came) AS came, max(value <> 0) AS turns_worth
        FROM turns GROUP BY 1, 2, 3
    ) WINDOW its AS (PARTITION BY supporter, currency ORDER BY place)
)"""
_MRR = f"""{_WORTH}
SELECT 'mrr', currency, place, closing - moved AS start, new, reactivation, expansion, contraction, churn,
       closing AS "end"
FROM (
    SELECT *, sum(moved) OVER (PARTITION BY currency ORDER BY place) AS closing
    FROM (
        SELECT currency, place, sum(value) AS moved,
               sum(value) FILTER (WHERE worth = value AND place = first) AS new,
               sum(value) FILTER (WHERE worth = value AND place > first) AS reactivation,
               sum(value) FILTER (WHERE worth <> value AND value > 0) AS expansion,
               sum(value) FILTER (WHERE worth <> 0 AND worth <> value AND value < 0) AS contraction,
               sum(value) FILTER (WHERE worth = 0) AS churn
        FROM run WHERE value <> 0 GROUP BY 1, 2
    )
) WHERE place BETWEEN 1 AND {_LAST}
"""
_LIFETIME = f"""{_WORTH}, paid AS (
    SELECT membership_id, currency, sum(amount_minor) AS amount FROM payments
    WHERE membership_id IS NOT NULL AND received_at < :last GROUP BY 1, 2
    UNION ALL
    SELECT membership_id, currency, -b.amount_minor FROM {BACK} b JOIN payments p ON p.id = b.payment_id
    WHERE membership_id IS NOT NULL AND b.at < :last
), received AS MATERIALIZED (
    SELECT {_SUPPORTER} AS supporter, p.currency, sum(amount) AS amount
    FROM paid p JOIN memberships m ON m.id = p.membership_id GROUP BY 1, 2
), began AS MATERIALIZED (
    SELECT supporter, currency, starts_at AS first_at, plan_id FROM (
        SELECT *, row_number() OVER (PARTITION BY supporter, currency ORDER BY starts_at, plan_id) AS nth
        FROM turns WHERE came > 0
    ) WHERE nth = 1 AND starts_at >= :first AND starts_at < :last
), stayed AS MATERIALIZED (
    SELECT supporter, currency, sum(({_LAST} + 1 - place) * CASE
        WHEN came = there AND there > 0 THEN 1 WHEN came < 0 AND there = 0 THEN -1 ELSE 0 END) AS months
    FROM run GROUP BY 1, 2
), lives AS MATERIALIZED (
    SELECT currency, {_COHORT.format(at="first_at")} AS cohort, plan_id, coalesce(amount, 0) AS received, months
    FROM began JOIN stayed USING (supporter, currency) LEFT JOIN received USING (supporter, currency)
), placed AS (
    SELECT 'currencies' AS name, currency, NULL AS key, received, months,
           row_number() OVER (its ORDER BY received) AS nth, count(*) OVER its AS n
    FROM lives WINDOW its AS (PARTITION BY currency)
    UNION ALL
    SELECT 'months', currency, cohort, received, months, row_number() OVER (its ORDER BY received), count(*) OVER its
    FROM lives WINDOW its AS (PARTITION BY currency, cohort)
    UNION ALL
    SELECT 'plans', currency, plan_id, received, months, row_number() OVER (its ORDER BY received), count(*) OVER its
    FROM lives WINDOW its AS (PARTITION BY currency, plan_id)
), flow AS (
    SELECT currency, sum(value * ({_LAST} - min(place, {_LAST}))) AS worth, sum(({_LAST} - min(place, {_LAST})) * CASE
               WHEN worth = value THEN 1 WHEN worth = 0 THEN -1 ELSE 0 END) AS there,
           count(*) FILTER (WHERE worth = 0 AND place <= {_LAST}) AS ceased
    FROM run WHERE value <> 0 GROUP BY 1
)
SELECT name, currency, key, count(*) AS supporters, sum(received) AS received, round(avg(received)) AS mean,
       floor(avg(received) FILTER (WHERE nth IN ((n + 1) / 2, n / 2 + 1)) + 0.5) AS median,
       round(avg(months)) AS months, NULL AS value, NULL AS estimate
FROM placed GROUP BY 1, 2, 3
UNION ALL
SELECT 'estimate', currency, NULL, NULL, NULL, NULL, NULL, NULL, round(1.0 * worth / nullif(there, 0)),
       round(1.0 * worth / nullif(ceased, 0)) FROM flow
"""
# What came and went back, each found by its own index; the month is the place of the moment that it begins at.
_RECEIVED = f"""{_MOMENTS}, months AS MATERIALIZED (
    SELECT place, moment AS begins_at, lead(moment) OVER (ORDER BY place) AS over_at FROM moments
)
SELECT 'deferred', place, currency, sum(amount_minor) AS received, 0 AS given_back
FROM months CROSS JOIN payments ON received_at >= begins_at AND received_at < over_at
WHERE membership_id IS NOT NULL GROUP BY 2, 3
UNION ALL
SELECT 'deferred', place, p.currency, 0, sum(b.amount_minor)
FROM {BACK} b JOIN payments p ON p.id = b.payment_id JOIN months ON b.at >= begins_at AND b.at < over_at
WHERE membership_id IS NOT NULL GROUP BY 2, 3
"""
# Days are numbered; of the newsroom's a moment is in the one that its clocks say.
_DAY = "(unixepoch({at}) + (SELECT ahead FROM offsets WHERE since <= {at} LIMIT 1)) / 86400"
_PAID_FOR = f"""{_MOMENTS}, offsets AS MATERIALIZED (
    SELECT value ->> 0 AS since, value ->> 1 AS ahead FROM json_each(:offsets)
), paid AS MATERIALIZED (
    SELECT id, currency, amount_minor, known_at, first_day, max(1, end_day - first_day) AS days
    FROM (
        SELECT p.id, p.currency, p.amount_minor, place AS known_at, {_DAY.format(at="i.starts_at")} AS first_day,
               {_DAY.format(at="i.ends_at")} AS end_day
        FROM (SELECT *, lag(moment, 1, '') OVER (ORDER BY place) AS begins_at FROM moments)
        CROSS JOIN payments p ON p.received_at >= begins_at AND p.received_at < moment
        CROSS JOIN paid_periods i ON i.stripe_invoice_id = p.stripe_invoice_id
        WHERE p.membership_id IS NOT NULL AND i.ends_at > {{since}} LIMIT -1 OFFSET 0
    )
)"""
_EARNED_BY = "(2 * net * min(max({day} - first_day, 0), days) + days) / (2 * days)"
_GONE = f"(SELECT sum(b.amount_minor) FROM {BACK} b WHERE b.payment_id = its.id AND b.at < {{moment}})"
# What is paid and not earned, at each moment at which there is any of it.
_DEFERRED = f"""{_PAID_FOR.format(since=":first")}, there AS (
    SELECT its.currency, m.place, m.day, first_day, days, amount_minor - CASE
        WHEN its.id IN (SELECT payment_id FROM {BACK}) THEN coalesce({_GONE.format(moment="m.moment")}, 0)
        ELSE 0 END AS net
    FROM paid its CROSS JOIN moments m ON m.place >= known_at AND m.day < first_day + days LIMIT -1 OFFSET 0
)
SELECT 'deferred', place, currency, sum(net - {_EARNED_BY.format(day="day")}) FILTER (WHERE place > 0) AS closing,
       sum(net - {_EARNED_BY.format(day="day")}) FILTER (WHERE place < {_LAST}) AS opening
FROM there GROUP BY 2, 3
"""
# In which of the months to come what is left at the end is earned.
_SCHEDULE = f"""{_PAID_FOR.format(since=":last")}, left_over AS MATERIALIZED (
    SELECT its.currency, first_day, days, amount_minor - coalesce({_GONE.format(moment=":last")}, 0) AS net
    FROM paid its
), months (begins_on, day, following) AS (
    SELECT :over_on, unixepoch(:over_on) / 86400, unixepoch(:over_on, '+1 month') / 86400
    UNION ALL
    SELECT date(begins_on, '+1 month'), following, unixepoch(begins_on, '+2 months') / 86400
    FROM months WHERE following < (SELECT max(first_day + days) FROM left_over)
)
SELECT 'schedule', begins_on, currency,
       sum({_EARNED_BY.format(day="following")} - {_EARNED_BY.format(day="day")}) AS earned
FROM left_over JOIN months ON day < first_day + days GROUP BY 2, 3
"""
QUERIES = {
    "members": (_MEMBERS,),
    "mrr": (_MRR,),
    "retention": (_RETENTION,),
    "lifetime": (_LIFETIME,),
    "deferred": (_RECEIVED, _DEFERRED, _SCHEDULE),
}
