-- The call list by the ranking: its indexes, and the view for SQL.

CREATE INDEX call_ranking_value ON call_ranking (owner_id, value DESC);
-- Of the unowned, whom an index that begins with the owner could not give in order.
CREATE INDEX call_ranking_unowned_value ON call_ranking (value DESC) WHERE owner_id IS NULL;

-- Until the first night ranks them, customers who are there already stand by decayed revenue.
INSERT INTO call_ranking (customer_id, owner_id, value, ranked_at)
SELECT customer_id, owner_id, decayed_revenue, cdm_now() FROM customer_summary;

-- The list is in order of the ranking now.
DROP INDEX customer_summary_value, customer_summary_owner_value, customer_summary_unowned_value;

DROP VIEW ai_call_recommendations;

-- The call list for SQL. Never in it: do-not-call, and, unless an order is to be confirmed, who was reached within the
-- cooldown or not reached too often.
CREATE VIEW ai_call_recommendations AS
SELECT s.customer_id,
       s.customer_name,
       c.phone,
       cdm_temperature(s.hot_until, s.warm_until, n.at)
           AS customer_temperature,
       greatest(
           -- The tenth of those who may be called; who shares a value with many is in the middle of them.
           1 + (width_bucket(coalesce(r.value, 0), n.cuts) + 1
                + cardinality(n.cuts) - width_bucket(-coalesce(r.value, 0), n.cuts_from_below)) / 2,
           CASE WHEN s.pending_since IS NOT NULL THEN 10 WHEN s.hot_until > n.at THEN 8 ELSE 1 END)::smallint
           AS call_priority_score,
       CASE a.next_action
           WHEN 'win_back' THEN 'Offer to come back'
           WHEN 'reorder' THEN 'Due again'
           WHEN 'call_now' THEN 'Premium product upsell'
           ELSE 'No offer'
       END AS offer_type,
       r.best_call_time,
       r.best_call_time_n,
       -- Not a join: for a page of the list it is read for the page alone.
       (SELECT string_agg(top.name, ', ' ORDER BY top.chance DESC, top.due DESC, top.place)
        FROM (
            SELECT name, chance, due, place
            FROM cdm_products_to_offer(s.customer_id, n.at)
            ORDER BY chance DESC, due DESC, place
            LIMIT 3
        ) top) AS recommended_products,
       CASE a.next_action
           WHEN 'confirm_order' THEN 'Confirm the order today'
           WHEN 'call_now' THEN 'URGENT: Call within 24 hours'
           WHEN 'recover_cart' THEN 'Recover the cart today'
           WHEN 'reorder' THEN 'Offer a reorder'
           WHEN 'win_back' THEN 'Win back this week'
           ELSE 'Nothing to do now'
       END AS next_action,
       a.next_action AS next_action_code,
       r.value,
       s.lifetime_value,
       s.total_orders,
       s.last_order_date,
       s.last_contact_at,
       s.owner_id,
       s.decayed_revenue
FROM customer_summary s
CROSS JOIN (SELECT cdm_now() AS at,
                   cdm_setting('call_score_cuts')::double precision[] AS cuts,
                   (SELECT coalesce(array_agg(-cut ORDER BY cut DESC), '{}')
                    FROM unnest(cdm_setting('call_score_cuts')::double precision[]) cut) AS cuts_from_below,
                   make_interval(days => cdm_setting('cooldown_days')::integer) AS cooldown,
                   make_interval(days => cdm_setting('attempt_cap_days')::integer) AS cap_days,
                   cdm_setting('attempt_cap')::integer AS cap,
                   make_interval(days => cdm_setting('dropoff_fresh_days')::integer) AS fresh,
                   cdm_today() AS today,
                   cdm_hold_out_period(cdm_today()) AS period,
                   cdm_setting('hold_out_share')::double precision AS held_out,
                   ARRAY(SELECT md FROM occasion_days WHERE days_until_event = 0) AS days_today
            OFFSET 0) n
JOIN customers c ON c.id = s.customer_id
LEFT JOIN call_ranking r ON r.customer_id = s.customer_id
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN s.pending_since IS NOT NULL THEN 'confirm_order'
        WHEN s.dropoff_at > n.at - n.fresh THEN 'recover_cart'
        WHEN s.hot_until > n.at THEN 'call_now'
        WHEN s.lifecycle_stage = 'inactive' THEN 'win_back'
        WHEN s.last_order_date + make_interval(days => greatest(1, s.avg_days_between_orders::integer)) <= n.at
            THEN 'reorder'
        ELSE 'wait'
    END AS next_action
) a
WHERE NOT s.do_not_call
  AND (s.pending_since IS NOT NULL
       OR (s.last_contact_at IS NULL OR s.last_contact_at <= n.at - n.cooldown)
          AND (s.last_attempt_at IS NULL OR s.last_attempt_at <= n.at - n.cap_days
               OR (SELECT count(*) FROM customer_interactions i
                   WHERE i.customer_id = s.customer_id AND i.undone_at IS NULL
                     AND i.interaction_direction = 'outbound' AND cdm_unanswered(i.outcome_code)
                     AND i.occurred_at > greatest(s.last_contact_at, n.at - n.cap_days)) < n.cap))
  -- Not whom nobody waits for and the lot held out.
  AND (n.held_out = 0
       OR cdm_draw(coalesce(c.household_id, c.id), n.period) >= n.held_out
       OR cdm_awaited(coalesce(c.household_id, c.id), n.today, n.at - n.fresh, n.days_today));
