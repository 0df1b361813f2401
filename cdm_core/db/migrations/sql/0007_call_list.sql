-- The call list by the ranking: its indexes, and the views for SQL.

CREATE INDEX call_ranking_value ON call_ranking (owner_id, value DESC);
-- Of the unowned, whom an index that begins with the owner could not give in order.
CREATE INDEX call_ranking_unowned_value ON call_ranking (value DESC) WHERE owner_id IS NULL;

-- Until the first night ranks them, customers who are there already stand by decayed revenue.
INSERT INTO call_ranking (customer_id, owner_id, value, ranked_at)
SELECT customer_id, owner_id, decayed_revenue, cdm_now() FROM customer_summary;

-- The list is in order of the ranking now.
DROP INDEX customer_summary_value, customer_summary_owner_value, customer_summary_unowned_value;

DROP VIEW ai_call_recommendations;

-- Whether they confirmed an order later than that which is not delivered yet.
CREATE FUNCTION cdm_order_underway(customer bigint, since timestamptz, at timestamptz) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT EXISTS (SELECT FROM sales_orders
                   WHERE customer_id = customer AND status = 'pending' AND confirmed_at IS NOT NULL
                     AND ordered_at > since AND ordered_at <= at)
    $$;

-- Whether the usual gap between orders has passed: exactly so many days as it is on average, at least one. From the last
-- that was delivered, and from one that is on its way.
CREATE FUNCTION cdm_reorder_due(s customer_summary, at timestamptz) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT s.avg_days_between_orders IS NOT NULL
           AND s.last_order_date
               + make_interval(secs => greatest(1, s.avg_days_between_orders)::double precision * 86400) <= at
           AND (s.pending_orders = 0
                OR NOT cdm_order_underway(
                    s.customer_id,
                    at - make_interval(secs => greatest(1, s.avg_days_between_orders)::double precision * 86400), at))
    $$;

-- Whether they are inactive and nothing is on its way to them that they ordered since.
CREATE FUNCTION cdm_gone_quiet(s customer_summary, at timestamptz) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT s.lifecycle_stage = 'inactive'
           AND (s.pending_orders = 0
                OR NOT cdm_order_underway(
                    s.customer_id, at - make_interval(days => cdm_setting('inactive_after_days')::integer), at))
    $$;

-- Whether somebody came so lately that they are called as a new lead: a week, or, while nobody has tried, a month.
CREATE FUNCTION cdm_came_lately(came timestamptz, tried timestamptz, at timestamptz) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT came > at - CASE WHEN tried IS NULL THEN interval '30 days' ELSE interval '7 days' END $$;

-- Whether an order of theirs is known, whatever became of it: who ordered is no new lead.
CREATE FUNCTION cdm_ever_ordered(customer bigint, at timestamptz) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT EXISTS (SELECT FROM sales_orders WHERE customer_id = customer AND ordered_at <= at) $$;

