-- One definition of a customer's numbers: one LATERAL subquery a fact table, never a join of facts.
-- customer_summary holds its rows; the columns of both are the same and in the same order.

CREATE VIEW customer_numbers AS
WITH words AS MATERIALIZED (
    SELECT cdm_horizon() AS horizon,
           cdm_now() AS at,
           cdm_setting('timezone') AS zone,
           cdm_setting('vip_lifetime_value')::numeric AS vip_value,
           cdm_setting('loyal_orders')::integer AS loyal_orders,
           make_interval(days => cdm_setting('inactive_after_days')::integer) AS inactive_after,
           make_interval(days => cdm_setting('hot_order_days')::integer) AS hot_order,
           make_interval(hours => cdm_setting('hot_intent_hours')::integer) AS hot_intent,
           make_interval(days => cdm_setting('hot_contact_days')::integer) AS hot_contact,
           make_interval(days => cdm_setting('warm_days')::integer) AS warm,
           cdm_setting('decay_days')::double precision * 86400 AS decay_seconds,
           cdm_setting('decay_epoch')::timestamptz AS decay_epoch
)
SELECT c.id AS customer_id,
       cdm_name(c.first_name, c.last_name) AS customer_name,
       (CASE
           WHEN v.lifetime_value >= w.vip_value THEN 'vip'
           WHEN o.total_orders > 0 AND o.last_order_date + w.inactive_after <= w.at THEN 'inactive'
           WHEN o.total_orders >= 2 THEN 'repeat'
           ELSE 'new'
       END)::varchar(20) AS customer_type,
       (CASE
           WHEN o.total_orders > 0 AND o.last_order_date + w.inactive_after <= w.at THEN 'inactive'
           WHEN o.total_orders >= w.loyal_orders THEN 'loyal'
           WHEN o.total_orders >= 2 THEN 'repeat_buyer'
           WHEN o.total_orders = 1 THEN 'first_buyer'
           WHEN s.last_sign_at IS NOT NULL THEN 'prospect'
           ELSE 'lead'
       END)::varchar(20) AS lifecycle_stage,
       c.owner_id,
       c.do_not_call_at IS NOT NULL AS do_not_call,
       o.total_orders,
       v.lifetime_value,
       CASE WHEN o.total_orders > 0 THEN round(v.lifetime_value / o.total_orders, 2) ELSE 0 END::numeric(16, 2)
           AS avg_order_value,
       o.first_order_date,
       o.last_order_date,
       CASE WHEN o.total_orders > 1 AND o.span_days > 0
           THEN least((o.total_orders - 1) * 30 / o.span_days, 999999) END::numeric(10, 4) AS purchase_frequency,
       CASE WHEN o.total_orders > 1 THEN o.span_days / (o.total_orders - 1) END::numeric(10, 2)
           AS avg_days_between_orders,
       o.total_orders AS delivered_orders,
       o.returned_orders,
       o.pending_orders,
       o.pending_since,
       v.decayed_revenue,
       i.total_interactions,
       i.total_calls,
       i.answered_calls,
       i.total_emails,
       i.total_whatsapp,
       i.total_sms,
       i.last_contact_at,
       i.last_attempt_at,
       b.products_viewed,
       b.product_views,
       b.cart_additions,
       b.wishlist_count,
       b.search_count,
       b.total_activities,
       b.last_activity_at,
       f.family_members_count,
       CASE WHEN d.last_open_at IS NOT NULL AND NOT EXISTS (
           SELECT FROM sales_orders
           WHERE customer_id = c.id AND status IN ('completed', 'pending') AND ordered_at <= w.horizon
             AND cdm_ordered_since(ordered_at, created_at, d.last_open_at, w.zone)
       ) THEN d.last_open_at END AS dropoff_at,
       CASE WHEN i.last_negative_at IS NULL OR i.last_negative_at <= s.last_sign_at
           THEN greatest(o.last_sign_at + w.hot_order,
                         greatest(b.last_intent_at, d.last_intent_at) + w.hot_intent,
                         i.last_interest_at + w.hot_contact) END AS hot_until,
       CASE WHEN i.last_negative_at IS NULL OR i.last_negative_at <= s.last_sign_at
           THEN s.last_sign_at + w.warm END AS warm_until,
       CASE WHEN o.total_orders > 0 THEN o.last_order_date + w.inactive_after END AS inactive_at
