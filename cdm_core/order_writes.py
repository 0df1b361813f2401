"""Orders confirmed by phone: the pending one is confirmed, or a new pending one is made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, not_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.tables import order_keys, products, sales_order_items, sales_orders
from cdm_core.words import OrderStatus, PaymentMethod

CHAT = "chat"


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A line as an agent says it: ``name`` is matched to a product where just one fits."""

    name: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class ConfirmedOrder:
    """``created``: no order was waiting, so this one was made; ``amount`` is what it comes to."""

    order_id: int
    created: bool
    amount: Decimal
    payment: PaymentMethod | None
    lines: tuple[tuple[str, Decimal], ...]


_CHATS_OWN: ColumnElement[bool] = and_(
    sales_orders.c.source == CHAT,
    sales_orders.c.status == OrderStatus.PENDING,
    not_(
        exists().where(
            order_keys.c.customer_id == sales_orders.c.customer_id, order_keys.c.order_id == sales_orders.c.id
        )
    ),
)
"""Agreed in chat and in no file yet."""


async def confirm(
    session: AsyncSession,
    customer_id: int,
    *,
    staff_id: int,
    at: datetime,
    amount: Decimal | None,
    payment: PaymentMethod | None,
    lines: Sequence[OrderLine] = (),
    order_id: int | None = None,
) -> ConfirmedOrder | None:
    """Confirm the order ``order_id``; without one, or where it is gone, the customer's oldest unconfirmed pending
    order; of several, the one of ``amount`` if one fits.

    With none waiting, a pending order (source chat) is made of what was said; None when nothing was said to make
    one of. An import of the shop's orders finds it later by customer, amount and seven days.
    """
    confirmed = None if order_id is None else await find(session, customer_id, order_id)
    if confirmed is None:
        waiting = (
            await session.execute(
                select(sales_orders.c.id, sales_orders.c.total_amount)
                .where(
                    sales_orders.c.customer_id == customer_id,
                    sales_orders.c.status == OrderStatus.PENDING,
                    sales_orders.c.confirmed_at.is_(None),
                )
                .order_by(sales_orders.c.ordered_at)
            )
        ).all()
        if waiting:
            fitting = next((row for row in waiting if row.total_amount == amount), waiting[0])
            confirmed = await find(session, customer_id, fitting.id)
    if confirmed is not None:
        await session.execute(
            update(sales_orders)
            .where(sales_orders.c.customer_id == customer_id, sales_orders.c.id == confirmed.order_id)
            .values(confirmed_at=at, confirmed_by=staff_id, updated_at=at)
        )
        return confirmed
    if amount is None and not lines:
        return None
    return await _create(session, customer_id, staff_id=staff_id, at=at, amount=amount, payment=payment, lines=lines)


async def unconfirm(session: AsyncSession, customer_id: int, order_id: int, *, created: bool, at: datetime) -> bool:
    """Take a confirmation back: the order that it ``created`` goes, any other loses but the confirmation.

    One that the shop's file has told of meanwhile, or that is no longer pending, is any other. Tells whether it went.
    """
    this = (sales_orders.c.customer_id == customer_id, sales_orders.c.id == order_id)
    if created:
        gone = await session.execute(delete(sales_orders).where(*this, _CHATS_OWN).returning(sales_orders.c.id))
        if gone.first() is not None:
            return True
    await session.execute(update(sales_orders).where(*this).values(confirmed_at=None, confirmed_by=None, updated_at=at))
    return False


async def find(
    session: AsyncSession, customer_id: int, order_id: int, *, created: bool = False
) -> ConfirmedOrder | None:
    """An order as it stands, None where it is gone; ``created`` stays true only while it is the chat's own."""
    row = (
        await session.execute(
            select(sales_orders.c.total_amount, sales_orders.c.payment_method, _CHATS_OWN.label("own")).where(
                sales_orders.c.customer_id == customer_id, sales_orders.c.id == order_id
            )
        )
    ).one_or_none()
    if row is None:
        return None
    return ConfirmedOrder(
        order_id=order_id,
        created=created and bool(row.own),
        amount=row.total_amount,
        payment=PaymentMethod(row.payment_method) if row.payment_method else None,
        lines=await lines_of(session, customer_id, order_id),
    )


