"""The call list for SQL: what it advises, and that a page of it costs a page."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import call_facts, summary, thresholds
from cdm_core.advice import advise
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


async def test_the_score_is_the_cards(session: AsyncSession) -> None:
    customers = [await factories.customer(session) for _ in range(12)]
    for number, customer in enumerate(customers):
        await factories.order(session, customer, amount=100 * (number // 3), ordered_at=NOW - timedelta(days=120))
    await factories.order(session, customers[0], status="pending")
    await factories.order(session, customers[1], amount=1, ordered_at=NOW - timedelta(days=2))
    await factories.settle(session, *customers)
    await set_as_of(session, NOW)
    await summary.store_score_cuts(session)
    limits = await thresholds.load(session)
    facts = await call_facts.load(session, customers, now=NOW, thresholds=limits)
    rows = await session.execute(text("SELECT customer_id, call_priority_score AS score FROM ai_call_recommendations"))
    scores = {row.customer_id: row.score for row in rows}
    assert scores == {customer: advise(facts[customer], NOW, limits).score for customer in customers}
    assert (scores[customers[0]], scores[customers[1]]) == (10, 8)
    assert len({scores[customer] for customer in customers[3:6]}) == 1
    assert scores[customers[3]] < scores[customers[6]] < scores[customers[9]]


async def test_whom_nobody_reaches_is_left_in_peace(session: AsyncSession) -> None:
    tired, tried, reached, to_confirm = [await factories.customer(session) for _ in range(4)]
    for customer, calls in ((tired, 4), (tried, 3), (to_confirm, 5)):
        for days in range(1, calls + 1):
            at = NOW - timedelta(days=days)
            await factories.interaction(session, customer, outcome_code="no_answer", occurred_at=at)
    await factories.interaction(session, reached)
    await factories.order(session, to_confirm, status="pending")
    await factories.settle(session, tired, tried, reached, to_confirm)
    await set_as_of(session, NOW)
    rows = await session.execute(text("SELECT customer_id FROM ai_call_recommendations"))
    assert set(rows.scalars()) == {tried, to_confirm}