FROM customers c
CROSS JOIN words w
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE status = 'completed')::integer AS total_orders,
           min(ordered_at) FILTER (WHERE status = 'completed') AS first_order_date,
           max(ordered_at) FILTER (WHERE status = 'completed') AS last_order_date,
           max(ordered_at) FILTER (WHERE status IN ('completed', 'pending')) AS last_sign_at,
           (extract(epoch FROM max(ordered_at) FILTER (WHERE status = 'completed')
                               - min(ordered_at) FILTER (WHERE status = 'completed')) / 86400)::numeric AS span_days,
           count(*) FILTER (WHERE status = 'returned')::integer AS returned_orders,
           count(*) FILTER (WHERE status = 'pending')::integer AS pending_orders,
           min(ordered_at) FILTER (WHERE status = 'pending' AND confirmed_at IS NULL) AS pending_since
    FROM sales_orders
    WHERE customer_id = c.id AND ordered_at <= w.horizon
) o
CROSS JOIN LATERAL (
    SELECT coalesce(sum(kept), 0)::numeric(16, 2) AS lifetime_value,
           coalesce(sum(kept::double precision
                        * exp(extract(epoch FROM ordered_at - w.decay_epoch)::double precision / w.decay_seconds)
                        ORDER BY ordered_at, order_id, line_no), 0) AS decayed_revenue
    FROM (
        SELECT so.ordered_at, so.id AS order_id, coalesce(si.line_no, 0) AS line_no,
               CASE
                   WHEN si.id IS NULL THEN CASE WHEN so.status = 'completed' THEN so.total_amount ELSE 0 END
                   WHEN si.status = 'completed' THEN si.amount
                   WHEN si.status = 'returned' AND si.quantity < 0 THEN si.amount
                   ELSE 0
               END AS kept
        FROM sales_orders so
        LEFT JOIN sales_order_items si ON si.customer_id = so.customer_id AND si.order_id = so.id
        WHERE so.customer_id = c.id AND so.ordered_at <= w.horizon
    ) lines
) v
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS total_interactions,
           count(*) FILTER (WHERE interaction_type = 'call')::integer AS total_calls,
           count(*) FILTER (WHERE interaction_type = 'call' AND interaction_direction = 'outbound'
               AND cdm_answered(outcome_code))::integer AS answered_calls,
           count(*) FILTER (WHERE interaction_type = 'email')::integer AS total_emails,
           count(*) FILTER (WHERE interaction_type = 'whatsapp')::integer AS total_whatsapp,
           count(*) FILTER (WHERE interaction_type = 'sms')::integer AS total_sms,
           -- Of type other and without an outcome is a remark, no contact.
           max(occurred_at) FILTER (WHERE NOT (interaction_type = 'other' AND outcome IS NULL)
               AND (interaction_direction = 'inbound' OR outcome_code IS NULL
                    OR NOT cdm_unanswered(outcome_code) AND outcome_code <> 'wrong_number')) AS last_contact_at,
           -- A call, or whatever one of us did; no message that a program sent.
           max(occurred_at) FILTER (WHERE interaction_direction = 'outbound'
               AND (interaction_type = 'call' OR staff_id IS NOT NULL)
               AND NOT (interaction_type = 'other' AND outcome IS NULL)) AS last_attempt_at,
           max(occurred_at) FILTER (WHERE outcome_code IN ('interested', 'callback_requested')) AS last_interest_at,
           max(occurred_at) FILTER (WHERE outcome_code IN
               ('connected', 'interested', 'callback_requested', 'order_confirmed')
               OR (interaction_direction = 'inbound' AND coalesce(outcome_code, '') NOT IN
                   ('not_interested', 'wrong_number', 'do_not_call', 'customer_hung_up'))) AS last_positive_at,
           max(occurred_at) FILTER (WHERE outcome_code IN
               ('not_interested', 'wrong_number', 'do_not_call', 'customer_hung_up')) AS last_negative_at
    FROM customer_interactions
    WHERE customer_id = c.id AND undone_at IS NULL AND occurred_at <= w.horizon
) i
CROSS JOIN LATERAL (
    SELECT count(DISTINCT product_id) FILTER (WHERE behavior_type = 'product_view')::integer AS products_viewed,
           count(*) FILTER (WHERE behavior_type = 'product_view')::integer AS product_views,
           count(*) FILTER (WHERE behavior_type = 'add_to_cart')::integer AS cart_additions,
           count(*) FILTER (WHERE behavior_type = 'wishlist')::integer AS wishlist_count,
           count(*) FILTER (WHERE behavior_type = 'search')::integer AS search_count,
           count(*)::integer AS total_activities,
           max(occurred_at) AS last_activity_at,
           max(occurred_at) FILTER (WHERE behavior_type IN ('add_to_cart', 'wishlist')) AS last_intent_at
    FROM customer_behavior
    WHERE customer_id = c.id AND occurred_at <= w.horizon
) b
CROSS JOIN LATERAL (
    SELECT max(occurred_at) AS last_dropoff_at,
           max(occurred_at) FILTER (WHERE stage <> 'product_view') AS last_intent_at,
           max(occurred_at) FILTER (WHERE stage <> 'product_view' AND NOT recovered) AS last_open_at
    FROM customer_dropoff_tracking
    WHERE customer_id = c.id AND occurred_at <= w.horizon
) d
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS family_members_count
    FROM customer_family_members
    WHERE customer_id = c.id
) f
CROSS JOIN LATERAL (
    SELECT greatest(o.last_sign_at, b.last_activity_at, d.last_dropoff_at, i.last_positive_at) AS last_sign_at
) s;

