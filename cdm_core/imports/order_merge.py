"""Staged order lines into orders: the new ones made, those the file changed replaced whole, the rest left alone."""

from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.db.away import OvertakenError
from cdm_core.imports import catalogue, keys
from cdm_core.imports.columns import Columns
from cdm_core.imports.kind import TOUCHED, Context, Counts
from cdm_core.imports.patience import briefly
from cdm_core.imports.staging import FILE, Staging
from cdm_core.orders import STANDING, UNNAMED


async def merge(session: AsyncSession, context: Context, columns: Columns) -> Counts:
    """Bring ``import_rows`` in; counts are of orders."""
    await keys.resolve(session, context, first_seen="min(at)")
    return await bring_in(session, context.source)


async def bring_in(session: AsyncSession, of: str, *, staging: Staging = FILE) -> Counts:
    """``merge`` where ``import_customers`` is there; the orders' keys are those of the source ``of``.

    Raises what ``claims.claim`` does, and ``OvertakenError`` where others brought in one of the orders meanwhile, or
    moved it.
    """
    source = {"source": of}
    await staging.fill(session, "import_said", _GATHER)
    await staging.fill(session, "import_orders", _COMPARE, source)
    for step in (_MATCH_CHAT, _NUMBER):
        await session.execute(text(step))
    await staging.plan(session, "import_orders")
    await staging.fill(session, TOUCHED, _TOUCH)
    counts, moved = await _counted(session)
    if not (counts.created or counts.changed):
        return counts
    named = "SELECT r.* FROM import_rows r JOIN import_orders o USING (order_key)"
    await catalogue.resolve(session, named, staging=staging)
    await staging.fill(session, "import_returns", _RECALL_RETURNS)
    if staging.is_file:
        await session.execute(text(_INDEX_RETURNS))
    if moved:
        await session.execute(text(_DELETE_MOVED))
    if counts.changed > moved:
        await session.execute(text(_DELETE_ITEMS))
        await session.execute(text(_UPDATE), source)
    if counts.created or moved:
        await session.execute(text(_INSERT), source)
    async with briefly(session):
        await _keep_keys(session, source, counts)
    await _insert_items(session, many=staging.is_file)
    return counts


async def _counted(session: AsyncSession) -> tuple[Counts, int]:
    """Of orders; and how many of those that changed are another customer's now."""
    row = (await session.execute(text(_COUNT))).one()
    return Counts(row.created, row.changed, row.every - row.created - row.changed), row.moved


async def _keep_keys(session: AsyncSession, source: Mapping[str, str], counts: Counts) -> None:
    kept = 0
    for step in (_MOVE_KEYS, _ADD_KEYS):
        kept += (await session.execute(text(step), source)).rowcount  # type: ignore[attr-defined]
    if kept < counts.created + counts.changed:
        raise OvertakenError


async def _insert_items(session: AsyncSession, *, many: bool) -> None:
    """Write the lines; ``many`` with no trigger run and their foreign keys unchecked where we may: a check a row is two
    thirds of the whole cost.

    Nothing is left for it to find: the orders are this transaction's own, the products are locked.
    """
    if not many:
        await session.execute(text(_INSERT_ITEMS), {"unnamed": UNNAMED})
        return
    allowed = "has_parameter_privilege('session_replication_role', 'SET')"
    await session.execute(text(_LOCK_PRODUCTS))
    await session.execute(text(f"SELECT set_config('session_replication_role', 'replica', true) WHERE {allowed}"))
    await session.execute(text(_INSERT_ITEMS), {"unnamed": UNNAMED})
    await session.execute(text(f"SELECT set_config('session_replication_role', 'origin', true) WHERE {allowed}"))


# An order's digest is the sum of those of its lines, so that their order in the file does not matter.
_GATHER = f"""
    SELECT order_key, min(customer_key) AS customer_key, min(at) AS at,
           CASE WHEN bool_or(status = 'completed') THEN 'completed'
                WHEN bool_or(status = 'pending') THEN 'pending'
                WHEN bool_or(status = 'returned') THEN 'returned'
                ELSE 'cancelled' END AS status,
           coalesce(sum(amount) FILTER (WHERE status IN {STANDING}), sum(amount)) AS total,
           min(status) <> max(status) OR bool_or(status = 'returned') AS mixed,
           max(at) FILTER (WHERE status = 'returned' AND quantity < 0) AS returned_at,
           max(payment) AS payment, count(*) || ':' || sum(digest) AS digest
    FROM import_rows
    GROUP BY order_key
    """
_COMPARE = """
    SELECT f.order_key, c.customer_id, f.at, f.status, f.total, f.payment, f.mixed, f.digest, f.returned_at,
           o.id AS order_id, o.customer_id AS old_customer_id,
           k.customer_id AS keyed_customer_id, k.order_id AS keyed_order_id,
           CASE WHEN o.id IS NULL THEN 'new'
                WHEN o.customer_id <> c.customer_id THEN 'moved'
                ELSE 'changed' END AS state
    FROM import_said f
    JOIN import_customers c USING (customer_key)
    LEFT JOIN order_keys k ON k.source = :source AND k.external_id = f.order_key
    LEFT JOIN sales_orders o ON o.customer_id = k.customer_id AND o.id = k.order_id
    WHERE o.id IS NULL OR k.imported IS DISTINCT FROM f.digest OR o.customer_id <> c.customer_id
    """
