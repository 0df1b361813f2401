"""Things that happen in the demo at the press of a button: somebody leaves a cart, a payment fails, an order comes."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from cdm_core import summary, thresholds
from cdm_core.db.as_of import set_as_of
from cdm_core.tables import customer_behavior, customer_dropoff_tracking, sales_order_items, sales_orders
from cli.sample.browsing import REASONS
from cli.sample.catalogue import PRODUCTS, Product


@dataclass(frozen=True, slots=True)
class Somebody:
    """The customer it happens to."""

    id: int
    name: str


async def abandon_cart(engine: AsyncEngine, now: datetime) -> str:
    """A customer of the agents fills a cart and leaves at checkout; says who, with how much."""
    return await _drop_off(engine, now, "checkout_initiated", "left a cart of")


async def fail_payment(engine: AsyncEngine, now: datetime) -> str:
    """A customer's payment fails; says whose, of how much."""
    return await _drop_off(engine, now, "payment_failed", "could not pay")


async def receive_order(engine: AsyncEngine, now: datetime) -> str:
    """A customer orders on the site, cash on delivery, to be confirmed by phone; says who, for how much."""
    random = Random(now.timestamp())
    async with AsyncSession(engine) as session, session.begin():
        somebody, lines, total = await _begin(session, random, now)
        order_id = (
            await session.execute(
                insert(sales_orders)
                .values(
                    customer_id=somebody.id,
                    ordered_at=now,
                    status="pending",
                    total_amount=total,
                    payment_method="cod",
                    source="website",
                    created_at=now,
                    updated_at=now,
                )
                .returning(sales_orders.c.id)
            )
        ).scalar_one()
        await session.execute(
            insert(sales_order_items),
            [
                {
                    "customer_id": somebody.id,
                    "order_id": order_id,
                    "line_no": number,
                    "product_id": product.id,
                    "product_name": product.name,
                    "quantity": quantity,
                    "unit_price": product.price,
                    "amount": quantity * product.price,
                    "status": "pending",
                }
                for number, (product, quantity) in enumerate(lines, 1)
            ],
        )
        await summary.refresh(session, [somebody.id])
    return f"{somebody.name} #{somebody.id} ordered for ৳{total:,.0f}, cash on delivery"


HAPPENINGS: Mapping[str, tuple[str, str, Callable[[AsyncEngine, datetime], Awaitable[str]]]] = {
    "abandon_cart": ("Customer abandons a cart", "কাস্টমার কার্ট ফেলে যায়", abandon_cart),
    "fail_payment": ("Payment fails", "পেমেন্ট ফেইল", fail_payment),
    "receive_order": ("Order arrives", "অর্ডার আসে", receive_order),
}
"""Name → label in English, in Bengali, and what makes it happen at a given time (aware)."""


async def _drop_off(engine: AsyncEngine, now: datetime, stage: str, did: str) -> str:
    random = Random(now.timestamp())
    async with AsyncSession(engine) as session, session.begin():
        somebody, lines, total = await _begin(session, random, now)
        visit = {"customer_id": somebody.id, "session_id": f"s{random.getrandbits(40):010x}"}
        await session.execute(
            insert(customer_behavior),
            [
                {
                    **visit,
                    "behavior_type": kind,
                    "product_id": product.id,
                    "device_type": "mobile",
                    "occurred_at": now - timedelta(minutes=minutes),
                    "created_at": now,
                }
                for product, _ in lines
                for kind, minutes in (("product_view", 6), ("add_to_cart", 4))
            ],
        )
        await session.execute(
            insert(customer_dropoff_tracking).values(
                **visit,
                stage=stage,
                product_id=lines[0][0].id,
                cart_value=total,
                reason=random.choice([reason for reason in REASONS[stage] if reason]),
                occurred_at=now,
                created_at=now,
            )
        )
        await summary.refresh(session, [somebody.id])
    return f"{somebody.name} #{somebody.id} {did} ৳{total:,.0f}"


async def _begin(
    session: AsyncSession, random: Random, now: datetime
) -> tuple[Somebody, list[tuple[Product, int]], Decimal]:
    """Open the write of somebody owned by an agent, good for a call and at peace so far, with a basket."""
    await set_as_of(session, now)
    fresh = timedelta(days=(await thresholds.load(session)).dropoff_fresh_days)
    row = random.choice((await session.execute(_QUIET, {"since": now - fresh})).all())
    await summary.begin_write(session, [row.customer_id])
    chosen = random.choices(PRODUCTS, [product.appeal for product in PRODUCTS], k=random.randint(1, 3))
    lines = [(product, random.randint(1, 3)) for product in dict.fromkeys(chosen)]
    total = sum((quantity * product.price for product, quantity in lines), Decimal(0))
    return Somebody(row.customer_id, row.customer_name), lines, total


_QUIET = text(
    """
    SELECT s.customer_id, s.customer_name
    FROM customer_summary s
    JOIN staff a ON a.id = s.owner_id AND a.active AND a.role = 'agent'
    WHERE NOT s.do_not_call AND s.pending_orders = 0
      AND NOT EXISTS (SELECT FROM customer_dropoff_tracking d
                      WHERE d.customer_id = s.customer_id AND NOT d.recovered AND d.occurred_at > :since)
    ORDER BY s.decayed_revenue DESC
    LIMIT 80
    """
)