CREATE VIEW customer_360_view AS
SELECT c.id AS customer_id,
       c.first_name,
       c.last_name,
       c.email,
       c.phone,
       c.phone_e164,
       c.address,
       c.city,
       c.district,
       c.gender,
       c.date_of_birth,
       c.marital_status,
       c.anniversary_date,
       c.profession,
       c.available_time,
       c.preferred_channel,
       c.preferred_language,
       c.source,
       c.tags,
       c.owner_id,
       c.do_not_call_at,
       coalesce(s.customer_type, c.customer_type) AS customer_type,
       coalesce(s.lifecycle_stage, c.lifecycle_stage) AS lifecycle_stage,
       cdm_temperature(s.hot_until, s.warm_until, n.at)
           AS customer_temperature,
       coalesce(s.lifetime_value, 0) AS lifetime_value,
       coalesce(s.total_orders, 0) AS total_orders,
       coalesce(s.avg_order_value, 0) AS avg_order_value,
       s.first_order_date,
       s.last_order_date,
       floor(extract(epoch FROM n.at - s.last_order_date) / 86400)::integer AS days_since_last_order,
       s.purchase_frequency,
       s.avg_days_between_orders,
       coalesce(s.delivered_orders, 0) AS delivered_orders,
       coalesce(s.returned_orders, 0) AS returned_orders,
       coalesce(s.pending_orders, 0) AS pending_orders,
       coalesce(s.total_interactions, 0) AS total_interactions,
       coalesce(s.total_calls, 0) AS total_calls,
       coalesce(s.answered_calls, 0) AS answered_calls,
       coalesce(s.total_emails, 0) AS total_emails,
       coalesce(s.total_whatsapp, 0) AS total_whatsapp,
       coalesce(s.total_sms, 0) AS total_sms,
       s.last_contact_at,
       coalesce(s.products_viewed, 0) AS products_viewed,
       coalesce(s.product_views, 0) AS product_views,
       coalesce(s.cart_additions, 0) AS cart_additions,
       coalesce(s.wishlist_count, 0) AS wishlist_count,
       coalesce(s.search_count, 0) AS search_count,
       coalesce(s.total_activities, 0) AS total_activities,
       coalesce(s.family_members_count, 0) AS family_members_count
FROM customers c
CROSS JOIN (SELECT cdm_now() AS at OFFSET 0) n  -- OFFSET: read once and not for every row
LEFT JOIN customer_summary s ON s.customer_id = c.id;

-- Each day of the year (month * 100 + day) with its next date: 29 February falls on the leap_day setting in other years.
CREATE VIEW occasion_days AS
WITH today AS MATERIALIZED (SELECT cdm_today() AS day, cdm_setting('leap_day') AS leap_day)
SELECT min(days.n) AS days_until_event, days.today + min(days.n) AS event_date, days.md
FROM (
    SELECT day AS today, n, cdm_month_day(day + n) AS md FROM today, generate_series(0, 365) n
    UNION ALL
    SELECT day, n, 229::smallint FROM today, generate_series(0, 365) n
    WHERE to_char(day + n, 'MM-DD') = leap_day
      AND extract(day FROM make_date(extract(year FROM day + n)::integer, 3, 1) - 1) = 28
) days
GROUP BY days.today, days.md;

-- The age or years an occasion completes; null where the year is unknown or stands for "unknown" (1900 and before).
CREATE FUNCTION cdm_completed_years(since date, day date) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT CASE WHEN extract(year FROM since) BETWEEN 1901 AND extract(year FROM day) - 1
        THEN (extract(year FROM day) - extract(year FROM since))::integer END
    $$;