-- The sum of the reasons to call (cdm_core/factors.py, but for an order to confirm): from 6 on, signs of a hot customer
-- add up to an urgent call.
CREATE FUNCTION cdm_call_weight(customer bigint, at timestamptz, today date, days_today smallint[]) RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT CASE WHEN s.dropoff_at <= at
                     AND s.dropoff_at > at - make_interval(days => cdm_setting('dropoff_fresh_days')::integer)
                THEN CASE WHEN s.dropoff_at > at - make_interval(hours => cdm_setting('hot_intent_hours')::integer)
                          THEN 4 ELSE 2 END
                ELSE 0 END
         + CASE WHEN f.due_at < at THEN 4 WHEN (f.due_at AT TIME ZONE zone)::date = today THEN 3 ELSE 0 END
         + CASE WHEN latest.outcome_code = 'interested'
                     AND latest.occurred_at > at - make_interval(days => cdm_setting('hot_contact_days')::integer)
                THEN 3
                WHEN latest.outcome_code IN ('not_interested', 'customer_hung_up') THEN -2
                ELSE 0 END
         + CASE WHEN s.last_contact_at IS NULL THEN 0
                ELSE least(greatest(today - (s.last_contact_at AT TIME ZONE zone)::date, 0)
                           - cdm_setting('cooldown_days')::integer, 0) END
         + 2 * ((c.birthday_md = ANY(days_today)) IS TRUE)::integer
         + 2 * ((c.anniversary_md = ANY(days_today)) IS TRUE)::integer
         + 2 * (SELECT count(*) FILTER (WHERE m.birthday_md = ANY(days_today))
                       + count(*) FILTER (WHERE m.anniversary_md = ANY(days_today)
                                            AND (m.relationship = 'spouse'
                                                 AND m.anniversary_md = c.anniversary_md) IS NOT TRUE)
                FROM customer_family_members m WHERE m.customer_id = customer)
         + CASE WHEN s.last_order_date IS NULL
                THEN CASE WHEN s.last_contact_at IS NULL AND NOT c.came_unknown
                               AND cdm_came_lately(c.created_at, s.last_attempt_at, at)
                               AND NOT cdm_ever_ordered(customer, at) THEN 2 ELSE 0 END
                WHEN cdm_gone_quiet(s, at) THEN 1
                WHEN s.last_order_date > at - make_interval(days => cdm_setting('hot_order_days')::integer) THEN 1
                WHEN cdm_reorder_due(s, at) THEN 2
                ELSE 0 END
         + coalesce(s.last_activity_at > at - interval '7 days', false)::integer
         + CASE WHEN r.fit_id IS NULL OR r.p_buy IS NULL THEN 0
                WHEN s.last_order_date IS NULL
                THEN CASE WHEN r.p_buy::double precision >= 0.01
                          THEN coalesce((r.p_buy >= 1.25 * fits.leads_rate)::integer
                                        - (r.p_buy <= 0.8 * fits.leads_rate)::integer, 0)
                          ELSE 0 END
                ELSE (r.p_buy >= 0.5 AND fits.horizon IS NOT NULL)::integer
                     - coalesce(r.p_alive::double precision <= 0.2, false)::integer END
         + CASE WHEN tried.unanswered >= 2 THEN -1
                WHEN tried.calls < 4 THEN 0
                WHEN tried.answered * 4 >= tried.calls * 3 THEN 1
                WHEN tried.answered * 4 <= tried.calls THEN -1
                ELSE 0 END
    FROM (SELECT (SELECT parameters #>> '{production,model,horizon}'
                  FROM model_fits WHERE kind = 'purchase' ORDER BY id DESC LIMIT 1) AS horizon,
                 (SELECT (parameters #>> '{overall,rate}')::double precision
                  FROM model_fits WHERE kind = 'leads' ORDER BY id DESC LIMIT 1) AS leads_rate
          OFFSET 0) fits
    CROSS JOIN (SELECT cdm_setting('timezone') AS zone,
                 at - make_interval(days => cdm_setting('attempt_cap_days')::integer) AS attempts_since OFFSET 0) n
    CROSS JOIN customers c
    JOIN customer_summary s ON s.customer_id = c.id
    JOIN call_ranking r ON r.customer_id = c.id
    LEFT JOIN follow_ups f ON f.customer_id = c.id AND f.status = 'open'
    LEFT JOIN LATERAL (
        SELECT i.outcome_code, i.occurred_at
        FROM customer_interactions i
        WHERE i.customer_id = customer AND i.undone_at IS NULL
        ORDER BY i.occurred_at DESC, i.id DESC LIMIT 1
    ) latest ON true
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE cdm_unanswered(i.outcome_code)
                                  AND i.occurred_at > greatest(s.last_contact_at, n.attempts_since)) AS unanswered,
               count(*) FILTER (WHERE i.interaction_type = 'call'
                                  AND (cdm_answered(i.outcome_code) OR cdm_unanswered(i.outcome_code))) AS calls,
               count(*) FILTER (WHERE i.interaction_type = 'call' AND cdm_answered(i.outcome_code)) AS answered
        FROM customer_interactions i
        WHERE i.customer_id = customer AND i.undone_at IS NULL AND i.interaction_direction = 'outbound'
          AND i.occurred_at > at - interval '365 days'
    ) tried
    WHERE c.id = customer
    $$;

