-- Which households are left uncalled, drawn anew each period, so that what calling brings can be measured.

-- Where a household stands among all in a period, from 0 up to 1: the same whoever asks, and evenly spread.
CREATE FUNCTION cdm_draw(household_id bigint, period integer) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
    SELECT ('x' || encode(substring(sha256(convert_to(household_id::text || ':' || period::text, 'UTF8')) FOR 6), 'hex'))
           ::bit(48)::bigint / 281474976710656.0::double precision  -- 2^48
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
