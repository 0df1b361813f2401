"""Products that files of orders and events name: found by SKU, else by name, or made."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.imports.claims import claim
from cdm_core.imports.patience import briefly
from cdm_core.imports.staging import FILE, Staging

SKU_NAMES = (
    "stock code", "stockcode", "product id", "product code", "item code", "code", "এসকেইউ", "কোড", "পণ্যের কোড",
    "প্রোডাক্ট কোড",
)  # fmt: skip
PRODUCT_NAMES = (
    "product name", "item", "item name", "description", "title", "পণ্য", "পণ্যের নাম", "প্রোডাক্ট", "প্রোডাক্টের নাম",
)  # fmt: skip


async def resolve(session: AsyncSession, rows: str, *, staging: Staging = FILE) -> None:
    """Fill ``import_products`` (product_key, product_id) for ``rows``, SQL that gives line, product_key and product.

    A key is "s" and a SKU, or "n" and a name. Products nobody knew are made, with their SKU for want of a name.
    Raises what ``claim`` does.
    """
    await staging.fill(session, "import_products", _FIND.replace("ROWS", rows))
    async with briefly(session):
        if await claim(session, _NEW, waits=staging.is_file):
            for step in (_FIND_MADE, _NUMBER, _MAKE):
                await session.execute(text(step))
    await staging.plan(session, "import_products")


_KNOWN = """
    LEFT JOIN products s ON f.product_key LIKE 's%' AND s.sku = substr(f.product_key, 2)
    LEFT JOIN LATERAL (
        SELECT min(id) AS id FROM products WHERE f.product_key LIKE 'n%' AND name = substr(f.product_key, 2)
    ) n ON true
    """
_FIND = f"""
    SELECT f.product_key, f.name, coalesce(s.id, n.id) AS product_id, coalesce(s.id, n.id) IS NULL AS created,
           f.line
    FROM (SELECT product_key, min(product) AS name, min(line) AS line
          FROM (ROWS) r WHERE product_key IS NOT NULL GROUP BY 1) f
    {_KNOWN}
    """
# One with a SKU is found by its name too.
_NEW = """
    SELECT product_key AS name FROM import_products WHERE created
    UNION SELECT 'n' || coalesce(name, substr(product_key, 2)) FROM import_products WHERE created
    """
_FIND_MADE = f"""
    UPDATE import_products p SET product_id = known.id, created = false
    FROM (SELECT f.product_key, coalesce(s.id, n.id) AS id FROM import_products f {_KNOWN} WHERE f.created) known
    WHERE known.product_key = p.product_key AND known.id IS NOT NULL
    """
_NUMBER = """
    UPDATE import_products p SET product_id = made.id
    FROM (SELECT product_key, nextval(pg_get_serial_sequence('products', 'id')) AS id
          FROM (SELECT product_key FROM import_products WHERE created ORDER BY line) by_line) made
    WHERE made.product_key = p.product_key
    """
# By SKU, as a file of products writes them.
_MAKE = """
    INSERT INTO products (id, sku, name)
    SELECT product_id, CASE WHEN product_key LIKE 's%' THEN substr(product_key, 2) END,
           coalesce(name, substr(product_key, 2))
    FROM import_products WHERE created ORDER BY 2, 1
    """

MAKE_CATEGORIES = """
    INSERT INTO categories (name)
    SELECT category FROM import_rows WHERE category IS NOT NULL GROUP BY category ORDER BY min(line)
    ON CONFLICT (name) DO NOTHING
    """
"""Makes the categories that ``import_rows`` name and nobody knew."""
