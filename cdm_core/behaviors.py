"""What a visitor who is a customer did in the shop: kept as it comes, listed, and the products seen most."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, Select, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import listed, repeats, summary
from cdm_core.errors import CdmError
from cdm_core.listed import FIRST, Key, Listed, Order, Window
from cdm_core.moments import fitting
from cdm_core.tables import categories, customer_behavior, products
from cdm_core.words import BehaviorType


@dataclass(frozen=True, slots=True)
class Behaved:
    """What is told of one act, without whose it was; ``at`` an aware moment."""

    behavior_type: BehaviorType
    at: datetime
    product_id: int | None = None
    category_id: int | None = None
    search_query: str | None = None
    session_id: str | None = None
    device_type: str | None = None


@dataclass(frozen=True, slots=True)
class Behavior:
    """One act as it is kept; ``product`` is the product's name."""

    id: int
    customer_id: int
    behavior_type: BehaviorType
    product_id: int | None
    product: str | None
    category_id: int | None
    search_query: str | None
    session_id: str | None
    device_type: str | None
    occurred_at: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MostViewed:
    """A product and how often the customer looked at it, last at ``last_viewed_at``."""

    product_id: int
    sku: str | None
    name: str
    category: str | None
    price: Decimal | None
    view_count: int
    last_viewed_at: datetime


_LATEST = Order(
    "latest", (Key(customer_behavior.c.occurred_at, falling=True), Key(customer_behavior.c.id, falling=True))
)
_MOST_VIEWED = text(
    """
    WITH viewed AS (
        SELECT product_id, count(*) AS times, max(occurred_at) AS last_at
        FROM customer_behavior
        WHERE customer_id = :customer AND behavior_type = 'product_view' AND product_id IS NOT NULL
        GROUP BY product_id
    )
    SELECT v.product_id, p.sku, p.name, g.name AS category, p.price, v.times, v.last_at,
           (SELECT count(*) FROM viewed) AS total
    FROM viewed v
    JOIN products p ON p.id = v.product_id
    LEFT JOIN categories g ON g.id = p.category_id
    ORDER BY v.times DESC, v.last_at DESC, v.product_id
    LIMIT :limit OFFSET :offset
    """
)


async def track(
    session: AsyncSession, customer_id: int, done: Behaved, *, key: str | None, now: datetime
) -> tuple[int, bool]:
    """Keep one act of a customer; its id, and whether it is new: ``key`` tells a repeat.

    The product is there. Raises ``CdmError`` ``no_such_category`` or those of ``moments.fitting``.
    """
    fitting(done.at, now)
    if done.category_id is not None:
        known = await session.execute(select(categories.c.id).where(categories.c.id == done.category_id))
        if known.first() is None:
            raise CdmError("no_such_category", category_id=done.category_id)
    ids = await summary.begin_write(session, [customer_id])
    repeated = await repeats.kept(session, customer_behavior.c.import_key, customer_id, key)
    if repeated is not None:
        return repeated, False
    added = await session.execute(
        insert(customer_behavior)
        .values(
            customer_id=customer_id,
            behavior_type=done.behavior_type,
            product_id=done.product_id,
            category_id=done.category_id,
            search_query=done.search_query,
            session_id=done.session_id,
            device_type=done.device_type,
            occurred_at=done.at,
            import_key=key,
            created_at=now,
        )
        .returning(customer_behavior.c.id)
    )
    behavior_id: int = added.scalar_one()
    await summary.refresh(session, ids)
    return behavior_id, True


async def page(
    session: AsyncSession,
    customer_id: int,
    *,
    kind: BehaviorType | None = None,
    window: Window = FIRST,
) -> Listed[Behavior]:
    """A page of what a customer did, of one ``kind`` or of all, the latest first."""
    done = customer_behavior
    wanted = _rows().where(done.c.customer_id == customer_id)
    if kind is not None:
        wanted = wanted.where(done.c.behavior_type == kind)
    return await listed.page(session, wanted, _LATEST, window, _behavior)


async def one(session: AsyncSession, customer_id: int, behavior_id: int) -> Behavior:
    """The customer's act of that id, which is there."""
    done = customer_behavior
    wanted = _rows().where(done.c.customer_id == customer_id, done.c.id == behavior_id)
    return _behavior((await session.execute(wanted)).one())


async def most_viewed(session: AsyncSession, customer_id: int, *, window: Window = FIRST) -> Listed[MostViewed]:
    """The products that a customer looked at, the most often first."""
    asked = {"customer": customer_id, "limit": window.limit + 1, "offset": window.offset}
    rows = (await session.execute(_MOST_VIEWED, asked)).all()
    total = rows[0].total if rows else 0
    if not rows and window.offset:
        first = (await session.execute(_MOST_VIEWED, {**asked, "limit": 1, "offset": 0})).all()
        total = first[0].total if first else 0
    found = tuple(
        MostViewed(row.product_id, row.sku, row.name, row.category, row.price, row.times, row.last_at) for row in rows
    )
    return Listed.by_offset(found, window, total)


def _rows() -> Select[Any]:
    done = customer_behavior
    return select(done, products.c.name.label("product")).select_from(
        done.outerjoin(products, products.c.id == done.c.product_id)
    )


def _behavior(row: Row[Any]) -> Behavior:
    return Behavior(
        id=row.id,
        customer_id=row.customer_id,
        behavior_type=BehaviorType(row.behavior_type),
        product_id=row.product_id,
        product=row.product,
        category_id=row.category_id,
        search_query=row.search_query,
        session_id=row.session_id,
        device_type=row.device_type,
        occurred_at=row.occurred_at,
        created_at=row.created_at,
    )
