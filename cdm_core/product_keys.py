"""Products by id, or by what the shop calls them."""

from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.errors import CdmError
from cdm_core.query import LARGEST_ID

_THERE = text("SELECT id FROM products WHERE id = ANY(CAST(:ids AS bigint[]))")
_BY_SKU = text("SELECT id, sku FROM products WHERE sku = ANY(CAST(:skus AS text[]))")
_CALLED = text("SELECT id, sku, name FROM products WHERE id = ANY(CAST(:ids AS bigint[]))")
_HOLD = text("SELECT FROM products WHERE id = :product FOR UPDATE")


def named(product: int | str) -> CdmError:
    """The refusal of a product that is not there."""
    source, colon, sku = str(product).partition(":")
    if colon:
        return CdmError("no_such_product_key", source=source, sku=sku)
    return CdmError("no_such_product", product_id=product)


async def product_of(session: AsyncSession, product: int | str) -> int:
    """The product's id; ``product`` is it, or ``source:sku`` (all sources share one set of SKUs).

    Raises ``CdmError`` ``no_such_product`` or ``no_such_product_key``.
    """
    found = (await products_of(session, [product])).get(product)
    if found is None:
        raise named(product)
    return found


async def products_of(session: AsyncSession, wanted: Collection[int | str]) -> dict[int | str, int]:
    """``product_of`` of many, from two statements; those that are not there are left out."""
    ids = {int(one) for one in wanted if ":" not in str(one)}
    skus = {str(one).partition(":")[2] for one in wanted if ":" in str(one)}
    there: set[int] = set()
    by_sku: dict[str, int] = {}
    if ids:
        there = set((await session.execute(_THERE, {"ids": [one for one in ids if one <= LARGEST_ID]})).scalars())
    if skus:
        by_sku = {row.sku: row.id for row in await session.execute(_BY_SKU, {"skus": list(skus)})}
    found: dict[int | str, int] = {}
    for one in wanted:
        _, colon, sku = str(one).partition(":")
        product_id = by_sku.get(sku) if colon else (int(one) if int(one) in there else None)
        if product_id is not None:
            found[one] = product_id
    return found


async def called(session: AsyncSession, wanted: Collection[int | str]) -> dict[int | str, tuple[str | None, str]]:
    """SKU and name of each of ``wanted``, as ``product_of`` takes them; a product may have no SKU.

    Raises what ``product_of`` does.
    """
    found = await products_of(session, wanted)
    for one in wanted:
        if one not in found:
            raise named(one)
    rows = await session.execute(_CALLED, {"ids": list(set(found.values()))})
    words = {row.id: (row.sku, row.name) for row in rows}
    return {one: words[product_id] for one, product_id in found.items()}


async def hold(session: AsyncSession, product_id: int) -> None:
    """Lock the product until the transaction ends: what is read of it now stands."""
    await session.execute(_HOLD, {"product": product_id})
