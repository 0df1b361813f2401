"""Products that files of orders and events name: found by SKU, else by name, or made."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

SKU_NAMES = (
    "stock code", "stockcode", "product id", "product code", "item code", "code", "এসকেইউ", "কোড", "পণ্যের কোড",
    "প্রোডাক্ট কোড",
)  # fmt: skip
PRODUCT_NAMES = (
    "product name", "item", "item name", "description", "title", "পণ্য", "পণ্যের নাম", "প্রোডাক্ট", "প্রোডাক্টের নাম",
)  # fmt: skip


async def resolve(session: AsyncSession, rows: str) -> None:
    """Fill ``import_products`` (product_key, product_id) for ``rows``, SQL that gives line, product_key and product.

    A key is "s" and a SKU, or "n" and a name. Products nobody knew are made, with their SKU for want of a name.
    """
    for step in (_FIND.replace("ROWS", rows), _NUMBER, _MAKE, "ANALYZE import_products"):
        await session.execute(text(step))


_FIND = """
    CREATE TEMP TABLE import_products ON COMMIT DROP AS
    SELECT f.product_key, f.name, coalesce(s.id, n.id) AS product_id, coalesce(s.id, n.id) IS NULL AS created,
           f.line
    FROM (SELECT product_key, min(product) AS name, min(line) AS line
          FROM (ROWS) r WHERE product_key IS NOT NULL GROUP BY 1) f
    LEFT JOIN products s ON f.product_key LIKE 's%' AND s.sku = substr(f.product_key, 2)
    LEFT JOIN (SELECT name, min(id) AS id FROM products GROUP BY name) n ON f.product_key = 'n' || n.name
    """
_NUMBER = """
    UPDATE import_products p SET product_id = made.id
    FROM (SELECT product_key, nextval(pg_get_serial_sequence('products', 'id')) AS id
          FROM (SELECT product_key FROM import_products WHERE created ORDER BY line) by_line) made
    WHERE made.product_key = p.product_key
    """
_MAKE = """
    INSERT INTO products (id, sku, name)
    SELECT product_id, CASE WHEN product_key LIKE 's%' THEN substr(product_key, 2) END,
           coalesce(name, substr(product_key, 2))
    FROM import_products WHERE created ORDER BY product_id
    """

MAKE_CATEGORIES = """
    INSERT INTO categories (name)
    SELECT category FROM import_rows WHERE category IS NOT NULL GROUP BY category ORDER BY min(line)
    ON CONFLICT (name) DO NOTHING
    """
"""Makes the categories that ``import_rows`` name and nobody knew."""
