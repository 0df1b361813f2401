"""``/cdm/orders``: made, changed and left alone as by a file; returns, refusals, two at once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from cdm_core.imports.load import FileKind, import_file
from tests import factories
from tests.factories import NOW
from tests.web.conftest import Clients, Recorded

HONEY = {"sku": "HONEY", "product": "Honey 1 kg", "quantity": 2, "unit_price": 1225}
GHEE = {"product": "Ghee", "quantity": 1, "amount": 1450}
ORDER: dict[str, Any] = {
    "customerId": "shop:C-1",
    "ordered_at": NOW.isoformat(),
    "payment_method": "cod",
    "items": [HONEY, GHEE],
}


@pytest.fixture
async def shop(client: Clients, session: AsyncSession) -> AsyncClient:
    await factories.customer(session, id=123)
    await factories.customer_key(session, 123, "C-1")
    await factories.settle(session, 123)
    return await client("read,write")


async def _value(shop: AsyncClient, customer: object = 123) -> tuple[int, float]:
    told = (await shop.get(f"/cdm/customer360/{customer}")).json()
    return told["total_orders"], told["lifetime_value"]


async def test_an_order_is_made_changed_and_left_alone(
    shop: AsyncClient, session: AsyncSession, audited: Callable[[], Awaitable[list[Recorded]]]
) -> None:
    made = await shop.put("/cdm/orders/shop/O-1", json=ORDER)
    assert made.status_code == 201, made.text
    told = made.json()
    assert (told["customer_id"], told["status"], told["total_amount"], told["payment_method"]) == (
        123,
        "completed",
        3900,
        "cod",
    )
    assert [(line["sku"], line["product"], line["quantity"], line["amount"]) for line in told["items"]] == [
        ("HONEY", "Honey 1 kg", 2, 2450),
        (None, "Ghee", 1, 1450),
    ]
    assert await _value(shop) == (1, 3900)
    for _ in range(6):
        again = await shop.put("/cdm/orders/shop/O-1", json=ORDER)
        assert (again.status_code, again.json()) == (200, told)
    returned = {**ORDER, "items": [HONEY, {**GHEE, "status": "returned"}]}
    changed = await shop.put("/cdm/orders/shop/O-1", json=returned)
    assert (changed.status_code, changed.json()["id"], changed.json()["total_amount"]) == (200, told["id"], 2450)
    assert [line["status"] for line in changed.json()["items"]] == ["completed", "returned"]
    assert await _value(shop) == (1, 2450)
    assert (await shop.get("/cdm/orders/shop/O-1")).json() == changed.json()
    rows = [row for row in await audited() if row.action.startswith("PUT")]
    assert {(row.actor, row.action, row.customer_id) for row in rows} == {
        ("key:shop-0", "PUT /cdm/orders/{source}/{key}", 123)
    }


async def test_a_file_that_says_the_same_changes_nothing(
    shop: AsyncClient, session: AsyncSession, engine: AsyncEngine, tmp_path: Path, zone: ZoneInfo
) -> None:
    await shop.put("/cdm/orders/shop/O-1", json=ORDER)
    file = tmp_path / "orders.csv"
    at = NOW.strftime("%Y-%m-%d %H:%M:%S")
    file.write_text(
        "order_id,customer_id,ordered_at,sku,product,quantity,unit_price,amount,status,payment_method\n"
        f"O-1,C-1,{at},HONEY,Honey 1 kg,2,1225,,completed,cod\n"
        f"O-1,C-1,{at},,Ghee,1,,1450,completed,cod\n"
    )
    result = await import_file(engine, FileKind.ORDERS, file, now=NOW, zone=zone)
    assert (result.created, result.changed, result.unchanged) == (0, 0, 1)


async def test_products_by_their_ids(shop: AsyncClient, session: AsyncSession) -> None:
    await factories.product(session, id=456, name="Honey 1 kg", sku="HONEY")
    await factories.product(session, id=789, name="Ghee", sku=None)
    await session.commit()
    ids = [{"productId": 456, "quantity": 2, "unit_price": 1225}, {"product_id": "789", "amount": 1450}]
    made = await shop.put("/cdm/orders/shop/O-1", json={**ORDER, "items": ids})
    assert made.status_code == 201, made.text
    told = made.json()
    assert [(line["product_id"], line["sku"], line["product"]) for line in told["items"]] == [
        (456, "HONEY", "Honey 1 kg"),
        (789, None, "Ghee"),
    ]
    by_sku = {"productId": "shop:HONEY", "product": "Honey 1 kg", "quantity": 2, "unit_price": 1225}
    for items in ([by_sku, GHEE], [HONEY, GHEE]):
        again = await shop.put("/cdm/orders/shop/O-1", json={**ORDER, "items": items})
        assert (again.status_code, again.json()) == (200, told)
    assert (await session.execute(text("SELECT count(*) FROM products"))).scalar_one() == 2


async def test_a_line_of_no_product_is_told_how_to_name_it(shop: AsyncClient) -> None:
    answer = await shop.put("/cdm/orders/shop/O-1", json={**ORDER, "items": [{"unit_price": 1}]})
    assert "name it by productId, sku or product" in answer.json()["detail"]


async def test_whom_nobody_knows_is_made(shop: AsyncClient) -> None:
    order = {**ORDER, "customerId": "shop:C-77"}
    answers = await asyncio.gather(*(shop.put("/cdm/orders/shop/O-1", json=order) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 201]
    other = await shop.put("/cdm/orders/shop/O-2", json=order)
    assert other.json()["customer_id"] == answers[0].json()["customer_id"] != 123
    assert await _value(shop, "shop:C-77") == (2, 7800)
    stranger = await shop.put("/cdm/orders/facebook/O-1", json={**ORDER, "customerId": "shop:nobody"})
    assert (stranger.status_code, stranger.json()["code"]) == (404, "no_such_customer_key")


async def test_two_first_orders_of_one_whom_nobody_knows(shop: AsyncClient) -> None:
    order = {**ORDER, "customerId": "shop:C-78"}
    answers = await asyncio.gather(*(shop.put(f"/cdm/orders/shop/N-{number}", json=order) for number in range(4)))
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.json()["customer_id"] for answer in answers}) == 1


async def test_an_order_goes_to_another_customer(shop: AsyncClient, session: AsyncSession) -> None:
    other = await factories.customer(session)
    await factories.settle(session, other)
    await shop.put("/cdm/orders/shop/O-1", json=ORDER)
    moved = await shop.put("/cdm/orders/shop/O-1", json={**ORDER, "customerId": other})
    assert (moved.status_code, moved.json()["customer_id"]) == (200, other)
    assert (await _value(shop), await _value(shop, other)) == ((0, 0), (1, 3900))


async def test_an_older_state_that_comes_later_is_refused(shop: AsyncClient) -> None:
    made = await shop.put("/cdm/orders/shop/O-1", json=ORDER)
    seen = {"If-Match": made.headers["ETag"]}
    assert (await shop.get("/cdm/orders/shop/O-1")).headers["ETag"] == made.headers["ETag"]
    back = {**ORDER, "items": [{**HONEY, "status": "returned"}]}
    answers = await asyncio.gather(*(shop.put("/cdm/orders/shop/O-1", json=back, headers=seen) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    late = await shop.put("/cdm/orders/shop/O-1", json=ORDER, headers=seen)
    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
    assert (await shop.get("/cdm/orders/shop/O-1")).json()["status"] == "returned"
    nothing = await shop.put("/cdm/orders/shop/O-2", json=ORDER, headers=seen)
    assert (nothing.status_code, nothing.json()["code"]) == (404, "no_such_order")


async def test_a_state_before_the_last_change_in_the_shop_comes_too_late(
    shop: AsyncClient, session: AsyncSession
) -> None:
    at = {name: (NOW - timedelta(minutes=ago)).isoformat() for name, ago in (("sent", 9), ("back", 5), ("twice", 5))}
    back = {**ORDER, "items": [{**HONEY, "status": "returned"}]}
    made = await shop.put("/cdm/orders/shop/O-1", json={**ORDER, "updated_at": at["sent"]})
    assert (made.status_code, made.json()["updated_at"]) == (201, "2026-11-22T05:01:00Z")
    returned = await shop.put("/cdm/orders/shop/O-1", json={**back, "updated_at": at["back"]})
    assert (returned.json()["status"], returned.json()["updated_at"]) == ("returned", "2026-11-22T05:05:00Z")
    for late in (ORDER, {**ORDER, "customerId": "shop:nobody"}):
        told = await shop.put("/cdm/orders/shop/O-1", json={**late, "updated_at": at["sent"]})
        assert (told.status_code, told.json()) == (200, returned.json())
    assert (await shop.get("/cdm/customer360/shop:nobody")).status_code == 404
    assert await _value(shop) == (0, 0)
    again = await shop.put("/cdm/orders/shop/O-1", json={**back, "updated_at": at["twice"]})
    assert (again.status_code, again.json()) == (200, returned.json())
    as_it_was = await shop.put("/cdm/orders/shop/O-1", json={**back, "updated_at": NOW.isoformat()})
    assert as_it_was.json() == returned.json() | {"updated_at": "2026-11-22T05:10:00Z"}
    untold = await shop.put("/cdm/orders/shop/O-1", json=ORDER)
    assert (untold.json()["status"], untold.json()["updated_at"]) == ("completed", "2026-11-22T05:10:00Z")
    ahead = await shop.put("/cdm/orders/shop/O-1", json={**ORDER, "updated_at": (NOW + timedelta(days=9)).isoformat()})
    assert (ahead.status_code, ahead.json()["code"]) == (422, "time_ahead")


async def test_both_customers_of_an_order_that_moved_are_recorded(
    shop: AsyncClient, session: AsyncSession, audited: Callable[[], Awaitable[list[Recorded]]]
) -> None:
    await factories.customer(session, id=456)
    await factories.settle(session, 456)
    await session.commit()
    for customer in (123, 456):
        assert (await shop.put("/cdm/orders/shop/O-1", json={**ORDER, "customerId": customer})).is_success
    row = [row for row in await audited() if row.action.startswith("PUT")][-1]
    assert (row.customer_id, row.details) == (456, {"customers": [123]})


async def test_orders_of_the_erased_are_numbers_still(
    shop: AsyncClient, client: Clients, session: AsyncSession
) -> None:
    await factories.customer(session, id=456)
    await factories.settle(session, 456)
    assert (await shop.put("/cdm/orders/shop/O-1", json=ORDER)).status_code == 201
    assert (await (await client("admin")).post("/cdm/customers/123/erase")).status_code == 200
    returned = await shop.put("/cdm/orders/shop/O-1", json={**ORDER, "items": [{**GHEE, "status": "returned"}]})
    assert (returned.status_code, returned.json()["status"]) == (200, "returned")
    new = await shop.put("/cdm/orders/shop/O-2", json=ORDER)
    assert (new.status_code, new.json()["customer_id"]) == (201, 123)
    summed = "SELECT total_orders, lifetime_value FROM customer_summary WHERE customer_id = 123"
    assert tuple((await session.execute(text(summed))).one()) == (1, 3900)
    moved = await shop.put("/cdm/orders/shop/O-2", json={**ORDER, "customerId": 456})
    assert (moved.status_code, moved.json()["customer_id"]) == (200, 456)
    assert (await shop.get("/cdm/customers/shop:C-1")).status_code == 410


async def test_one_agreed_by_phone_is_this_one(shop: AsyncClient, session: AsyncSession) -> None:
    agreed = await factories.order(
        session, 123, amount=3900, status="pending", source="chat", ordered_at=NOW - timedelta(days=2)
    )
    await factories.settle(session, 123)
    answer = await shop.put("/cdm/orders/shop/O-1", json=ORDER)
    assert (answer.status_code, answer.json()["id"]) == (200, agreed)
    assert await _value(shop) == (1, 3900)


async def test_an_order_that_tells_its_total_alone(shop: AsyncClient) -> None:
    order = {"customerId": 123, "ordered_at": NOW.isoformat(), "total_amount": 999.5, "status": "pending"}
    answer = await shop.put("/cdm/orders/shop/INV/2026/1", json=order)
    assert (answer.status_code, answer.json()["total_amount"], answer.json()["items"]) == (201, 999.5, [])
    assert answer.json()["key"] == "INV/2026/1"


async def test_all_of_it_came_back(shop: AsyncClient) -> None:
    await shop.put("/cdm/orders/shop/O-1", json=ORDER)
    answer = await shop.put("/cdm/orders/shop/O-1", json={**ORDER, "status": "returned"})
    assert answer.json()["status"] == "returned"
    assert await _value(shop) == (0, 0)


async def test_whatever_text_it_holds(shop: AsyncClient) -> None:
    line = {"sku": "a\\b\tc", "product": "<b>'; DROP TABLE x --\n দাম ✨", "unit_price": 1}
    answer = await shop.put("/cdm/orders/shop/O%09'1", json={**ORDER, "items": [line]})
    assert answer.status_code == 201, answer.text
    (kept,) = answer.json()["items"]
    assert (kept["sku"], kept["product"]) == ("a\\b c", "<b>'; DROP TABLE x -- দাম ✨")
    assert (await shop.get("/cdm/orders/shop/O '1")).status_code == 200


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"customerId": 4711}, 404),
        ({"ordered_at": (NOW + timedelta(days=3)).isoformat()}, 422),
        ({"ordered_at": "2026-11-22"}, 422),
        ({"items": []}, 422),
        ({"items": [HONEY] * 501}, 422),
        ({"total_amount": 10}, 422),
        ({"items": [{**HONEY, "quantity": 0}]}, 422),
        ({"items": [{**HONEY, "quantity": -1}]}, 422),
        ({"items": [{**HONEY, "unit_price": -1}]}, 422),
        ({"items": [{**HONEY, "quantity": 999_999, "unit_price": 999_999}]}, 422),
        ({"items": [{"quantity": 1, "unit_price": 1}]}, 422),
        ({"items": [{"sku": "X"}]}, 422),
        ({"items": [{"productId": 456, "unit_price": 1}]}, 404),
        ({"items": [{"productId": "shop:X", "unit_price": 1}]}, 404),
        ({"items": [{"productId": "honey", "unit_price": 1}]}, 422),
        ({"items": [{**HONEY, "productId": 456}]}, 422),
        ({"items": [{"sku": "\u200b", "product": "\u200b", "unit_price": 1}]}, 422),
        ({"items": None, "total_amount": -5}, 422),
        ({"items": None}, 422),
        ({"status": "lost"}, 422),
        ({"payment_method": "gold"}, 422),
        ({"note": "x"}, 422),
    ],
)
async def test_what_is_refused(
    shop: AsyncClient, session: AsyncSession, change: dict[str, object], status: int
) -> None:
    answer = await shop.put("/cdm/orders/shop/O-1", json=ORDER | change)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    assert (await shop.get("/cdm/orders/shop/O-1")).json()["code"] == "no_such_order"
    assert (await session.execute(text("SELECT count(*) FROM sales_orders"))).scalar_one() == 0
