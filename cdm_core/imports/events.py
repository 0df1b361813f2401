"""Behaviour and drop-offs, one a row, known by their content: a row seen before is not written again.

Rows that are alike in every cell are told apart by which of them they are: two in the file, two in the database.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.imports import catalogue, keys, values, words
from cdm_core.imports.columns import Columns, Field
from cdm_core.imports.kind import Context, Counts, Kind, Shape
from cdm_core.imports.values import Bad, Fault

FIELDS = (
    Field("customer_id", keys.CUSTOMER_NAMES, required=True),
    Field("occurred_at", ("date", "time", "timestamp", "at", "event time", "created at", "তারিখ", "সময়"), required=True),
    Field("behavior_type", ("behaviour type", "behavior", "behaviour", "event", "event type", "action", "কাজ")),
    Field("dropoff_stage", ("stage", "drop off stage", "dropoff", "left at", "ধাপ")),
    Field("sku", catalogue.SKU_NAMES),
    Field("category", ("category name", "ক্যাটাগরি")),
    Field("search_query", ("search", "query", "search term", "keyword", "সার্চ")),
    Field("cart_value", ("value", "cart total", "cart amount", "amount", "কার্টের মূল্য", "টাকা")),
    Field("reason", ("why", "কারণ")),
    Field("session_id", ("session", "সেশন")),
    Field("device_type", ("device", "ডিভাইস")),
)  # fmt: skip


def readers(context: Context) -> Mapping[str, Callable[[str], Any]]:
    return {
        "customer_id": values.text(255),
        "occurred_at": values.moment(context.zone, context.now + values.LATE),
        "behavior_type": values.word(words.BEHAVIOURS),
        "dropoff_stage": values.word(words.STAGES),
        "sku": values.text(100),
        "category": values.text(255),
        "search_query": values.text(255),
        "cart_value": values.number(2, least=Decimal(0)),
        "reason": values.text(255),
        "session_id": values.text(255),
        "device_type": values.text(50),
    }


def shape(context: Context, columns: Columns) -> Shape:
    """Rows of the staging table. A row is a behaviour or a drop-off, never both."""
    default = "behavior_type" if "behavior_type" in columns.at else "dropoff_stage"

    def row(line: int, cells: Sequence[Any]) -> str:
        customer, at, behaviour, stage, sku, *rest = cells
        if behaviour and stage:
            raise Bad(Fault.BOTH_KINDS, "dropoff_stage")
        if not behaviour and not stage:
            raise Bad(Fault.MISSING, default)
        context.refuse_erased(customer)
        moment = at.astimezone(context.now.tzinfo).isoformat()
        others = ["" if cell is None else str(cell) for cell in rest]
        said = "\t".join([customer, moment, behaviour or "", stage or "", f"s{sku}" if sku else "", *others])
        digest = blake2b(f"{context.source}\t{said}".encode(), digest_size=16).hexdigest()
        return f"{line}\t{digest}\t{said}"

    return row


async def merge(session: AsyncSession, context: Context, columns: Columns) -> Counts:
    """Write what is new; counts are of rows."""
    await keys.resolve(session, context, first_seen="min(at)")
    await session.execute(text(catalogue.MAKE_CATEGORIES))
    await catalogue.resolve(session, "SELECT line, product_key, NULL AS product FROM import_rows")
    for step in (_FIND, _WRITE_BEHAVIOUR, _WRITE_DROPOFFS, _TOUCH):
        await session.execute(text(step))
    row = (await session.execute(text("SELECT count(*) AS every, count(*) FILTER (WHERE fresh) AS created"
                                      " FROM import_events"))).one()  # fmt: skip
    return Counts(row.created, 0, row.every - row.created)


_FIND = """
    CREATE TEMP TABLE import_events ON COMMIT DROP AS
    SELECT e.*, NOT EXISTS (SELECT FROM customer_behavior b
                            WHERE b.customer_id = e.customer_id AND b.import_key = e.import_key)
            AND NOT EXISTS (SELECT FROM customer_dropoff_tracking d
                            WHERE d.customer_id = e.customer_id AND d.import_key = e.import_key) AS fresh
    FROM (
        SELECT r.*, c.customer_id, c.created AS customer_created, p.product_id, g.id AS category_id,
               r.digest || ':' || row_number() OVER (PARTITION BY r.digest ORDER BY r.line) AS import_key
        FROM import_rows r
        JOIN import_customers c USING (customer_key)
        LEFT JOIN import_products p USING (product_key)
        LEFT JOIN categories g ON g.name = r.category
    ) e
    """
_WRITE_BEHAVIOUR = """
    INSERT INTO customer_behavior (customer_id, behavior_type, product_id, category_id, search_query, session_id,
                                   device_type, occurred_at, import_key)
    SELECT customer_id, behaviour, product_id, category_id, query, session, device, at, import_key
    FROM import_events WHERE fresh AND behaviour IS NOT NULL ORDER BY line
    """
_WRITE_DROPOFFS = """
    INSERT INTO customer_dropoff_tracking (customer_id, stage, product_id, cart_value, reason, session_id, occurred_at,
                                           import_key)
    SELECT customer_id, stage, product_id, value, reason, session, at, import_key
    FROM import_events WHERE fresh AND stage IS NOT NULL ORDER BY line
    """
_TOUCH = """
    CREATE TEMP TABLE import_touched ON COMMIT DROP AS SELECT customer_id FROM import_events WHERE fresh
    """

KIND = Kind(
    fields=FIELDS,
    staging="digest text, customer_key text, at timestamptz, behaviour text, stage text, product_key text, "
    "category text, query text, value numeric, reason text, session text, device text",
    readers=readers,
    shape=shape,
    merge=merge,
)
