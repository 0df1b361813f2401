"""``/cdm/events/batch``: each event taken or refused by itself, once; the minute's job sums up."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core import summary, thresholds
from cdm_core.catch_up import catch_up
from tests import factories
from tests.factories import NOW
from tests.web.conftest import Clients, Recorded

VIEW = {"customerId": 123, "behavior_type": "product_view", "productId": 456, "sessionId": "abc123xyz"}
LEFT = {"customerId": "shop:C-1", "stage": "payment_failed", "productId": "shop:CHIA", "cart_value": 5500}


@pytest.fixture
async def shop(client: Clients, session: AsyncSession) -> AsyncClient:
    await factories.customer(session, id=123)
    await factories.customer_key(session, 123, "C-1")
    await factories.product(session, id=456, name="Honey")
    await factories.product(session, id=789, name="Chia", sku="CHIA")
    await factories.settle(session, 123)
    return await client("read,write")


async def _send(shop: AsyncClient, *events: Any, key: str | None = None) -> dict[str, Any]:
    headers = {} if key is None else {"Idempotency-Key": key}
    answer = await shop.post("/cdm/events/batch", json={"events": events}, headers=headers)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_both_kinds_are_kept_and_summed_up_within_the_minute(
    shop: AsyncClient, session: AsyncSession, audited: Callable[[], Awaitable[list[Recorded]]]
) -> None:
    told = await _send(shop, VIEW, LEFT, VIEW)
    assert (told["accepted"], told["repeated"], told["rejected"]) == (3, 0, 0)
    assert [row["customer_id"] for row in told["items"]] == [123] * 3
    (left,) = (await shop.get("/cdm/dropoff/123")).json()
    assert (left["id"], left["product"], left["cart_value"]) == (told["items"][1]["id"], "Chia", 5500)
    seen = [row["id"] for row in (await shop.get("/cdm/behavior/123")).json()]
    assert seen == [told["items"][2]["id"], told["items"][0]["id"]]
    assert await summary.stale(session) == 1
    assert await catch_up(session, await thresholds.load(session)) == 1
    await session.commit()
    summed = (await shop.get("/cdm/customer360/123")).json()
    assert (summed["product_views"], summed["customer_temperature"]) == (2, "hot")
    first, *_ = await audited()
    assert (first.action, first.details) == ("POST /cdm/events/batch", {"customers": [123]})


@pytest.mark.parametrize("renamed", [False, True])
async def test_what_another_system_writes_beside_a_batch_is_brought_in_step_too(
    shop: AsyncClient, session: AsyncSession, renamed: bool
) -> None:
    await _send(shop, VIEW, LEFT)
    if renamed:
        await session.execute(text("UPDATE customers SET first_name = 'Zulekha', phone = '01812345678' WHERE id = 123"))
        await session.commit()
    await _send(shop, VIEW)
    assert await catch_up(session, await thresholds.load(session)) == 1
    await session.commit()
    summed = (await shop.get("/cdm/customer360/123")).json()
    assert (summed["product_views"], summed["phone_e164"] == "+8801812345678") == (2, renamed)
    found = (await shop.get("/cdm/customer360", params={"q": "julekha"})).json()
    assert [row["customer_id"] for row in found] == ([123] if renamed else [])


async def test_what_is_wrong_with_one_keeps_no_other_back(shop: AsyncClient, session: AsyncSession) -> None:
    erased = await factories.customer(session, erased_at=NOW)
    await session.commit()
    ahead = (NOW + timedelta(days=2)).isoformat()
    wrong: list[tuple[dict[str, Any], str]] = [
        ({**VIEW, "customerId": 4711}, "no_such_customer"),
        ({**VIEW, "customerId": 2**63 - 1}, "no_such_customer"),
        ({**VIEW, "customerId": "shop:nobody"}, "no_such_customer_key"),
        ({**VIEW, "customerId": erased}, "erased_customer"),
        ({**VIEW, "productId": 4711}, "no_such_product"),
        ({**LEFT, "productId": "shop:none"}, "no_such_product_key"),
        ({**VIEW, "categoryId": 4711}, "no_such_category"),
        ({**VIEW, "occurred_at": ahead}, "time_ahead"),
        ({**VIEW, "customerId": 2**63}, "invalid"),
        ({**VIEW, "stage": "add_to_cart"}, "invalid"),
        ({"customerId": 123}, "invalid"),
        ({}, "invalid"),
        ({**LEFT, "cart_value": -1}, "invalid"),
        ({**LEFT, "reason": "a\x00b"}, "invalid"),
        ({**VIEW, "ip": "10.0.0.1"}, "invalid"),
        ({**VIEW, "search_query": ["x"]}, "invalid"),
    ]
    told = await _send(shop, *(event for event, _ in wrong), VIEW)
    assert [item["code"] for item in told["items"]] == [*(code for _, code in wrong), None]
    assert all(item["detail"] for item in told["items"][:-1])
    assert (told["accepted"], told["rejected"]) == (1, len(wrong))


async def test_one_merged_is_who_it_was_merged_into(shop: AsyncClient, session: AsyncSession) -> None:
    gone = await factories.customer(session)
    await session.commit()
    add = text("INSERT INTO merges (customer_id, gone_id, moved, merged_at) VALUES (123, :gone, '{}', :now)")
    await session.execute(add, {"gone": gone, "now": NOW})
    await session.execute(text("DELETE FROM customers WHERE id = :id"), {"id": gone})
    await session.commit()
    told = await _send(shop, {**VIEW, "customerId": gone})
    assert told["items"][0]["customer_id"] == 123


async def test_a_key_of_the_erased_is_told_as_such(shop: AsyncClient, client: Clients) -> None:
    assert (await (await client("admin")).post("/cdm/customers/123/erase")).status_code == 200
    told = await _send(shop, LEFT, VIEW, {**VIEW, "customerId": "shop:nobody"})
    codes = [item["code"] for item in told["items"]]
    assert codes == ["erased_customer", "erased_customer", "no_such_customer_key"]
    alone = await shop.post("/cdm/dropoff", json=LEFT)
    assert (alone.status_code, alone.json()["code"]) == (410, "erased_customer")


async def test_sent_again_it_is_kept_once(shop: AsyncClient) -> None:
    first = await _send(shop, VIEW, VIEW, LEFT, key="batch-1")
    again = await _send(shop, VIEW, VIEW, LEFT, {**VIEW, "productId": 789}, key="batch-1")
    assert [item["id"] for item in again["items"][:3]] == [item["id"] for item in first["items"]]
    assert [item["status"] for item in again["items"]] == ["repeated", "repeated", "repeated", "accepted"]
    assert (await _send(shop, VIEW, key="batch-2"))["accepted"] == 1
    assert (await _send(shop, VIEW))["accepted"] == 1


async def test_the_same_batch_twice_at_once(shop: AsyncClient) -> None:
    answers = await asyncio.gather(*(_send(shop, *[VIEW] * 50, LEFT, key="batch") for _ in range(4)))
    assert sorted(answer["accepted"] for answer in answers) == [0, 0, 0, 51]
    assert (await shop.get("/cdm/behavior/123")).headers["X-Total-Count"] == "50"


@pytest.mark.parametrize(
    "body",
    [
        {"events": []},
        {"events": [VIEW] * 1001},
        {"events": VIEW},
        {},
        {"events": [VIEW], "more": 1},
        [VIEW],
    ],
)
async def test_what_is_no_batch(shop: AsyncClient, body: Any) -> None:
    answer = await shop.post("/cdm/events/batch", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert (await shop.get("/cdm/behavior/123")).json() == []


@pytest.mark.parametrize("wrong", [7, "view", None, [VIEW], True])
async def test_what_is_no_object_keeps_no_other_back(shop: AsyncClient, wrong: object) -> None:
    told = await _send(shop, VIEW, wrong, LEFT)
    assert (told["accepted"], told["rejected"]) == (2, 1)
    refused = told["items"][1]
    assert (refused["index"], refused["status"], refused["code"]) == (1, "rejected", "invalid")
    assert refused["detail"] == "an event is an object, with either behavior_type or stage"


async def test_a_thousand_of_as_many_customers(shop: AsyncClient, session: AsyncSession) -> None:
    add = text("INSERT INTO customers (id) SELECT id FROM generate_series(50001, 51000) id RETURNING id")
    ids = list((await session.execute(add)).scalars())
    await session.commit()
    told = await _send(shop, *({**VIEW, "customerId": one} for one in ids))
    assert told["accepted"] == 1000


async def test_a_page_of_the_shop_sends_none(shop: AsyncClient, client: Clients) -> None:
    page = await client("ingest", origins=("https://shop.example",))
    origin = {"Origin": "https://shop.example"}
    assert (await page.post("/cdm/events/batch", json={"events": [VIEW]}, headers=origin)).status_code == 403


async def test_a_batch_waits_for_nobody_but_who_empties_a_customer(
    shop: AsyncClient, sessions: async_sessionmaker[AsyncSession]
) -> None:
    async with sessions.begin() as other:
        await summary.begin_write(other, [123])
        assert (await _send(shop, VIEW))["accepted"] == 1
    async with sessions.begin() as other:
        await summary.begin_write(other, [123], whole=True)
        waiting = asyncio.create_task(shop.post("/cdm/events/batch", json={"events": [VIEW]}))
        blocked = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        while not (await other.execute(blocked)).scalar_one():
            assert not waiting.done()
        await other.execute(text("UPDATE customers SET erased_at = :now WHERE id = 123"), {"now": NOW})
    (item,) = (await waiting).json()["items"]
    assert item["code"] == "erased_customer"
