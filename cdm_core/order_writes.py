"""Orders confirmed by phone: the pending one is confirmed, or a new pending one is made."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, delete, exists, insert, not_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import order_lines
from cdm_core.order_lines import OrderLine, Unclear
from cdm_core.tables import order_keys, sales_orders
from cdm_core.words import OrderStatus, PaymentMethod

CHAT = "chat"

_SAID_AGAIN = timedelta(hours=12)
"""An order confirmed no longer before or after is the one that is meant, if nothing else is said of it."""


@dataclass(frozen=True, slots=True)
class ConfirmedOrder:
    """``created``: this order was made of what was said; ``amount`` is what it comes to.

    ``said`` is the amount that was said where the order's is another; ``by_price_list``: nobody said one.
    ``already`` is when somebody had confirmed it before, and that it was said again changes nothing.
    """

    order_id: int
    created: bool
    amount: Decimal
    payment: PaymentMethod | None
    lines: tuple[tuple[str, Decimal], ...]
    said: Decimal | None = None
    by_price_list: bool = False
    unclear: tuple[Unclear, ...] = ()
    already: datetime | None = None


@dataclass(frozen=True, slots=True)
class WaitingOrder:
    order_id: int
    amount: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The order that was confirmed; or those ``waiting``, of which nobody knows yet which one is meant."""

    order: ConfirmedOrder | None
    waiting: tuple[WaitingOrder, ...] = ()


@dataclass(frozen=True, slots=True)
class Which:
    """The order that is meant: ``order_id``, or one that is not there yet (``fresh``); neither: whichever waits."""

    order_id: int | None = None
    fresh: bool = False


WHICHEVER = Which()

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
    staff_id: int | None,
    at: datetime,
    amount: Decimal | None,
    payment: PaymentMethod | None,
    lines: Sequence[OrderLine] = (),
    which: Which = WHICHEVER,
) -> Confirmation:
    """Confirm the order that is meant, else the customer's pending one; of several, the one of ``amount``.

    With none waiting, one confirmed lately with that amount, or with nothing said of it, is what is meant. Else a
    pending order (source chat) is made of what was said; none when nothing was said to make one of. An import of the
    shop's orders finds it later by customer, amount and seven days.
    """
    order_id = which.order_id
    if order_id is None and not which.fresh:
        waiting = await _waiting(session, customer_id)
        fitting = waiting if len(waiting) == 1 else [order for order in waiting if order.amount == amount]
        if waiting and not fitting:
            return Confirmation(None, tuple(waiting))
        order_id = fitting[0].order_id if fitting else None
        if order_id is None:
            again = await _said_again(session, customer_id, at, amount, nothing_else=not lines)
            if again is not None:
                return Confirmation(again)
    confirmed = None if order_id is None else await find(session, customer_id, order_id)
    if confirmed is not None and await _is_over(session, customer_id, confirmed.order_id):
        return Confirmation(None, tuple(await _waiting(session, customer_id)))
    if confirmed is not None:
        await session.execute(
            update(sales_orders)
            .where(sales_orders.c.customer_id == customer_id, sales_orders.c.id == confirmed.order_id)
            .values(confirmed_at=at, confirmed_by=staff_id, updated_at=at)
        )
        return Confirmation(replace(confirmed, said=amount if amount != confirmed.amount else None))
    if amount is None and not lines:
        return Confirmation(None)
    made = await _create(session, customer_id, staff_id=staff_id, at=at, amount=amount, payment=payment, lines=lines)
    return Confirmation(await find(session, customer_id, made, created=True))


async def _said_again(
    session: AsyncSession, customer_id: int, at: datetime, amount: Decimal | None, *, nothing_else: bool
) -> ConfirmedOrder | None:
    """The pending order that was confirmed around then, by whomever, and is said to be confirmed once more.

    Before or after: who tells at noon of a call at ten means what a colleague's call confirmed at eleven.
    """
    orders = sales_orders.c
    conditions = [
        orders.customer_id == customer_id,
        orders.status == OrderStatus.PENDING,
        orders.confirmed_at > at - _SAID_AGAIN,
        orders.confirmed_at < at + _SAID_AGAIN,
    ]
    if amount is not None:
        conditions.append(orders.total_amount == amount)
    elif not nothing_else:
        return None
    found = select(orders.id, orders.confirmed_at).where(*conditions).order_by(orders.confirmed_at.desc()).limit(1)
    row = (await session.execute(found)).one_or_none()
    order = None if row is None else await find(session, customer_id, row.id)
    return None if row is None or order is None else replace(order, already=row.confirmed_at)


async def _is_over(session: AsyncSession, customer_id: int, order_id: int) -> bool:
    this = (sales_orders.c.customer_id == customer_id, sales_orders.c.id == order_id)
    status = (await session.execute(select(sales_orders.c.status).where(*this))).scalar_one()
    return status in (OrderStatus.CANCELLED, OrderStatus.RETURNED)


async def _waiting(session: AsyncSession, customer_id: int) -> list[WaitingOrder]:
    """The customer's pending orders that nobody confirmed, the oldest first."""
    rows = await session.execute(
        select(sales_orders.c.id, sales_orders.c.total_amount, sales_orders.c.ordered_at)
        .where(
            sales_orders.c.customer_id == customer_id,
            sales_orders.c.status == OrderStatus.PENDING,
            sales_orders.c.confirmed_at.is_(None),
        )
        .order_by(sales_orders.c.ordered_at, sales_orders.c.id)
    )
    return [WaitingOrder(row.id, row.total_amount, row.ordered_at) for row in rows]


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


async def hand_on(
    session: AsyncSession, customer_id: int, order_id: int, *, created: bool, staff_id: int, at: datetime
) -> None:
    """The confirmation is ``staff_id``'s, of ``at``, and so is the order itself where the confirmation made it."""
    this = (sales_orders.c.customer_id == customer_id, sales_orders.c.id == order_id)
    confirmed = {"confirmed_at": at, "confirmed_by": staff_id, "updated_at": at}
    made = {"ordered_at": at, "staff_id": staff_id} if created else {}
    await session.execute(update(sales_orders).where(*this).values(**confirmed, **made))


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
    lines = await order_lines.of_order(session, customer_id, order_id)
    own = created and bool(row.own)
    return ConfirmedOrder(
        order_id=order_id,
        created=own,
        amount=row.total_amount,
        payment=PaymentMethod(row.payment_method) if row.payment_method else None,
        lines=tuple((line.name, line.quantity) for line in lines),
        by_price_list=own and bool(lines) and order_lines.list_price(lines) == row.total_amount,
        unclear=await order_lines.unclear(session, lines) if own else (),
    )


async def _create(
    session: AsyncSession,
    customer_id: int,
    *,
    staff_id: int | None,
    at: datetime,
    amount: Decimal | None,
    payment: PaymentMethod | None,
    lines: Sequence[OrderLine],
) -> int:
    order_id: int = (
        await session.execute(
            insert(sales_orders)
            .values(
                customer_id=customer_id,
                ordered_at=at,
                status=OrderStatus.PENDING,
                total_amount=amount or 0,
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
    await order_lines.add(session, customer_id, order_id, lines)
    await order_lines.settle_amount(session, customer_id, order_id, at=at)
    return order_id
