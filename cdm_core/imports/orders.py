"""Orders: one row a line of an order; an order is replaced whole by its key when the file says something new of it.

Lines of one order may lie apart. They are numbered by position, the order's time is the earliest of them, and its
status follows from theirs: any completed, else any pending, else any returned, else cancelled.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from hashlib import blake2b
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.imports import catalogue, keys, values
from cdm_core.imports.columns import Columns, Field, plain
from cdm_core.imports.kind import Context, Counts, Kind, Shape
from cdm_core.imports.values import CENT, Bad, Fault, Memo
from cdm_core.words import OrderStatus, PaymentMethod

STATUSES: Mapping[str, str] = {
    plain(word): status
    for status, words in {
        OrderStatus.COMPLETED: "completed complete delivered done paid fulfilled সম্পন্ন ডেলিভার্ড ডেলিভারি ডেলিভারড",
        OrderStatus.PENDING: "pending processing new confirmed shipped on-hold পেন্ডিং প্রসেসিং অপেক্ষমাণ",
        OrderStatus.CANCELLED: "cancelled canceled cancel failed rejected বাতিল ক্যান্সেল ক্যানসেল",
        OrderStatus.RETURNED: "returned return refunded refund রিটার্ন ফেরত রিফান্ড",
    }.items()
    for word in words.split()
}
PAYMENTS: Mapping[str, str] = {
    **{method.value: method.value for method in PaymentMethod},
    "cash on delivery": PaymentMethod.COD,
    "cash": PaymentMethod.COD,
    "ক্যাশ অন ডেলিভারি": PaymentMethod.COD,
    "ক্যাশ": PaymentMethod.COD,
    "বিকাশ": PaymentMethod.BKASH,
    "নগদ": PaymentMethod.NAGAD,
    "কার্ড": PaymentMethod.CARD,
    "bank transfer": PaymentMethod.BANK,
    "ব্যাংক": PaymentMethod.BANK,
}
MOST = Decimal(10) ** 10
LATE = timedelta(days=1)
"""How far ahead of us a shop's clock may be."""

FIELDS = (
    Field("order_id", ("order", "order no", "order number", "invoice", "invoice no", "অর্ডার", "অর্ডার আইডি", "অর্ডার নং",
                       "অর্ডার নম্বর", "ইনভয়েস"), required=True),
    Field("customer_id", keys.CUSTOMER_NAMES, required=True),
    Field("ordered_at", ("date", "order date", "ordered on", "created at", "invoice date", "time", "তারিখ",
                         "অর্ডারের তারিখ", "সময়"), required=True),
    Field("sku", catalogue.SKU_NAMES),
    Field("product", catalogue.PRODUCT_NAMES),
    Field("quantity", ("qty", "count", "units", "পরিমাণ", "সংখ্যা")),
    Field("unit_price", ("price", "rate", "একক মূল্য", "দর", "দাম", "মূল্য")),
    Field("amount", ("total", "line total", "total amount", "subtotal", "মোট", "মোট টাকা", "টাকা")),
    Field("status", ("order status", "state", "অবস্থা", "স্ট্যাটাস")),
    Field("payment_method", ("payment", "paid by", "পেমেন্ট")),
)  # fmt: skip


def readers(context: Context) -> Mapping[str, Callable[[str], Any]]:
    """Numbers and times come back as text, which is all that ``shape`` needs and the cheapest to copy."""
    when = values.moment(context.zone, context.now + LATE)
    quantity = values.number(3)
    price = values.number(6, least=Decimal(0))
    amount = values.number(2)
    return {
        "order_id": values.text(255),
        "customer_id": values.text(255),
        "ordered_at": lambda cell: when(cell).isoformat(),
        "sku": values.text(100),
        "product": values.text(255),
        "quantity": lambda cell: str(quantity(cell)),
        "unit_price": lambda cell: str(price(cell)),
        "amount": lambda cell: str(amount(cell)),
        "status": values.word(STATUSES),
        "payment_method": values.word(PAYMENTS),
    }


