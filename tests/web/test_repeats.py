"""``Idempotency-Key``: one fact a key, however and wherever it is sent; never two, and no other in its place."""

from typing import Any

import pytest
from httpx import AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncSession

from tests import factories
from tests.web.conftest import Clients

FACTS: dict[str, dict[str, Any]] = {
    "behavior": {"customerId": 123, "behavior_type": "wishlist", "sessionId": "abc"},
    "dropoff": {"customerId": 123, "stage": "payment_failed", "cart_value": 5500},
    "interactions": {"customerId": 123, "interaction_type": "call", "outcome": "no answer"},
}
EVENTS = ["behavior", "dropoff"]


@pytest.fixture
async def shop(client: Clients, session: AsyncSession) -> AsyncClient:
    await factories.customer(session, id=123)
    await factories.customer(session, id=124)
    await factories.settle(session, 123, 124)
    return await client("read,write")


async def _send(shop: AsyncClient, path: str, body: dict[str, Any], key: str = "k") -> Response:
    return await shop.post(f"/cdm/{path}", json=body, headers={"Idempotency-Key": key})


async def _number(shop: AsyncClient, path: str) -> int:
    return len((await shop.get(f"/cdm/{path}/123")).json())


@pytest.mark.parametrize("path", FACTS)
async def test_another_fact_under_the_same_key_is_refused(shop: AsyncClient, path: str) -> None:
    first = await _send(shop, path, FACTS[path])
    stamped = FACTS[path] | {"occurred_at": "2026-11-22T05:00:00Z"}
    other = await _send(shop, path, stamped)
    assert (other.status_code, other.json()["code"]) == (422, "key_reused"), other.text
    assert "each needs its own" in other.json()["detail"]
    again = await _send(shop, path, FACTS[path])
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    assert await _number(shop, path) == 1
    assert (await _send(shop, path, stamped, "k2")).status_code == 201
    assert (await _send(shop, path, FACTS[path] | {"customerId": 124})).status_code == 201


@pytest.mark.parametrize("path", FACTS)
async def test_a_key_is_its_senders(shop: AsyncClient, client: Clients, path: str) -> None:
    other = await client("read,write")
    assert (await _send(shop, path, FACTS[path])).status_code == 201
    assert (await _send(other, path, FACTS[path] | {"occurred_at": "2026-11-22T05:00:00Z"})).status_code == 201


@pytest.mark.parametrize("path", EVENTS)
@pytest.mark.parametrize("batch_first", [False, True])
async def test_alone_and_in_a_batch_it_is_one_fact(shop: AsyncClient, path: str, batch_first: bool) -> None:
    steps = [(path, FACTS[path]), ("events/batch", {"events": [FACTS[path]]})]
    for where, body in reversed(steps) if batch_first else steps:
        assert (await _send(shop, where, body)).is_success
    assert await _number(shop, path) == 1


async def test_the_events_of_a_batch_are_told_apart(shop: AsyncClient) -> None:
    view = FACTS["behavior"]
    await _send(shop, "events/batch", {"events": [view]})
    again = await _send(shop, "events/batch", {"events": [view, view | {"sessionId": "def"}]})
    assert [item["status"] for item in again.json()["items"]] == ["repeated", "accepted"]