-- What kind of offer to make somebody with whom this is to be done next, and the three products for it that are taken
-- most, those first that make it one of its kind: as cdm_core/offer_choice.py chooses where a shop has no rules.
CREATE FUNCTION cdm_offer(customer bigint, next_action text, at timestamptz) RETURNS TABLE (offer text, products text)
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    WITH offered AS (
        SELECT o.name, o.kind <> 'new' AS known, array_position(ARRAY['due', 'before', 'new'], o.kind) AS list,
               o.dearer, o.chance, o.place
        FROM cdm_products_to_offer(customer, at) o
        WHERE next_action <> 'confirm_order'
    ), lists AS (
        SELECT bool_or(known) AS known, bool_or(NOT known) AS fresh, bool_or(dearer) AS dearer,
               (array_agg(known ORDER BY chance DESC, list, place))[1] AS known_first
        FROM offered
    ), chosen AS (
        SELECT CASE
            WHEN next_action = 'confirm_order' THEN 'none'
            WHEN next_action = 'wish' THEN 'occasion'
            WHEN next_action = 'win_back' THEN 'reactivation'
            WHEN l.known AND next_action = 'reorder' THEN 'reorder'
            WHEN (s.customer_type = 'vip' OR s.lifecycle_stage = 'loyal') AND l.dearer THEN 'upsell'
            WHEN (SELECT i.reason IN ('price', 'delivery_charge')
                         AND NOT EXISTS (SELECT FROM sales_orders o
                                         WHERE o.customer_id = customer AND o.status = 'completed'
                                           AND cdm_ordered_since(o.ordered_at, o.created_at, i.occurred_at,
                                                                 cdm_setting('timezone')))
                  FROM customer_interactions i
                  WHERE i.customer_id = customer AND i.undone_at IS NULL
                  ORDER BY i.occurred_at DESC, i.id DESC LIMIT 1) THEN 'discount'
            WHEN l.known_first THEN 'reorder'
            WHEN s.total_orders > 0 AND l.fresh THEN 'cross_sell'
            WHEN l.known THEN 'reorder'
            ELSE 'none'
        END AS offer
        FROM lists l CROSS JOIN customer_summary s
        WHERE s.customer_id = customer
    )
    SELECT c.offer,
           (SELECT string_agg(top.name, ', ' ORDER BY top.of_kind DESC, top.chance DESC, top.list, top.place)
            FROM (SELECT o.*, CASE c.offer WHEN 'reorder' THEN o.known WHEN 'cross_sell' THEN NOT o.known
                                           WHEN 'upsell' THEN o.dearer ELSE true END AS of_kind
                  FROM offered o
                  WHERE c.offer <> 'none'
                  ORDER BY of_kind DESC, o.chance DESC, o.list, o.place LIMIT 3) top)
    FROM chosen c
    $$;

-- Now, and what the settings say of it: one row. Read in a lateral join, so that it is read once.
CREATE VIEW call_rules AS
SELECT at, today, days_today,
       today::timestamp AT TIME ZONE zone AS day_begin,
       (today + 1)::timestamp AT TIME ZONE zone AS day_end,
       (at AT TIME ZONE zone)::time AS local_time,
       zone,
       at - make_interval(days => cdm_setting('cooldown_days')::integer) AS cooled,
       at - interval '2 hours' AS retried,
       at - make_interval(days => cdm_setting('attempt_cap_days')::integer) AS attempts_since,
       cdm_setting('attempt_cap')::integer AS attempt_cap,
       at - make_interval(days => cdm_setting('dropoff_fresh_days')::integer) AS fresh,
       cdm_hold_out_period(today) AS period,
       cdm_setting('hold_out_share')::double precision AS held_out,
       cuts,
       (SELECT coalesce(array_agg(-cut ORDER BY cut DESC), '{}') FROM unnest(cuts) cut) AS cuts_from_below
