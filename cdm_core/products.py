"""What is sold, as the shop tells of it by SKU."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import listed as lists
from cdm_core.errors import CdmError
from cdm_core.imports import claims
from cdm_core.imports.patience import briefly
from cdm_core.listed import FIRST, Key, Listed, Order, Window
from cdm_core.tables import categories, products

_BY_ID = Order("id", (Key(products.c.id),))


@dataclass(frozen=True, slots=True)
class Product:
    """``price`` is the list price in the business currency; ``pack_days`` how long one lasts; not ``active``: no longer
    sold."""

    product_id: int
    sku: str | None
    name: str
    category: str | None
    price: Decimal | None
    stock: int | None
    pack_days: int | None
    active: bool
    created_at: datetime
    updated_at: datetime


async def one(session: AsyncSession, product_id: int) -> Product:
    """Raises ``CdmError("no_such_product", product_id=…)``."""
    row = (await session.execute(_query().where(products.c.id == product_id))).one_or_none()
    if row is None:
        raise CdmError("no_such_product", product_id=product_id)
    return Product(*row)


async def listed(
    session: AsyncSession,
    *,
    category: str | None = None,
    active: bool | None = None,
    window: Window = FIRST,
) -> Listed[Product]:
    """A page in the order of ids."""
    wanted: list[ColumnElement[bool]] = []
    if category is not None:
        wanted.append(categories.c.name == category)
    if active is not None:
        wanted.append(products.c.active == active)
    return await lists.page(session, _query().where(*wanted), _BY_ID, window, _product)


async def put(session: AsyncSession, sku: str, told: Mapping[str, Any], *, now: datetime) -> tuple[Product, bool]:
    """The product of this SKU with what is told of it, and whether it is new; what is not told stays.

    ``told`` are columns, with ``category`` by its name (made where nobody knew it). A new one has the SKU for want of a
    name. Of two at once, a file among them, one makes it. Raises what ``claims.claim_one`` does.
    """
    values = dict(told)
    if "category" in values:
        values["category_id"] = await _category(session, values.pop("category"))
    this = products.c.sku == sku
    if (await session.execute(select(products.c.id).where(this))).scalar_one_or_none() is None:
        async with briefly(session):
            await claims.claim_one(session, f"s{sku}", f"n{values.get('name', sku)}")
    new = {"name": sku, **values, "sku": sku, "created_at": now, "updated_at": now}
    added = insert(products).values(new).on_conflict_do_nothing(index_elements=[products.c.sku])
    async with briefly(session):
        product_id = (await session.execute(added.returning(products.c.id))).scalar_one_or_none()
    if product_id is not None:
        return await one(session, product_id), True
    return await _change(session, this, values, now), False


async def change(session: AsyncSession, product_id: int, told: Mapping[str, Any], *, now: datetime) -> Product:
    """``put`` for a product that is there. Raises ``CdmError("no_such_product", product_id=…)``."""
    values = dict(told)
    if "category" in values:
        values["category_id"] = await _category(session, values.pop("category"))
    await one(session, product_id)
    return await _change(session, products.c.id == product_id, values, now)


async def _change(session: AsyncSession, this: Any, values: Mapping[str, Any], now: datetime) -> Product:
    async with briefly(session):
        row: Row[Any] = (await session.execute(select(products).where(this).with_for_update())).one()
    new = {column: value for column, value in values.items() if getattr(row, column) != value}
    if new:
        await session.execute(update(products).where(products.c.id == row.id).values(**new, updated_at=now))
    return await one(session, row.id)


async def _category(session: AsyncSession, name: str | None) -> int | None:
    if not name:
        return None
    added = insert(categories).values(name=name).on_conflict_do_nothing(index_elements=[categories.c.name])
    async with briefly(session):
        made = (await session.execute(added.returning(categories.c.id))).scalar_one_or_none()
    if made is not None:
        return int(made)
    return int((await session.execute(select(categories.c.id).where(categories.c.name == name))).scalar_one())


def _query() -> Select[Any]:
    item = products.c
    return select(
        item.id,
        item.sku,
        item.name,
        categories.c.name,
        item.price,
        item.stock,
        item.pack_days,
        item.active,
        item.created_at,
        item.updated_at,
    ).select_from(products.outerjoin(categories, categories.c.id == item.category_id))


def _product(row: Row[Any]) -> Product:
    told: list[Any] = [*row][:-1]
    return Product(*told)
