"""The shop's products, one a row, known by SKU. A blank cell leaves what is there."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.imports import catalogue, values
from cdm_core.imports.columns import Columns, Field
from cdm_core.imports.kind import Context, Counts, Kind, Shape
from cdm_core.imports.values import Bad, Fault

FIELDS = (
    Field("sku", ("id", *catalogue.SKU_NAMES), required=True),
    Field("name", ("product", "নাম", *catalogue.PRODUCT_NAMES), required=True),
    Field("category", ("group", "type", "ক্যাটাগরি", "বিভাগ", "ধরন")),
    Field("price", ("unit price", "sale price", "rate", "mrp", "দাম", "মূল্য", "দর")),
    Field("stock", ("qty", "quantity", "in stock", "available", "স্টক", "মজুদ", "পরিমাণ")),
    Field("pack_days", ("days", "lasts days", "days per pack", "কত দিন চলে", "দিন")),
)


def readers(context: Context) -> Mapping[str, Callable[[str], Any]]:
    return {
        "sku": values.text(100),
        "name": values.text(255),
        "category": values.text(255),
        "price": values.number(2, least=Decimal(0)),
        "stock": values.whole(least=-1_000_000),
        "pack_days": values.whole(least=1, below=10_000),
    }


def shape(context: Context, columns: Columns) -> Shape:
    """Rows of the staging table; of two with one SKU the first counts."""
    seen: set[str] = set()

    def row(line: int, cells: Sequence[Any]) -> str:
        if cells[0] in seen:
            raise Bad(Fault.DUPLICATE, "sku")
        seen.add(cells[0])
        return "\t".join([str(line), *("" if cell is None else str(cell) for cell in cells)])

    return row


async def merge(session: AsyncSession, context: Context, columns: Columns) -> Counts:
    """Make new products, bring the others up to date; counts are of products."""
    await session.execute(text("CREATE TEMP TABLE import_touched (customer_id bigint) ON COMMIT DROP"))
    await session.execute(text(catalogue.MAKE_CATEGORIES))
    written = [row.created for row in await session.execute(text(_UPSERT))]
    every = (await session.execute(text("SELECT count(*) FROM import_rows"))).scalar_one()
    created = sum(written)
    return Counts(created, len(written) - created, every - len(written))


# Numbered as they stand in the file, written by SKU, as orders write theirs (catalogue._MAKE): of two who make the same
# neither waits for the other in a circle. A row version that nobody wrote over before (xmax 0) is one just made.
_UPSERT = """
    INSERT INTO products AS held (id, sku, name, category_id, price, stock, pack_days, created_at, updated_at)
    SELECT said.id, said.sku, said.name, c.id, said.price, said.stock, said.pack_days, cdm_now(), cdm_now()
    FROM (SELECT nextval(pg_get_serial_sequence('products', 'id')) AS id, by_line.*
          FROM (SELECT * FROM import_rows ORDER BY line) by_line) said
    LEFT JOIN categories c ON c.name = said.category
    ORDER BY said.sku
    ON CONFLICT (sku) DO UPDATE
    SET name = EXCLUDED.name,
        category_id = coalesce(EXCLUDED.category_id, held.category_id),
        price = coalesce(EXCLUDED.price, held.price),
        stock = coalesce(EXCLUDED.stock, held.stock),
        pack_days = coalesce(EXCLUDED.pack_days, held.pack_days),
        updated_at = EXCLUDED.updated_at
    WHERE (held.name, held.category_id, held.price, held.stock, held.pack_days) IS DISTINCT FROM
          (EXCLUDED.name, coalesce(EXCLUDED.category_id, held.category_id), coalesce(EXCLUDED.price, held.price),
           coalesce(EXCLUDED.stock, held.stock), coalesce(EXCLUDED.pack_days, held.pack_days))
    RETURNING held.xmax = 0 AS created
    """

KIND = Kind(
    fields=FIELDS,
    staging="sku text, name text, category text, price numeric, stock integer, pack_days integer",
    readers=readers,
    shape=shape,
    merge=merge,
)
