"""The call list for SQL: what it advises, and that a page of it costs a page."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.db.as_of import set_as_of
from tests import factories
from tests.factories import NOW

PAGE = "SELECT * FROM ai_call_recommendations ORDER BY call_priority_score DESC LIMIT 5"


@pytest.fixture(autouse=True)
async def today(session: AsyncSession) -> None:
    await set_as_of(session, NOW)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


async def test_a_cart_is_recovered_until_an_order_follows(session: AsyncSession) -> None:
    left, bought, old = [await factories.customer(session) for _ in range(3)]
    for customer, hours in ((left, 3), (bought, 3), (old, 24 * 40)):
        await factories.dropoff(session, customer, occurred_at=NOW - timedelta(hours=hours))
    await factories.order(session, bought, ordered_at=NOW - timedelta(hours=1))
    await factories.settle(session, left, bought, old)
    await set_as_of(session, NOW)
    rows = await session.execute(text("SELECT customer_id, next_action_code FROM ai_call_recommendations"))
    advised = {row.customer_id: row.next_action_code for row in rows}
    assert advised == {left: "recover_cart", bought: "call_now", old: "wait"}


async def test_products_are_read_for_the_page_alone(session: AsyncSession) -> None:
    customers = [await factories.customer(session) for _ in range(40)]
    for number, customer in enumerate(customers):
        for days in (70, 35):
            await factories.order(session, customer, amount=100 + number, ordered_at=NOW - timedelta(days=days))
    await factories.settle(session, *customers)
    await set_as_of(session, NOW)
    assert {row.recommended_products for row in await session.execute(text(PAGE))} == {"Honey 1 kg"}
    (explained,) = (await session.execute(text(f"EXPLAIN (ANALYZE, FORMAT JSON) {PAGE}"))).scalar_one()
    reads = [node for node in nodes(explained["Plan"]) if node.get("Relation Name") == "sales_order_items"]
    assert 5 <= sum(node["Actual Loops"] for node in reads) <= 10  # five customers of two orders each