def shape(context: Context, columns: Columns) -> Shape:
    """Rows of the staging table; sees that an order has one customer, and counts its lines."""
    orders: dict[str, list[Any]] = {}
    named = "sku" in columns.at or "product" in columns.at
    totals: dict[tuple[str | None, str | None, str | None], str] = Memo(_total)

    def row(line: int, cells: Sequence[Any]) -> Sequence[Any]:
        order, customer, at, sku, product, quantity, price, amount, status, payment = cells
        key = f"s{sku}" if sku else f"n{product}" if product else ""
        if named and not key:
            raise Bad(Fault.MISSING, "product" if "product" in columns.at else "sku")
        amount = totals[quantity, price, amount]
        known = orders.get(order)
        if known is None:
            known = orders[order] = [customer, 0]
        elif known[0] != customer:
            raise Bad(Fault.OTHER_CUSTOMER, "customer_id")
        known[1] += 1
        said = (customer, at, key, product or sku, quantity or "1", price, amount, status or "completed", payment)
        digest = blake2b("|".join([part or "" for part in said]).encode(), digest_size=7)
        return line, order, known[1], int.from_bytes(digest.digest()), *said

    return row


def _total(line: tuple[str | None, str | None, str | None]) -> str:
    """What a line of (quantity, unit price, amount) comes to: below zero for a negative quantity."""
    quantity, price, amount = (None if number is None else Decimal(number) for number in line)
    if quantity == 0:
        raise Bad(Fault.BAD_NUMBER, "quantity")
    if price is not None:
        total = (price * (1 if quantity is None else quantity)).quantize(CENT, ROUND_HALF_UP)
    elif amount is not None:
        total = -abs(amount) if quantity is not None and quantity < 0 else amount
    else:
        raise Bad(Fault.MISSING, "unit_price")
    if abs(total) >= MOST:
        raise Bad(Fault.BAD_NUMBER, "amount")
    return str(total)


async def merge(session: AsyncSession, context: Context, columns: Columns) -> Counts:
    """Replace what is new or changed, leave the rest alone."""
    await keys.resolve(session, context, first_seen="min(at)")
    for step in _PREPARE:
        await session.execute(text(step), {"source": context.source} if ":source" in step else {})
    await catalogue.resolve(session, "SELECT r.* FROM import_rows r JOIN import_orders o USING (order_key)")
    for step in _WRITE:
        await session.execute(text(step), {"source": context.source} if ":source" in step else {})
    row = (
        await session.execute(
            text(
                """
                SELECT count(*) FILTER (WHERE state = 'new') AS created,
                       count(*) FILTER (WHERE state IN ('changed', 'moved')) AS changed
                FROM import_orders
                """
            )
        )
    ).one()
    every = (await session.execute(text("SELECT count(DISTINCT order_key) FROM import_rows"))).scalar_one()
    return Counts(row.created, row.changed, every - row.created - row.changed)


