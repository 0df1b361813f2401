"""Drop-offs one by one: told of by the shop, listed, and won back without a person of ours."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, Select, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import alert_ends, listed, repeats, summary, winback_outcomes
from cdm_core.errors import CdmError
from cdm_core.listed import FIRST, Key, Listed, Order, Window
from cdm_core.moments import fitting
from cdm_core.tables import customer_dropoff_tracking, products, sales_orders
from cdm_core.words import DropoffStage, OrderStatus

_LATEST = Order(
    "latest",
    (Key(customer_dropoff_tracking.c.occurred_at, falling=True), Key(customer_dropoff_tracking.c.id, falling=True)),
)


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """What is told of one drop-off, without whose it was; ``cart_value`` in the business currency."""

    stage: DropoffStage
    at: datetime
    product_id: int | None = None
    cart_value: Decimal | None = None
    reason: str | None = None
    session_id: str | None = None


@dataclass(frozen=True, slots=True)
class KeptDropoff:
    """``recovered``: it was marked as won back; ``bought_since``: the customer ordered after it, whoever's doing."""

    id: int
    customer_id: int
    stage: DropoffStage
    product_id: int | None
    product: str | None
    cart_value: Decimal | None
    reason: str | None
    session_id: str | None
    recovered: bool
    recovered_at: datetime | None
    bought_since: bool
    occurred_at: datetime
    created_at: datetime


async def track(
    session: AsyncSession, customer_id: int, left: LeftBehind, *, key: str | None, now: datetime
) -> tuple[int, bool]:
    """Keep a drop-off of a customer; its id, and whether it is new: ``key`` tells a repeat.

    The product is there. The alert it calls for is raised by the next round. Raises as ``moments.fitting``.
    """
    fitting(left.at, now)
    ids = await summary.begin_write(session, [customer_id])
    repeated = await repeats.kept(session, customer_dropoff_tracking.c.import_key, customer_id, key)
    if repeated is not None:
        return repeated, False
    added = await session.execute(
        insert(customer_dropoff_tracking)
        .values(
            customer_id=customer_id,
            stage=left.stage,
            product_id=left.product_id,
            cart_value=left.cart_value,
            reason=left.reason,
            session_id=left.session_id,
            occurred_at=left.at,
            import_key=key,
            created_at=now,
        )
        .returning(customer_dropoff_tracking.c.id)
    )
    dropoff_id: int = added.scalar_one()
    await summary.refresh(session, ids)
    return dropoff_id, True


async def page(
    session: AsyncSession,
    customer_id: int,
    *,
    stage: DropoffStage | None = None,
    recovered: bool | None = None,
    window: Window = FIRST,
) -> Listed[KeptDropoff]:
    """A page of a customer's drop-offs, the latest first; of one ``stage``, (not) ``recovered``, where asked."""
    left = customer_dropoff_tracking
    wanted = _rows().where(left.c.customer_id == customer_id)
    if stage is not None:
        wanted = wanted.where(left.c.stage == stage)
    if recovered is not None:
        wanted = wanted.where(left.c.recovered.is_(recovered))
    return await listed.page(session, wanted, _LATEST, window, _dropoff)


async def one(session: AsyncSession, customer_id: int, dropoff_id: int) -> KeptDropoff:
    """The customer's drop-off of that id, which is there."""
    left = customer_dropoff_tracking
    wanted = _rows().where(left.c.customer_id == customer_id, left.c.id == dropoff_id)
    return _dropoff((await session.execute(wanted)).one())


async def whose(session: AsyncSession, dropoff_id: int) -> int:
    """The customer of a drop-off. Raises ``CdmError("no_such_dropoff", dropoff_id=…)``."""
    left = customer_dropoff_tracking
    this = select(left.c.customer_id).where(left.c.id == dropoff_id)
    found: int | None = (await session.execute(this)).scalar_one_or_none()
    if found is None:
        raise CdmError("no_such_dropoff", dropoff_id=dropoff_id)
    return found


async def recover(session: AsyncSession, customer_id: int, dropoff_id: int, *, now: datetime) -> bool:
    """Mark this one drop-off as won back, by nobody of ours; False where it was so before. Its alert is over."""
    ids = await summary.begin_write(session, [customer_id])
    left = customer_dropoff_tracking
    won = await session.execute(
        update(left)
        .where(left.c.customer_id == customer_id, left.c.id == dropoff_id, left.c.recovered.is_(False))
        .values(recovered=True, recovered_at=now)
        .returning(left.c.id)
    )
    if won.first() is None:
        return False
    await winback_outcomes.settle(session, ids, now=now)
    await summary.refresh(session, ids)
    await alert_ends.close_answered(session, now=now, customer_id=customer_id)
    return True


def _rows() -> Select[Any]:
    left = customer_dropoff_tracking
    bought = exists().where(
        sales_orders.c.customer_id == left.c.customer_id,
        sales_orders.c.status.in_([OrderStatus.COMPLETED, OrderStatus.PENDING]),
        func.cdm_ordered_since(
            sales_orders.c.ordered_at,
            sales_orders.c.created_at,
            left.c.occurred_at,
            select(func.cdm_setting("timezone")).scalar_subquery(),
        ),
    )
    return select(left, products.c.name.label("product"), bought.label("bought_since")).select_from(
        left.outerjoin(products, products.c.id == left.c.product_id)
    )


def _dropoff(row: Row[Any]) -> KeptDropoff:
    return KeptDropoff(
        id=row.id,
        customer_id=row.customer_id,
        stage=DropoffStage(row.stage),
        product_id=row.product_id,
        product=row.product,
        cart_value=row.cart_value,
        reason=row.reason,
        session_id=row.session_id,
        recovered=row.recovered,
        recovered_at=row.recovered_at,
        bought_since=row.bought_since,
        occurred_at=row.occurred_at,
        created_at=row.created_at,
    )
