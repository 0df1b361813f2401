"""Orders by what another system calls them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.errors import CdmError
from cdm_core.imports.values import clean
from cdm_core.tables import order_keys, products, sales_order_items, sales_orders
from cdm_core.words import OrderStatus, PaymentMethod


@dataclass(frozen=True, slots=True)
class ShopLine:
    """A line; one that came back has the status ``returned``. Amounts in the business currency."""

    product_id: int | None
    sku: str | None
    product: str
    quantity: Decimal
    unit_price: Decimal | None
    amount: Decimal
    status: OrderStatus


@dataclass(frozen=True, slots=True)
class ShopOrder:
    """An order as it stands; ``confirmed_at`` is when a person confirmed it by phone, ``updated_at`` when the source
    last changed it, by its own clock, where it told so."""

    source: str
    key: str
    id: int
    customer_id: int
    ordered_at: datetime
    status: OrderStatus
    total_amount: Decimal
    payment_method: PaymentMethod | None
    confirmed_at: datetime | None
    updated_at: datetime | None
    items: tuple[ShopLine, ...]


async def one(session: AsyncSession, source: str, key: str) -> ShopOrder:
    """The order that ``source`` calls ``key``. Raises ``CdmError("no_such_order", source=…, key=…)``."""
    key = clean(key)
    orders, known = sales_orders.c, order_keys.c
    row: Row[tuple[object, ...]] | None = (
        await session.execute(
            select(sales_orders, known.updated_at.label("told_of"))
            .join(order_keys, (known.customer_id == orders.customer_id) & (known.order_id == orders.id))
            .where(known.source == source, known.external_id == key)
        )
    ).one_or_none()
    if row is None:
        raise CdmError("no_such_order", source=source, key=key)
    found = row._mapping
    return ShopOrder(
        source=source,
        key=key,
        id=found["id"],
        customer_id=found["customer_id"],
        ordered_at=found["ordered_at"],
        status=OrderStatus(found["status"]),
        total_amount=found["total_amount"],
        payment_method=PaymentMethod(found["payment_method"]) if found["payment_method"] else None,
        confirmed_at=found["confirmed_at"],
        updated_at=found["told_of"],
        items=await _lines(session, found["customer_id"], found["id"]),
    )


async def _lines(session: AsyncSession, customer_id: int, order_id: int) -> tuple[ShopLine, ...]:
    lines = sales_order_items.c
    rows = await session.execute(
        select(sales_order_items, products.c.sku)
        .select_from(sales_order_items.outerjoin(products, products.c.id == lines.product_id))
        .where(lines.customer_id == customer_id, lines.order_id == order_id)
        .order_by(lines.line_no)
    )
    return tuple(
        ShopLine(
            product_id=row.product_id,
            sku=row.sku,
            product=row.product_name,
            quantity=row.quantity,
            unit_price=row.unit_price,
            amount=row.amount,
            status=OrderStatus(row.status),
        )
        for row in rows
    )