# import_orders holds the orders to write; what the file says as before is left out. A digest is the sum of those of
# its lines, so that their order in the file does not matter. An order agreed in chat and not yet known by a key is
# the file's order of the same customer and amount within a week, one for one.
_PREPARE = (
    """
    CREATE TEMP TABLE import_orders ON COMMIT DROP AS
    SELECT f.order_key, c.customer_id, f.at, f.status, f.total, f.payment, f.digest,
           k.order_id, k.customer_id AS old_customer_id,
           CASE WHEN k.order_id IS NULL THEN 'new'
                WHEN k.customer_id <> c.customer_id THEN 'moved'
                ELSE 'changed' END AS state
    FROM (
        SELECT order_key, min(customer_key) AS customer_key, min(at) AS at,
               CASE WHEN bool_or(status = 'completed') THEN 'completed'
                    WHEN bool_or(status = 'pending') THEN 'pending'
                    WHEN bool_or(status = 'returned') THEN 'returned'
                    ELSE 'cancelled' END AS status,
               coalesce(sum(amount) FILTER (WHERE status IN ('completed', 'pending')), sum(amount)) AS total,
               max(payment) AS payment, count(*) || ':' || sum(digest) AS digest
        FROM import_rows
        GROUP BY order_key
    ) f
    JOIN import_customers c USING (customer_key)
    LEFT JOIN order_keys k ON k.source = :source AND k.external_id = f.order_key
    WHERE k.order_id IS NULL OR k.imported IS DISTINCT FROM f.digest OR k.customer_id <> c.customer_id
    """,
    """
    WITH agreed AS (
        SELECT f.order_key, o.id,
               row_number() OVER (PARTITION BY f.order_key ORDER BY abs(extract(epoch FROM f.at - o.ordered_at)), o.id)
                   AS nth,
               row_number() OVER (PARTITION BY o.id ORDER BY abs(extract(epoch FROM f.at - o.ordered_at)), f.order_key)
                   AS nth_order
        FROM import_orders f
        JOIN sales_orders o ON o.customer_id = f.customer_id AND o.total_amount = f.total
            AND o.ordered_at BETWEEN f.at - interval '7 days' AND f.at + interval '7 days'
        WHERE f.state = 'new' AND o.source = 'chat' AND o.status = 'pending'
          AND NOT EXISTS (SELECT FROM order_keys k WHERE k.customer_id = o.customer_id AND k.order_id = o.id)
    )
    UPDATE import_orders f SET order_id = agreed.id, state = 'changed'
    FROM agreed WHERE agreed.order_key = f.order_key AND agreed.nth = 1 AND agreed.nth_order = 1
    """,
    "UPDATE import_orders SET order_id = nextval(pg_get_serial_sequence('sales_orders', 'id')) WHERE state = 'new'",
    "ANALYZE import_orders",
    """
    CREATE TEMP TABLE import_touched ON COMMIT DROP AS
    SELECT customer_id FROM import_orders
    UNION SELECT old_customer_id FROM import_orders WHERE state = 'moved'
    UNION SELECT customer_id FROM import_customers WHERE created
    """,
)
_WRITE = (
    """
    DELETE FROM sales_orders o USING import_orders f
    WHERE f.state = 'moved' AND o.customer_id = f.old_customer_id AND o.id = f.order_id
    """,
    """
    DELETE FROM sales_order_items i USING import_orders f
    WHERE f.state = 'changed' AND i.customer_id = f.customer_id AND i.order_id = f.order_id
    """,
    """
    UPDATE sales_orders o
    SET ordered_at = f.at, status = f.status, total_amount = f.total,
        payment_method = coalesce(f.payment, o.payment_method), updated_at = cdm_now()
    FROM import_orders f
    WHERE f.state = 'changed' AND o.customer_id = f.customer_id AND o.id = f.order_id
    """,
    """
    INSERT INTO sales_orders (id, customer_id, ordered_at, status, total_amount, payment_method, source)
    SELECT order_id, customer_id, at, status, total, payment, :source
    FROM import_orders WHERE state <> 'changed' ORDER BY customer_id, order_id
    """,
    """
    INSERT INTO sales_order_items
        (customer_id, order_id, line_no, product_id, product_name, quantity, unit_price, amount, status)
    SELECT o.customer_id, o.order_id, r.position, p.product_id, r.product, r.quantity, r.price, r.amount, r.status
    FROM import_rows r
    JOIN import_orders o USING (order_key)
    LEFT JOIN import_products p USING (product_key)
    WHERE r.product IS NOT NULL
    ORDER BY o.customer_id, o.order_id, r.position
    """,
    """
    INSERT INTO order_keys (source, external_id, customer_id, order_id, imported)
    SELECT :source, order_key, customer_id, order_id, digest FROM import_orders
    ON CONFLICT (source, external_id) DO UPDATE
    SET customer_id = EXCLUDED.customer_id, order_id = EXCLUDED.order_id, imported = EXCLUDED.imported
    """,
)

KIND = Kind(
    fields=FIELDS,
    staging="order_key text, position integer, digest bigint, customer_key text, at timestamptz, product_key text, "
    "product text, quantity numeric, price numeric, amount numeric, status text, payment text",
    readers=readers,
    shape=shape,
    merge=merge,
)