FROM (SELECT cdm_now() AS at, cdm_today() AS today, cdm_setting('timezone') AS zone,
             cdm_setting('call_score_cuts')::double precision[] AS cuts,
             ARRAY(SELECT md FROM occasion_days WHERE days_until_event = 0) AS days_today
      OFFSET 0) now
OFFSET 0;

-- Whether to call this customer now, what for, and where they would stand: what the chat says (call_candidates, advice,
-- calls), for SQL; no row of who is not to be called. Not looked at yet: who is held out, and who of a household is the
-- one to be called.
CREATE FUNCTION cdm_call_entry(customer bigint, n call_rules) RETURNS TABLE (next_action text, place double precision[])
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
SELECT a.next_action, p.place
FROM call_ranking r
JOIN customer_summary s ON s.customer_id = r.customer_id
JOIN customers c ON c.id = r.customer_id
LEFT JOIN follow_ups f ON f.customer_id = r.customer_id AND f.status = 'open' AND f.due_at < n.day_end
LEFT JOIN campaign_tasks t ON t.customer_id = r.customer_id AND t.state = 'open' AND t.local_date <= n.today
CROSS JOIN LATERAL (
    SELECT skips.skipped_at, skips.put_off_at,
           (s.last_contact_at IS NULL OR s.last_contact_at <= n.cooled)
           AND (s.last_attempt_at IS NULL OR s.last_attempt_at <= n.retried
                AND (s.last_attempt_at <= n.attempts_since
                     OR (SELECT count(*) FROM customer_interactions i
                         WHERE i.customer_id = r.customer_id AND i.undone_at IS NULL
                           AND i.interaction_direction = 'outbound' AND cdm_unanswered(i.outcome_code)
                           AND i.occurred_at > greatest(s.last_contact_at, n.attempts_since)) < n.attempt_cap))
           -- One phone rings once: for nobody else of the household today, if one was spoken to or just tried.
           AND (c.household_id IS NULL
                OR NOT EXISTS (SELECT FROM customers kin JOIN customer_summary k ON k.customer_id = kin.id
                               WHERE kin.household_id = c.household_id AND kin.id <> c.id
                                 AND (k.last_contact_at >= n.day_begin OR k.last_attempt_at > n.retried)
                               OFFSET 0))
               AS rested,
           s.hot_until > n.at AS hot,
           s.dropoff_at > n.fresh AND s.dropoff_at <= n.at AS carted,
           s.last_order_date IS NULL AND s.last_contact_at IS NULL AND NOT c.came_unknown
           AND cdm_came_lately(c.created_at, s.last_attempt_at, n.at) AND NOT cdm_ever_ordered(r.customer_id, n.at)
               AS new_lead,
           t.id IS NOT NULL
           AND NOT cdm_bought_since_cause(t.customer_id, t.campaign_id, t.caused_at) AS chased
    FROM (SELECT max(k.at) AS skipped_at,
                 max(k.at) FILTER (WHERE k.kind <> 'bad_suggestion' OR k.at > n.at - interval '1 hour') AS put_off_at
          FROM call_feedback k
          WHERE k.customer_id = r.customer_id AND k.until > n.at) skips
    OFFSET 0
) w
LEFT JOIN LATERAL (
    SELECT i.outcome_code, i.occurred_at
    FROM customer_interactions i
    WHERE i.customer_id = r.customer_id AND i.undone_at IS NULL
    ORDER BY i.occurred_at DESC, i.id DESC LIMIT 1
) latest ON true
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN s.pending_since IS NOT NULL THEN 'confirm_order'
        WHEN w.hot AND cdm_call_weight(r.customer_id, n.at, n.today, n.days_today) >= 6 THEN 'call_now'
        WHEN f.id IS NOT NULL THEN 'follow_up'
        WHEN w.carted THEN 'recover_cart'
        WHEN c.birthday_md = ANY(n.days_today) OR c.anniversary_md = ANY(n.days_today)
             OR EXISTS (SELECT FROM customer_family_members m
                        WHERE m.customer_id = r.customer_id
                          AND (m.birthday_md = ANY(n.days_today) OR m.anniversary_md = ANY(n.days_today))) THEN 'wish'
        WHEN w.hot OR w.new_lead THEN 'call_now'
        WHEN w.chased OR cdm_gone_quiet(s, n.at) THEN 'win_back'
        WHEN cdm_reorder_due(s, n.at) THEN 'reorder'
        ELSE 'wait'
    END AS next_action
    OFFSET 0
) a
-- The part of the list and the order within it, the first first.
CROSS JOIN LATERAL (
    SELECT CASE WHEN r.best_call_time IS NULL THEN 1
                WHEN split_part(r.best_call_time, '-', 1)::time < split_part(r.best_call_time, '-', 2)::time
                THEN (n.local_time < split_part(r.best_call_time, '-', 1)::time
                      OR n.local_time >= split_part(r.best_call_time, '-', 2)::time)::integer
                ELSE (n.local_time < split_part(r.best_call_time, '-', 1)::time
                      AND n.local_time >= split_part(r.best_call_time, '-', 2)::time)::integer END AS later
) best
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN s.pending_since IS NOT NULL
            THEN ARRAY[0, coalesce(s.last_attempt_at >= s.pending_since, false)::integer,
                       extract(epoch FROM s.pending_since), 0]
        WHEN f.id IS NOT NULL THEN ARRAY[1, extract(epoch FROM f.due_at), 0, 0]
        WHEN w.carted
            THEN ARRAY[2, CASE WHEN w.hot THEN 0 ELSE best.later END, -extract(epoch FROM s.dropoff_at), 0]
        WHEN w.chased THEN ARRAY[3, best.later, t.local_date - DATE '0001-01-01', -r.value]
        WHEN c.birthday_md = ANY(n.days_today) THEN ARRAY[4, best.later, -r.value, 0]
        ELSE ARRAY[5, best.later, -r.value, 0]
    END::double precision[] || r.customer_id::double precision AS place
) p
WHERE r.customer_id = customer
  AND NOT s.do_not_call
  AND c.do_not_call_at IS NULL
  AND NOT EXISTS (SELECT FROM calls_held h WHERE h.customer_id = r.customer_id)
  -- Somebody is at them just now, or at another of the household.
  AND NOT EXISTS (SELECT FROM claims k WHERE k.customer_id = r.customer_id AND k.expires_at > n.at)
  AND (c.household_id IS NULL
       OR NOT EXISTS (SELECT FROM customers m JOIN claims k ON k.customer_id = m.id AND k.expires_at > n.at
                      WHERE m.household_id = c.household_id))
  -- Skipped for now counts against reasons that were there already, a bad suggestion against what is owed for an hour.
  AND (s.pending_since IS NOT NULL
           AND (s.last_attempt_at IS NULL OR s.last_attempt_at <= n.retried OR s.last_attempt_at < s.pending_since)
           AND (w.put_off_at >= s.pending_since) IS NOT TRUE
       OR f.id IS NOT NULL AND (w.put_off_at >= f.created_at) IS NOT TRUE
       OR w.rested
           AND (w.carted AND (w.skipped_at >= s.dropoff_at) IS NOT TRUE
                OR t.id IS NOT NULL AND (w.skipped_at >= t.created_at) IS NOT TRUE
                OR w.skipped_at IS NULL
                    AND (c.birthday_md = ANY(n.days_today)
                         OR c.lifecycle_stage IN ('lead', 'prospect') AND NOT c.came_unknown
                            AND cdm_came_lately(c.created_at, s.last_attempt_at, n.at)
                            AND NOT cdm_ever_ordered(r.customer_id, n.at)
                         OR (s.total_orders = 0 OR s.decayed_revenue > 0)
                             AND (w.hot OR cdm_gone_quiet(s, n.at) OR cdm_reorder_due(s, n.at)))))
  -- Nobody is called again at once, unless they were promised to be.
  AND (latest.outcome_code IN ('no_answer', 'line_busy', 'switched_off', 'wrong_number')
       AND latest.occurred_at > n.retried
       AND (latest.occurred_at < f.due_at AND f.due_at <= n.at) IS NOT TRUE) IS NOT TRUE
  AND a.next_action <> 'wait'
    $$;

