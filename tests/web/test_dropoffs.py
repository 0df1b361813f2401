"""``/cdm/dropoff``: the guide's bodies, lists, winning one back."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from tests import factories
from tests.web.conftest import Clients, Recorded

GUIDE = {
    "customerId": 123,
    "stage": "checkout_initiated",
    "productId": 789,
    "cart_value": 5500,
    "reason": "High shipping cost",
}


@pytest.fixture
async def shop(client: Clients, session: AsyncSession) -> AsyncClient:
    await factories.customer(session, id=123)
    await factories.product(session, id=789, name="Chia")
    await factories.settle(session, 123)
    return await client("read,write")


async def test_the_guides_dropoff(shop: AsyncClient) -> None:
    answer = await shop.post("/cdm/dropoff", json=GUIDE)
    assert answer.status_code == 201, answer.text
    kept = answer.json()
    told = ("stage", "product_id", "product", "cart_value", "reason", "recovered")
    assert [kept[name] for name in told] == ["checkout_initiated", 789, "Chia", 5500, "High shipping cost", False]
    assert '"cart_value":5500,' in answer.text
    listed = await shop.get("/cdm/dropoff/123")
    assert (listed.json(), listed.headers["X-Total-Count"]) == ([kept], "1")
    assert (await shop.get("/cdm/dropoff/123?stage=payment_failed")).json() == []
    assert (await shop.get("/cdm/customer360/123")).json()["customer_temperature"] == "hot"


async def test_winning_one_back(shop: AsyncClient, audited: Callable[[], Awaitable[list[Recorded]]]) -> None:
    won, other = [(await shop.post("/cdm/dropoff", json=GUIDE)).json()["id"] for _ in range(2)]
    answers = await asyncio.gather(*(shop.put(f"/cdm/dropoff/{won}/recover") for _ in range(2)))
    assert [(answer.status_code, answer.json()["recovered"]) for answer in answers] == [(200, True)] * 2
    assert answers[0].json()["recovered_at"] == answers[1].json()["recovered_at"]
    assert [row["id"] for row in (await shop.get("/cdm/dropoff/123?recovered=false")).json()] == [other]
    told = [row for row in await audited() if row.action == "PUT /cdm/dropoff/{dropoff_id}/recover"]
    assert [row.customer_id for row in told] == [123, 123]


async def test_an_order_since_is_told_of(shop: AsyncClient, session: AsyncSession) -> None:
    await factories.dropoff(session, 123)
    await factories.order(session, 123, ordered_at=factories.NOW)
    await session.commit()
    (row,) = (await shop.get("/cdm/dropoff/123")).json()
    assert (row["recovered"], row["bought_since"]) == (False, True)


@pytest.mark.parametrize("path", ["4711", "9223372036854775807"])
async def test_no_such_dropoff(shop: AsyncClient, path: str) -> None:
    answer = await shop.put(f"/cdm/dropoff/{path}/recover")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_dropoff")


@pytest.mark.parametrize("path", ["0", "-1", "abc", "9223372036854775808"])
async def test_what_is_no_dropoff(shop: AsyncClient, path: str) -> None:
    assert (await shop.put(f"/cdm/dropoff/{path}/recover")).status_code == 422


@pytest.mark.parametrize(
    "change",
    [
        {"stage": "left"},
        {"cart_value": -1},
        {"cart_value": "5500"},
        {"cart_value": 1e400},
        {"cart_value": 10**10},
        {"cart_value": 5.555},
        {"reason": "x" * 256},
        {"recovered": True},
    ],
)
async def test_what_is_refused(shop: AsyncClient, change: dict[str, object]) -> None:
    answer = await shop.post(
        "/cdm/dropoff", content=json.dumps(GUIDE | change), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in (400, 422), answer.text
    assert (await shop.get("/cdm/dropoff/123")).json() == []