CREATE VIEW upcoming_birthdays_anniversaries AS
SELECT 'customer'::text AS type, c.id AS customer_id, NULL::bigint AS family_member_id, NULL::varchar AS relationship,
       cdm_name(c.first_name, c.last_name) AS name,
       c.phone, c.email, c.owner_id, 'birthday'::text AS event_type, d.event_date, d.days_until_event,
       cdm_completed_years(c.date_of_birth, d.event_date) AS age_or_years,
       c.household_id, c.do_not_call_at
FROM occasion_days d
JOIN customers c ON c.birthday_md = d.md
UNION ALL
SELECT 'customer', c.id, NULL, NULL,
       cdm_name(c.first_name, c.last_name),
       c.phone, c.email, c.owner_id, 'anniversary', d.event_date, d.days_until_event,
       cdm_completed_years(c.anniversary_date, d.event_date),
       c.household_id, c.do_not_call_at
FROM occasion_days d
JOIN customers c ON c.anniversary_md = d.md
UNION ALL
SELECT 'family', f.customer_id, f.id, f.relationship, f.name,
       coalesce(f.phone, c.phone), coalesce(f.email, c.email), c.owner_id, 'birthday', d.event_date,
       d.days_until_event, cdm_completed_years(f.date_of_birth, d.event_date),
       c.household_id, c.do_not_call_at
FROM occasion_days d
JOIN customer_family_members f ON f.birthday_md = d.md
JOIN customers c ON c.id = f.customer_id
-- A relative who is a customer too appears as the customer.
WHERE NOT EXISTS (
    SELECT FROM customers k
    WHERE k.phone_e164 = f.phone_e164 AND k.birthday_md = f.birthday_md
      AND (k.name_key = f.name_key
           OR lower(cdm_name(k.first_name, k.last_name)) = lower(f.name)))
UNION ALL
SELECT 'family', f.customer_id, f.id, f.relationship, f.name,
       coalesce(f.phone, c.phone), coalesce(f.email, c.email), c.owner_id, 'anniversary', d.event_date,
       d.days_until_event, cdm_completed_years(f.anniversary_date, d.event_date),
       c.household_id, c.do_not_call_at
FROM occasion_days d
JOIN customer_family_members f ON f.anniversary_md = d.md
JOIN customers c ON c.id = f.customer_id
-- A couple's anniversary is one row: the customer's own.
WHERE NOT (f.relationship = 'spouse' AND c.anniversary_md IS NOT DISTINCT FROM f.anniversary_md)
  AND NOT EXISTS (
    SELECT FROM customers k
    WHERE k.phone_e164 = f.phone_e164 AND k.anniversary_md = f.anniversary_md
      AND (k.name_key = f.name_key
           OR lower(cdm_name(k.first_name, k.last_name)) = lower(f.name)));

-- First version of the call list for SQL: decayed revenue scored by the percentiles of the last nightly run.
CREATE VIEW ai_call_recommendations AS
SELECT s.customer_id,
       s.customer_name,
       c.phone,
       cdm_temperature(s.hot_until, s.warm_until, n.at)
           AS customer_temperature,
       greatest(
           width_bucket(s.decayed_revenue, n.cuts) + 1,
           CASE WHEN s.pending_since IS NOT NULL THEN 10 WHEN s.hot_until > n.at THEN 8 ELSE 1 END)::smallint
           AS call_priority_score,
       CASE a.next_action
           WHEN 'win_back' THEN 'Offer to come back'
           WHEN 'reorder' THEN 'Due again'
           WHEN 'call_now' THEN 'Premium product upsell'
           ELSE 'No offer'
       END AS offer_type,
       c.available_time AS best_call_time,
       -- Not a join: for a page of the list it is read for the page alone.
       (SELECT string_agg(top.product_name, ', ')
        FROM (
            SELECT product_name
            FROM sales_order_items
            WHERE customer_id = s.customer_id AND status = 'completed' AND product_name <> '—'
            GROUP BY product_name
            ORDER BY count(*) DESC, sum(amount) DESC, product_name
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
       s.lifetime_value,
       s.total_orders,
       s.last_order_date,
       s.last_contact_at,
       s.owner_id,
       s.decayed_revenue
FROM customer_summary s
CROSS JOIN (SELECT cdm_now() AS at,
                   cdm_setting('call_score_cuts')::double precision[] AS cuts,
                   make_interval(days => cdm_setting('cooldown_days')::integer) AS cooldown,
                   make_interval(days => cdm_setting('dropoff_fresh_days')::integer) AS fresh
            OFFSET 0) n
JOIN customers c ON c.id = s.customer_id
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
  AND (s.pending_since IS NOT NULL OR s.last_contact_at IS NULL OR s.last_contact_at <= n.at - n.cooldown);
