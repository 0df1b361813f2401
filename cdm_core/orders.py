"""A customer's complete purchase history, the newest first, with items and returns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import listed as lists
from cdm_core.access import CustomerRef
from cdm_core.listed import FIRST, Key, Listed, Window
from cdm_core.tables import customer_summary, sales_order_items, sales_orders
from cdm_core.words import OrderStatus, PaymentMethod

STANDING = "('completed', 'pending')"
"""The statuses of an order that stands: neither cancelled nor returned. For SQL."""

PAGE = 4
UNNAMED = "—"
"""The product of a line of which no product was told."""

_NEWEST = lists.Order("newest", (Key(sales_orders.c.ordered_at, falling=True), Key(sales_orders.c.id, falling=True)))


def ordered_since(moment: str, *, order: str = "o") -> str:
    """SQL: whether a row of orders, called ``order``, came at ``moment`` or later.

    One of which the day alone is known counts as if it had come at any time of that day until we knew of it, so that
    nobody is chased for the cart that they bought.
    """
    return f"cdm_ordered_since({order}.ordered_at, {order}.created_at, {moment}, (SELECT cdm_setting('timezone')))"


@dataclass(frozen=True, slots=True)
class OrderItem:
    """A line of an order; what was returned has the status ``returned`` and its quantity without a sign."""

    product: str
    quantity: Decimal
    amount: Decimal
    status: OrderStatus
    product_id: int | None = None


@dataclass(frozen=True, slots=True)
class Order:
    order_id: int
    at: datetime
    status: OrderStatus
    total: Decimal
    payment: PaymentMethod | None
    items: tuple[OrderItem, ...]


@dataclass(frozen=True, slots=True)
class OrderHistory:
    """One page, from 0. ``completed`` and ``returned`` count orders, ``lifetime_value`` is what was really kept."""

    orders: tuple[Order, ...]
    page: int
    has_older: bool
    completed: int
    returned: int
    lifetime_value: Decimal


async def history(session: AsyncSession, ref: CustomerRef, *, page: int = 0, size: int = PAGE) -> OrderHistory:
    """A page of a customer's orders of every status; a page behind the last one is the last one."""
    of_customer = sales_orders.c.customer_id == ref.customer_id
    summed = (
        await session.execute(
            select(
                select(func.count()).where(of_customer).scalar_subquery().label("all"),
                func.max(customer_summary.c.total_orders).label("completed"),
                func.max(customer_summary.c.returned_orders).label("returned"),
                func.max(customer_summary.c.lifetime_value).label("lifetime_value"),
            ).where(customer_summary.c.customer_id == ref.customer_id)
        )
    ).one()
    page = max(0, min(page, (summed.all - 1) // size))
    rows, _ = await lists.part(session, _of_customer(ref), _NEWEST, Window(size, page * size))
    return OrderHistory(
        orders=await _with_items(session, ref, rows),
        page=page,
        has_older=(page + 1) * size < summed.all,
        completed=summed.completed or 0,
        returned=summed.returned or 0,
        lifetime_value=summed.lifetime_value or Decimal(0),
    )


async def listed(session: AsyncSession, ref: CustomerRef, *, window: Window = FIRST) -> Listed[Order]:
    """A page of the orders of every status, the newest first."""
    wanted = _of_customer(ref)
    rows, onward = await lists.part(session, wanted, _NEWEST, window)
    return Listed(await _with_items(session, ref, rows), *await lists.total(session, wanted), onward)


def _of_customer(ref: CustomerRef) -> Select[Any]:
    return select(sales_orders).where(sales_orders.c.customer_id == ref.customer_id)


async def _with_items(session: AsyncSession, ref: CustomerRef, found: Sequence[Row[Any]]) -> tuple[Order, ...]:
    items = await _items(session, ref, [row.id for row in found])
    return tuple(
        Order(
            order_id=row.id,
            at=row.ordered_at,
            status=OrderStatus(row.status),
            total=row.total_amount,
            payment=PaymentMethod(row.payment_method) if row.payment_method else None,
            items=tuple(items.get(row.id, ())),
        )
        for row in found
    )


async def _items(session: AsyncSession, ref: CustomerRef, order_ids: list[int]) -> dict[int, list[OrderItem]]:
    """The lines of these orders in their order."""
    lines = sales_order_items
    rows = await session.execute(
        select(lines)
        .where(lines.c.customer_id == ref.customer_id, lines.c.order_id.in_(order_ids))
        .order_by(lines.c.order_id, lines.c.line_no)
    )
    found: dict[int, list[OrderItem]] = {}
    for row in rows:
        item = OrderItem(row.product_name, abs(row.quantity), row.amount, OrderStatus(row.status), row.product_id)
        found.setdefault(row.order_id, []).append(item)
    return found
