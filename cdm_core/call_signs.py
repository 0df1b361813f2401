"""Where in the whole shop's call list, or by score, somebody may stand at most, as the numbers kept of them say.

So all that advice rests on is read of those alone who may be among the first (``cdm_core.calls.list_of_everybody``).
"""

CALLED_TO_CONFIRM = "coalesce(s.last_attempt_at >= s.pending_since, false)"
"""Whether somebody tried to call about the order to confirm of the summary ``s``: a part of the indexes of those."""

SOONEST = f"""
    CASE
        WHEN s.pending_since IS NOT NULL
            THEN ARRAY[0, ({CALLED_TO_CONFIRM})::integer, extract(epoch FROM s.pending_since)::double precision]
        WHEN promised.due_at IS NOT NULL THEN ARRAY[1, extract(epoch FROM promised.due_at)::double precision]
        WHEN s.dropoff_at > :fresh AND s.dropoff_at <= :now
            THEN ARRAY[2, CASE WHEN s.hot_until > :now THEN 0 ELSE best.later END,
                       -extract(epoch FROM s.dropoff_at)::double precision]
        WHEN chase.local_date IS NOT NULL
            THEN ARRAY[3, best.later, chase.local_date - DATE '0001-01-01' + 1, -coalesce(r.value, 0)]
        WHEN c.birthday_md IN (:today_md, :leap_md) THEN ARRAY[4, best.later, -coalesce(r.value, 0)]
        ELSE ARRAY[5, best.later, -coalesce(r.value, 0)]
    END
"""
"""The place before which no entry of customer ``c`` can stand, as SQL: the first part of the list that there is a sign
of, and the place in it, as ``cdm_core.calls`` orders entries. It needs ``JOINS``, and the ``:local_time`` as HH:MM.

Who stated hours may be in them just now: what is kept may be of another day.
"""

SCORE = """
    greatest(
        CASE WHEN s.pending_since IS NOT NULL THEN 10
             WHEN s.hot_until > :now OR promised.due_at IS NOT NULL THEN 8 ELSE 1 END,
        (SELECT 1 + (count(*) FILTER (WHERE cut < coalesce(r.value, 0))
                     + count(*) FILTER (WHERE cut <= coalesce(r.value, 0)) + 1) / 2
         FROM unnest((SELECT cdm_setting('call_score_cuts')::double precision[])) AS cut))
"""
"""The highest score that ``cdm_core.advice`` may give customer ``c``, as SQL; it needs ``JOINS``."""

BEST = f"(-({SCORE})::double precision || ({SOONEST})::double precision[])"
"""The same as ``SOONEST`` of the list by score."""

JOINS = """
    LEFT JOIN customer_summary s ON s.customer_id = c.id
    LEFT JOIN call_ranking r ON r.customer_id = c.id
    LEFT JOIN follow_ups promised
        ON promised.customer_id = c.id AND promised.status = 'open' AND promised.due_at < :tomorrow
    LEFT JOIN campaign_tasks chase
        ON chase.customer_id = c.id AND chase.state = 'open' AND chase.local_date <= :today
    CROSS JOIN LATERAL (SELECT left(r.best_call_time, 5) COLLATE "C" AS begins,
                               right(r.best_call_time, 5) COLLATE "C" AS ends) hours
    CROSS JOIN LATERAL (
        SELECT (c.available_time IS NULL
                AND (CASE WHEN begins < ends THEN begins <= :local_time AND :local_time < ends
                          ELSE begins <= :local_time OR :local_time < ends END) IS NOT TRUE)::integer AS later
    ) best
"""
