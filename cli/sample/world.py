"""Things that happen in the demo at the press of a button: somebody leaves a cart, a payment fails, an order comes."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from sqlalchemy import TextClause, insert, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from cdm_core import summary, thresholds
from cdm_core.db.as_of import set_as_of
from cdm_core.tables import customer_behavior, customer_dropoff_tracking, sales_order_items, sales_orders
from cli.sample.browsing import REASONS
from cli.sample.catalogue import PRODUCTS, Product


@dataclass(frozen=True, slots=True)
class Happened:
    """To whom it happened, and over what sum."""

    customer_id: int
    name: str
    amount: Decimal


Happening = Callable[[AsyncEngine, datetime], Awaitable[Happened]]


async def abandon_cart(engine: AsyncEngine, now: datetime) -> Happened:
    """A customer of the agents fills a cart and leaves at checkout."""
    return await _drop_off(engine, now, "checkout_initiated")


async def fail_payment(engine: AsyncEngine, now: datetime) -> Happened:
    """A customer's payment fails."""
    return await _drop_off(engine, now, "payment_failed")


async def receive_order(engine: AsyncEngine, now: datetime) -> Happened:
    """A customer orders on the site, cash on delivery, to be confirmed by phone: who left a cart last, if somebody did
    of whom an alert tells still."""
    random = Random(now.timestamp())
    async with AsyncSession(engine) as session, session.begin():
        happened, lines = await _begin(session, random, now, among=_ALERTED)
        order_id = (
            await session.execute(
                insert(sales_orders)
                .values(
                    customer_id=happened.customer_id,
                    ordered_at=now,
                    status="pending",
                    total_amount=happened.amount,
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
                    "customer_id": happened.customer_id,
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
        await summary.refresh(session, [happened.customer_id])
    return happened


HAPPENINGS: Mapping[str, Happening] = {"cart": abandon_cart, "payment": fail_payment, "order": receive_order}
"""Name → what makes it happen at a given time (aware)."""


async def _drop_off(engine: AsyncEngine, now: datetime, stage: str) -> Happened:
    random = Random(now.timestamp())
    async with AsyncSession(engine) as session, session.begin():
        happened, lines = await _begin(session, random, now)
        visit = {"customer_id": happened.customer_id, "session_id": f"s{random.getrandbits(40):010x}"}
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
                cart_value=happened.amount,
                reason=random.choice([reason for reason in REASONS[stage] if reason]),
                occurred_at=now,
                created_at=now,
            )
        )
        await summary.refresh(session, [happened.customer_id])
    return happened


async def _begin(
    session: AsyncSession, random: Random, now: datetime, *, among: TextClause | None = None
) -> tuple[Happened, list[tuple[Product, int]]]:
    """Open the write of somebody that ``among`` finds, else of one owned by an agent, good for a call and at peace so
    far, with a basket."""
    await set_as_of(session, now)
    fresh = timedelta(days=(await thresholds.load(session)).dropoff_fresh_days)
    found = [] if among is None else (await session.execute(among)).all()
    row = random.choice(found or (await session.execute(_QUIET, {"since": now - fresh})).all())
    await summary.begin_write(session, [row.customer_id])
    chosen = random.choices(PRODUCTS, [product.appeal for product in PRODUCTS], k=random.randint(1, 3))
    lines = [(product, random.randint(1, 3)) for product in dict.fromkeys(chosen)]
    total = sum((quantity * product.price for product, quantity in lines), Decimal(0))
    return Happened(row.customer_id, row.customer_name, total), lines


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

_ALERTED = text(
    """
    SELECT s.customer_id, s.customer_name
    FROM alerts a JOIN customer_summary s ON s.customer_id = a.customer_id
    WHERE a.state <> 'closed' AND a.sign IN ('payment_failed', 'checkout', 'cart') AND s.pending_orders = 0
    ORDER BY a.sign_at DESC, a.id DESC
    LIMIT 1
    """
)