-- The call list for SQL: the whole shop's, as the chat and the API give it. By value, the first page costs a page.
CREATE VIEW ai_call_recommendations AS
SELECT s.customer_id,
       s.customer_name,
       c.phone,
       cdm_temperature(s.hot_until, s.warm_until, n.at)
           AS customer_temperature,
       greatest(
           -- The tenth of those who may be called; who shares a value with many is in the middle of them.
           1 + (width_bucket(r.value, n.cuts) + 1
                + cardinality(n.cuts) - width_bucket(-r.value, n.cuts_from_below)) / 2,
           CASE WHEN s.pending_since IS NOT NULL THEN 10
                WHEN s.hot_until > n.at OR e.next_action = 'follow_up' THEN 8 ELSE 1 END)::smallint
           AS call_priority_score,
       -- No joins: for a page of the list they are read for the page alone.
       (SELECT CASE o.offer
                   WHEN 'upsell' THEN 'Premium product upsell'
                   WHEN 'cross_sell' THEN 'Goes with what they buy'
                   WHEN 'reorder' THEN 'Buy again'
                   WHEN 'discount' THEN 'Discount'
                   WHEN 'reactivation' THEN 'Offer to come back'
                   WHEN 'occasion' THEN 'Birthday or anniversary offer'
                   ELSE 'No offer'
               END
        FROM cdm_offer(s.customer_id, e.next_action, n.at) o) AS offer_type,
       r.best_call_time,
       r.best_call_time_n,
       (SELECT o.products FROM cdm_offer(s.customer_id, e.next_action, n.at) o) AS recommended_products,
       CASE e.next_action
           WHEN 'confirm_order' THEN 'Confirm the order today'
           WHEN 'call_now' THEN 'URGENT: Call within 24 hours'
           WHEN 'follow_up' THEN 'Follow up as promised'
           WHEN 'recover_cart' THEN 'Recover the cart today'
           WHEN 'wish' THEN 'Send wishes today'
           WHEN 'win_back' THEN 'Win back this week'
           WHEN 'reorder' THEN 'Offer a reorder'
       END AS next_action,
       e.next_action AS next_action_code,
       r.value,
       s.lifetime_value,
       s.total_orders,
       s.last_order_date,
       s.last_contact_at,
       s.owner_id,
       s.decayed_revenue
FROM call_rules n
CROSS JOIN call_ranking r
JOIN customer_summary s ON s.customer_id = r.customer_id
JOIN customers c ON c.id = r.customer_id
CROSS JOIN LATERAL (SELECT next_action, place FROM cdm_call_entry(r.customer_id, n) OFFSET 0) e  -- each by its id
-- One household is one call: of several in it the one who stands first.
WHERE NOT EXISTS (SELECT FROM customers m
                  CROSS JOIN LATERAL (SELECT place FROM cdm_call_entry(m.id, n) OFFSET 0) other
                  WHERE (m.household_id = coalesce(c.household_id, c.id)
                         OR m.id = c.household_id AND m.household_id IS NULL)
                    AND m.id <> c.id AND other.place < e.place
                  OFFSET 0)  -- for those alone who would be listed
  -- Not whom nobody waits for and the lot held out.
  AND (n.held_out = 0
       OR cdm_draw(coalesce(c.household_id, c.id), n.period) >= n.held_out
       OR cdm_awaited(coalesce(c.household_id, c.id), n.today, n.fresh, n.days_today));