# What was agreed in chat and has no key yet is the file's order of the same customer and amount within a week; of
# several alike the first is the first, and so on. They are locked: an agent's undo deletes them.
_MATCH_CHAT = """
    WITH pairs AS (
        SELECT f.order_key, f.at, o.id, o.ordered_at, f.customer_id, f.total
        FROM import_orders f
        JOIN sales_orders o ON o.customer_id = f.customer_id AND o.total_amount = f.total
            AND o.ordered_at BETWEEN f.at - interval '7 days' AND f.at + interval '7 days'
        WHERE f.state = 'new' AND o.source = 'chat' AND o.status = 'pending'
          AND NOT EXISTS (SELECT FROM order_keys k WHERE k.customer_id = o.customer_id AND k.order_id = o.id)
        ORDER BY o.customer_id, o.id
        FOR UPDATE OF o
    ), ranked AS (
        SELECT *,
               dense_rank() OVER (PARTITION BY customer_id, total ORDER BY at, order_key) AS nth_said,
               dense_rank() OVER (PARTITION BY customer_id, total ORDER BY ordered_at, id) AS nth_agreed
        FROM pairs
    )
    UPDATE import_orders f SET order_id = ranked.id, state = 'changed'
    FROM ranked WHERE ranked.order_key = f.order_key AND ranked.nth_said = ranked.nth_agreed
    """
_NUMBER = """
    UPDATE import_orders f SET order_id = made.id
    FROM (SELECT order_key, nextval(pg_get_serial_sequence('sales_orders', 'id')) AS id
          FROM (SELECT order_key FROM import_orders WHERE state = 'new' ORDER BY at, order_key) by_time) made
    WHERE made.order_key = f.order_key
    """
_TOUCH = """
    SELECT customer_id FROM import_orders
    UNION SELECT old_customer_id FROM import_orders WHERE state = 'moved'
    UNION SELECT customer_id FROM import_customers WHERE created
    """
# When lines that are about to be replaced came back.
_RECALL_RETURNS = """
    SELECT f.order_key, i.line_no, i.returned_at
    FROM import_orders f
    JOIN sales_order_items i ON i.customer_id = f.old_customer_id AND i.order_id = f.order_id
    WHERE i.returned_at IS NOT NULL
    """
_INDEX_RETURNS = "CREATE INDEX ON import_returns (order_key, line_no)"
_DELETE_MOVED = """
    DELETE FROM sales_orders o USING import_orders f
    WHERE f.state = 'moved' AND o.customer_id = f.old_customer_id AND o.id = f.order_id
    """
_DELETE_ITEMS = """
    DELETE FROM sales_order_items i USING import_orders f
    WHERE f.state = 'changed' AND i.customer_id = f.customer_id AND i.order_id = f.order_id
    """
_UPDATE = """
    UPDATE sales_orders o
    SET ordered_at = f.at, status = f.status, total_amount = f.total, source = :source,
        payment_method = coalesce(f.payment, o.payment_method), updated_at = cdm_now()
    FROM import_orders f
    WHERE f.state = 'changed' AND o.customer_id = f.customer_id AND o.id = f.order_id
    """
_INSERT = """
    INSERT INTO sales_orders (id, customer_id, ordered_at, status, total_amount, payment_method, source, returned_at)
    SELECT order_id, customer_id, at, status, total, payment, :source,
           CASE WHEN status = 'returned' THEN returned_at END
    FROM import_orders WHERE state <> 'changed' ORDER BY customer_id, order_id
    """
# Of an order that others brought in meanwhile, or moved, the key leads elsewhere than when we looked, and stays theirs.
_MOVE_KEYS = """
    UPDATE order_keys k SET customer_id = f.customer_id, order_id = f.order_id, imported = f.digest
    FROM import_orders f
    WHERE k.source = :source AND k.external_id = f.order_key
      AND k.customer_id = f.keyed_customer_id AND k.order_id = f.keyed_order_id
    """
_ADD_KEYS = """
    INSERT INTO order_keys (source, external_id, customer_id, order_id, imported)
    SELECT :source, order_key, customer_id, order_id, digest FROM import_orders WHERE keyed_order_id IS NULL
    ON CONFLICT DO NOTHING
    """
_LOCK_PRODUCTS = "SELECT FROM products p JOIN import_products i ON p.id = i.product_id FOR KEY SHARE OF p"
# Lines without a product are kept where the order's total does not tell what of it was bought and what came back.
# The day that something came back is that of the order's return line; one of the order's own time tells it of a new
# order alone, for many files give all lines the order's. What nothing tells of came back when we heard of it first.
_INSERT_ITEMS = """
    INSERT INTO sales_order_items
        (customer_id, order_id, line_no, product_id, product_name, quantity, unit_price, amount, status, returned_at)
    SELECT o.customer_id, o.order_id, r.position, p.product_id, coalesce(r.product, :unnamed), r.quantity, r.price,
           r.amount, r.status,
           CASE WHEN r.status = 'returned' THEN coalesce(
               CASE WHEN o.state = 'new' OR told.at > o.at THEN told.at END,
               (SELECT returned_at FROM import_returns e WHERE e.order_key = r.order_key AND e.line_no = r.position),
               cdm_now()) END
    FROM import_rows r
    JOIN import_orders o USING (order_key)
    CROSS JOIN LATERAL (SELECT CASE WHEN r.quantity < 0 THEN r.at ELSE o.returned_at END AS at) told
    LEFT JOIN import_products p USING (product_key)
    WHERE r.product IS NOT NULL OR o.mixed
    """
_COUNT = """
    SELECT count(*) FILTER (WHERE state = 'new') AS created,
           count(*) FILTER (WHERE state <> 'new') AS changed,
           count(*) FILTER (WHERE state = 'moved') AS moved,
           (SELECT count(*) FROM import_said) AS every
    FROM import_orders
    """
