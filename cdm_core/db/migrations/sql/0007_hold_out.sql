-- Which households are left uncalled, drawn anew each period, so that what calling brings can be measured.

-- Where a household stands among all in a period, from 0 up to 1: the same whoever asks, and evenly spread.
CREATE FUNCTION cdm_draw(household_id bigint, period integer) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
    SELECT ('x' || encode(substring(sha256(int8send(household_id) || int4send(period)) FOR 6), 'hex'))::bit(48)::bigint
           / 281474976710656.0::double precision  -- 2^48
    $$;

-- The periods are counted from the year 1 on.
CREATE FUNCTION cdm_hold_out_period(day date) RETURNS integer
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    AS $$ SELECT (day - DATE '0001-01-01' + 1) / cdm_setting('hold_out_days')::integer $$;

-- Below a greater share are all that are below a smaller one.
CREATE FUNCTION cdm_held_out(household_id bigint, day date) RETURNS boolean
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    AS $$
    SELECT cdm_draw(household_id, cdm_hold_out_period(day)) < cdm_setting('hold_out_share')::double precision
    $$;

-- Whether somebody of the household is to be called for another reason than what they are worth: such a call is never
-- left to chance. days_today are the month-days that are celebrated today.
CREATE FUNCTION cdm_awaited(household bigint, today date, fresh_since timestamptz, days_today smallint[])
    RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT EXISTS (
        SELECT FROM customers m
        LEFT JOIN customer_summary s ON s.customer_id = m.id
        WHERE (m.id = household AND m.household_id IS NULL OR m.household_id = household)
          AND (s.pending_since IS NOT NULL
               OR s.dropoff_at > fresh_since
               OR m.birthday_md = ANY(days_today)
               OR EXISTS (SELECT FROM customer_family_members f
                          WHERE f.customer_id = m.id
                            AND (f.birthday_md = ANY(days_today) OR f.anniversary_md = ANY(days_today)))
               OR m.anniversary_md = ANY(days_today)
               OR EXISTS (SELECT FROM follow_ups f
                          WHERE f.customer_id = m.id AND f.status = 'open'
                            AND (f.due_at AT TIME ZONE cdm_setting('timezone'))::date <= today)
               OR EXISTS (SELECT FROM campaign_tasks t
                          WHERE t.customer_id = m.id AND t.state = 'open' AND t.local_date <= today
                            AND NOT cdm_bought_since_cause(t.customer_id, t.campaign_id, t.caused_at))
               OR EXISTS (SELECT FROM alerts a WHERE a.customer_id = m.id AND a.state <> 'closed')))
    $$;
