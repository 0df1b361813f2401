"""The lines of an order made in chat: which products they are, and what they come to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import product_names
from cdm_core.product_names import Product
from cdm_core.tables import sales_order_items, sales_orders
from cdm_core.words import OrderStatus

_LONGEST_NAME = 255
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A line as an agent says it: ``name`` is matched to a product where just one fits."""

    name: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Unclear:
    """A line whose name several products have, the likeliest first."""

    line_no: int
    name: str
    choices: tuple[Product, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it is stored; ``unit_price`` is the product's list price when the line was made."""

    line_no: int
    product_id: int | None
    name: str
    quantity: Decimal
    unit_price: Decimal | None


async def of_order(session: AsyncSession, customer_id: int, order_id: int) -> list[Line]:
    item = sales_order_items.c
    rows = await session.execute(
        select(item.line_no, item.product_id, item.product_name, item.quantity, item.unit_price)
        .where(item.customer_id == customer_id, item.order_id == order_id)
        .order_by(item.line_no)
    )
    return [Line(*row) for row in rows]


async def add(session: AsyncSession, customer_id: int, order_id: int, lines: Sequence[OrderLine]) -> None:
    """Write the lines of a new order; a name that no single product fits stays as typed."""
    known = await product_names.meant(session, [(line.name, line.quantity) for line in lines])
    if not known:
        return
    await session.execute(
        insert(sales_order_items),
        [
            {
                "customer_id": customer_id,
                "order_id": order_id,
                "line_no": number,
                "product_id": found.product.product_id if found.product else None,
                "product_name": found.product.name if found.product else line.name[:_LONGEST_NAME],
                "quantity": found.quantity,
                "unit_price": found.product.price if found.product else None,
                "amount": 0,
                "status": OrderStatus.PENDING,
            }
            for number, (line, found) in enumerate(zip(lines, known, strict=True), start=1)
        ],
    )


async def unclear(session: AsyncSession, lines: Sequence[Line]) -> tuple[Unclear, ...]:
    """The lines whose name several products have."""
    unnamed = [line for line in lines if line.product_id is None]
    found = await product_names.meant(session, [(line.name, line.quantity) for line in unnamed])
    return tuple(
        Unclear(line.line_no, line.name, tuple(product for product, _ in one.choices))
        for line, one in zip(unnamed, found, strict=True)
        if one.choices
    )


async def name_product(
    session: AsyncSession, customer_id: int, order_id: int, line_no: int, product_id: int, *, at: datetime
) -> None:
    """Say which product a line of the chat's own order is, within a core write.

    An order of which no amount was said is worth its list price once all lines have one.
    """
    lines = await of_order(session, customer_id, order_id)
    line = next((line for line in lines if line.line_no == line_no and line.product_id is None), None)
    product = await product_names.sold(session, product_id)
    if line is None or product is None:
        return
    await session.execute(
        update(sales_order_items)
        .where(
            sales_order_items.c.customer_id == customer_id,
            sales_order_items.c.order_id == order_id,
            sales_order_items.c.line_no == line_no,
        )
        .values(
            product_id=product.product_id,
            product_name=product.name,
            unit_price=product.price,
            quantity=product_names.of_product(line.name, line.quantity, product),
        )
    )
    await settle_amount(session, customer_id, order_id, at=at)


async def settle_amount(session: AsyncSession, customer_id: int, order_id: int, *, at: datetime) -> None:
    """The order's amount, by list price where none was said, and each line's share of it."""
    lines = await of_order(session, customer_id, order_id)
    this = (sales_orders.c.customer_id == customer_id, sales_orders.c.id == order_id)
    total: Decimal = (await session.execute(select(sales_orders.c.total_amount).where(*this))).scalar_one()
    if not total and lines and (total := list_price(lines) or Decimal(0)):
        await session.execute(update(sales_orders).where(*this).values(total_amount=total, updated_at=at))
    shares = _shares(total, [line.quantity * (line.unit_price or 0) for line in lines])
    for line, share in zip(lines, shares, strict=True):
        await session.execute(
            update(sales_order_items)
            .where(
                sales_order_items.c.customer_id == customer_id,
                sales_order_items.c.order_id == order_id,
                sales_order_items.c.line_no == line.line_no,
            )
            .values(amount=share)
        )


def list_price(lines: Sequence[Line]) -> Decimal | None:
    """What the lines come to by list price; None where one has none."""
    prices = [line.quantity * line.unit_price for line in lines if line.unit_price is not None]
    return sum(prices, Decimal(0)).quantize(_CENT) if len(prices) == len(lines) else None


def _shares(total: Decimal, weights: Sequence[Decimal | int]) -> list[Decimal]:
    """``total`` over the lines by their list price, evenly where no price is known; they add up to ``total``."""
    if not weights:
        return []
    whole = sum(Decimal(weight) for weight in weights)
    parts = [(total * Decimal(weight) / whole if whole else total / len(weights)).quantize(_CENT) for weight in weights]
    parts[-1] += total - sum(parts)
    return parts
