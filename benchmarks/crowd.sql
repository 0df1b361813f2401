-- A shop of :customers customers as of :now, made by series: agents own four in five, habits spread evenly.
-- Bound by benchmarks/crowd.py; every statement ends with a semicolon at a line's end.

SELECT setseed(0.5);

INSERT INTO staff (id, name, role) SELECT n, 'Agent ' || n, 'agent' FROM generate_series(1, :agents) n;

INSERT INTO products (id, name, price, pack_days)
SELECT n, 'Product ' || n, 100 + n, 15 + n % 60 FROM generate_series(1, 500) n;

INSERT INTO customers (id, first_name, last_name, phone, phone_e164, city, owner_id, date_of_birth, name_key,
                       name_skeletons, source, created_at)
SELECT n, k.first_name, k.last_name, '017' || lpad(n::text, 8, '0'), '+88017' || lpad(n::text, 8, '0'), 'Dhaka',
       CASE WHEN n % 5 > 0 THEN 1 + n / 5 % :agents END,
       CASE WHEN random() < 0.6 THEN date '1960-01-01' + (random() * 16000)::integer END,
       k.name_key, k.name_skeletons, 'facebook',
       now_at.at - CASE WHEN n % 100 = 0 THEN interval '3 days' ELSE random() * interval '800 days' END
FROM generate_series(1, :customers) n
CROSS JOIN (SELECT timestamptz ':now' AS at) now_at
JOIN crowd_names k ON k.id = 1 + (n::bigint * 7919) % :names;

-- One in ten never ordered; the others a few times, some a great deal.
INSERT INTO sales_orders (id, customer_id, ordered_at, returned_at, status, total_amount, payment_method, confirmed_at)
SELECT n, made.customer_id, made.at,
       CASE WHEN made.dice >= 0.004 AND made.dice < 0.08 THEN least(made.at + interval '6 days', now_at.at) END,
       CASE WHEN made.dice < 0.004 THEN 'pending' WHEN made.dice < 0.08 THEN 'returned'
            WHEN made.dice < 0.12 THEN 'cancelled' ELSE 'completed' END,
       200 + (random() * random() * 8000)::integer, 'cod', CASE WHEN made.dice < 0.002 THEN made.at END
FROM (
    SELECT n, 1 + (power(random(), 1.5) * 0.9 * :customers)::bigint AS customer_id, random() AS dice,
           timestamptz ':now' - interval '1 hour' - random() * interval '700 days' AS at
    FROM generate_series(1, :customers * 5) n
) made
CROSS JOIN (SELECT timestamptz ':now' AS at) now_at;

INSERT INTO sales_order_items (customer_id, order_id, line_no, product_id, product_name, quantity, unit_price, amount,
                               status, returned_at)
SELECT customer_id, id, 1, 1 + (customer_id * 31 + id % 4) % 500,
       'Product ' || (1 + (customer_id * 31 + id % 4) % 500), 1, total_amount, total_amount, status,
       returned_at
FROM sales_orders;

INSERT INTO customer_interactions (customer_id, interaction_type, interaction_direction, outcome, outcome_code,
                                   description, occurred_at, staff_id)
SELECT customer_id, 'call', 'outbound', outcome, outcome, 'dam beshi', at, 1 + customer_id % :agents
FROM (
    SELECT 1 + (random() * (:customers - 1))::bigint AS customer_id,
           (ARRAY['connected', 'no_answer', 'no_answer', 'interested', 'not_interested', 'line_busy'])
               [1 + n % 6] AS outcome,
           timestamptz ':now' - interval '1 hour' - random() * interval '400 days' AS at
    FROM generate_series(1, :customers * 2) n
) made;

INSERT INTO customer_behavior (customer_id, behavior_type, product_id, occurred_at)
SELECT 1 + (random() * (:customers - 1))::bigint,
       (ARRAY['product_view', 'product_view', 'product_view', 'add_to_cart', 'search'])[1 + n % 5], 1 + n % 500,
       timestamptz ':now' - interval '1 hour' - random() * interval '300 days'
FROM generate_series(1, :customers * 4) n;

INSERT INTO customer_family_members (customer_id, name, relationship, date_of_birth, name_key, name_skeletons)
SELECT 1 + (n::bigint * 104729) % :customers, k.first_name, 'child', date '2005-01-01' + n % 6000, k.name_key,
       k.name_skeletons
FROM generate_series(1, :customers / 4) n
JOIN crowd_names k ON k.id = 1 + n % :names;

INSERT INTO customer_dropoff_tracking (customer_id, stage, cart_value, product_id, occurred_at)
SELECT 1 + (random() * (:customers - 1))::bigint,
       (ARRAY['product_view', 'add_to_cart', 'checkout_initiated', 'payment_failed'])[1 + n % 4], 500 + n % 9000,
       1 + n % 500, timestamptz ':now' - random() * interval '60 days'
FROM generate_series(1, :customers / 5) n;

-- Of each agent's customers one in two hundred was promised a call, from ten days ago to ten days ahead.
INSERT INTO follow_ups (customer_id, staff_id, due_at, created_at)
SELECT id, coalesce(owner_id, 1 + id % :agents), timestamptz ':now' + (random() - 0.5) * interval '20 days',
       timestamptz ':now' - interval '20 days'
FROM customers
WHERE id % 199 = 7;

INSERT INTO customer_summary SELECT * FROM customer_numbers;

UPDATE customers c SET lifecycle_stage = s.lifecycle_stage, customer_type = s.customer_type
FROM customer_summary s
WHERE s.customer_id = c.id;
