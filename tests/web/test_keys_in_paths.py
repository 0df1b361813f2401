"""Keys of shops hold what parts a path elsewhere: every endpoint takes them, percent-encoded."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from tests import factories
from tests.factories import NOW
from tests.web.conftest import Clients

KEY = "C/1 50% মধু?#&/../%2F"
CUSTOMER = quote(f"shop:{KEY}", safe="")


@pytest.fixture
async def shop(client: Clients, session: AsyncSession) -> AsyncClient:
    await factories.customer(session, id=123)
    await factories.customer_key(session, 123, KEY)
    for days in (1, 2):
        await factories.order(session, 123, ordered_at=NOW - timedelta(days=days))
    await factories.settle(session, 123)
    return await client("read,write")


async def test_every_endpoint_of_a_customer_is_found_by_it(shop: AsyncClient) -> None:
    paths = (await shop.get("/openapi.json")).json()["paths"]
    customers = [
        path.replace(f"{{{parameter['name']}}}", CUSTOMER)
        for path, methods in paths.items()
        for parameter in methods.get("get", {}).get("parameters", ())
        if "source:key" in parameter.get("description", "") and parameter["in"] == "path"
    ]
    assert len(customers) >= 10
    for path in customers:
        answer = await shop.get(path)
        assert answer.status_code == 200, (path, answer.text)


async def test_a_customer_is_changed_by_it(shop: AsyncClient) -> None:
    changed = await shop.patch(f"/cdm/customers/{CUSTOMER}", json={"city": "Sylhet"})
    assert (changed.status_code, changed.json()["customer_id"], changed.json()["city"]) == (200, 123, "Sylhet")
    assert changed.json()["keys"] == [f"shop:{KEY}"]


async def test_what_parts_a_path_unencoded_is_no_key(shop: AsyncClient) -> None:
    assert (await shop.get("/cdm/customers/shop:C/1")).json()["code"] == "no_such_path"


async def test_an_unknown_one_is_told_as_it_was_meant(shop: AsyncClient) -> None:
    answer = await shop.get(f"/cdm/customers/{quote('shop:A/2 50%', safe='')}")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_customer_key")
    assert "A/2 50%" in answer.json()["detail"]


async def test_the_next_page_keeps_it(shop: AsyncClient) -> None:
    first = await shop.get(f"/cdm/customers/{CUSTOMER}/orders?limit=1")
    link = first.headers["Link"].partition(">")[0].removeprefix("<")
    second = await shop.get(link)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json()[0]["order_id"] != second.json()[0]["order_id"]


async def test_products_and_orders(shop: AsyncClient) -> None:
    product = f"/cdm/products/{quote(f'shop:{KEY}', safe='')}"
    made = await shop.put(product, json={"name": "Honey"})
    assert (made.status_code, made.json()["sku"]) == (201, KEY)
    assert (await shop.get(product)).json() == made.json()
    path = f"/cdm/orders/shop/{quote(KEY, safe='')}"
    told = {"customerId": f"shop:{KEY}", "ordered_at": NOW.isoformat(), "total_amount": 500}
    order = await shop.put(path, json=told)
    assert (order.status_code, order.json()["customer_id"]) == (201, 123)
    assert (await shop.put(path, json=told)).status_code == 200
    assert (await shop.get(path)).json()["id"] == order.json()["id"]
    plain = await shop.put("/cdm/orders/shop/O/1", json=told)
    assert (await shop.get("/cdm/orders/shop/O%2F1")).json()["id"] == plain.json()["id"]