async def _create(
    session: AsyncSession,
    customer_id: int,
    *,
    staff_id: int,
    at: datetime,
    amount: Decimal | None,
    payment: PaymentMethod | None,
    lines: Sequence[OrderLine],
) -> ConfirmedOrder:
    known = [(line, await _product(session, line.name)) for line in lines]
    priced = [(product.price if product else None) for _, product in known]
    prices = [price for price in priced if price is not None]
    if amount is None and known and len(prices) == len(known):
        amount = sum((line.quantity * price for (line, _), price in zip(known, prices, strict=True)), Decimal(0))
    total = amount if amount is not None else Decimal(0)
    order_id = (
        await session.execute(
            insert(sales_orders)
            .values(
                customer_id=customer_id,
                ordered_at=at,
                status=OrderStatus.PENDING,
                total_amount=total,
                payment_method=payment,
                source=CHAT,
                staff_id=staff_id,
                confirmed_at=at,
                confirmed_by=staff_id,
                created_at=at,
                updated_at=at,
            )
            .returning(sales_orders.c.id)
        )
    ).scalar_one()
    named = tuple((product.name if product else line.name, line.quantity) for line, product in known)
    shares = _shares(total, [line.quantity * (price or 0) for (line, _), price in zip(known, priced, strict=True)])
    if known:
        await session.execute(
            insert(sales_order_items),
            [
                {
                    "customer_id": customer_id,
                    "order_id": order_id,
                    "line_no": number,
                    "product_id": product.id if product else None,
                    "product_name": product.name if product else line.name,
                    "quantity": line.quantity,
                    "unit_price": product.price if product else None,
                    "amount": share,
                    "status": OrderStatus.PENDING,
                }
                for number, ((line, product), share) in enumerate(zip(known, shares, strict=True), start=1)
            ],
        )
    return ConfirmedOrder(order_id=order_id, created=True, amount=total, payment=payment, lines=named)


def _shares(total: Decimal, weights: Sequence[Decimal | int]) -> list[Decimal]:
    """``total`` over the lines by their list price, evenly where no price is known; they add up to ``total``."""
    if not weights:
        return []
    whole = sum(Decimal(weight) for weight in weights)
    parts = [
        (total * Decimal(weight) / whole if whole else total / len(weights)).quantize(Decimal("0.01"))
        for weight in weights
    ]
    parts[-1] += total - sum(parts)
    return parts


@dataclass(frozen=True, slots=True)
class _Product:
    id: int
    name: str
    price: Decimal | None


async def _product(session: AsyncSession, name: str) -> _Product | None:
    """The one active product that ``name`` means: the whole name, else the only one that has it as its start."""
    rows = (
        await session.execute(
            select(products.c.id, products.c.name, products.c.price)
            .where(products.c.active, func.lower(products.c.name).startswith(name.lower(), autoescape=True))
            .order_by(func.length(products.c.name), products.c.id)
            .limit(2)
        )
    ).all()
    if not rows or (len(rows) > 1 and rows[0].name.lower() != name.lower()):
        return None
    return _Product(id=rows[0].id, name=rows[0].name, price=rows[0].price)


async def lines_of(session: AsyncSession, customer_id: int, order_id: int) -> tuple[tuple[str, Decimal], ...]:
    """Product and quantity of each line of an order."""
    rows = await session.execute(
        select(sales_order_items.c.product_name, sales_order_items.c.quantity)
        .where(sales_order_items.c.customer_id == customer_id, sales_order_items.c.order_id == order_id)
        .order_by(sales_order_items.c.line_no)
    )
    return tuple((row.product_name, row.quantity) for row in rows)
