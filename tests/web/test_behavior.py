"""``/cdm/behavior``: the guide's bodies, what a page of the shop may tell, most viewed products."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from tests import factories
from tests.factories import NOW
from tests.web.conftest import Clients

STOREFRONT = Path(__file__).parents[2] / "docs" / "storefront.html"
GUIDE = {"customerId": 123, "behavior_type": "product_view", "productId": 456, "sessionId": "abc123xyz"}


@pytest.fixture
async def shop(client: Clients, session: AsyncSession) -> AsyncClient:
    await factories.customer(session, id=123)
    await factories.customer_key(session, 123, "C-1")
    await factories.product(session, id=456, name="Honey", sku="HONEY/1")
    await factories.settle(session, 123)
    return await client("read,write")


async def test_ids_as_attributes_of_a_page_have_them(shop: AsyncClient) -> None:
    headers = {"Idempotency-Key": "once"}
    quoted = await shop.post("/cdm/behavior", json=GUIDE | {"customerId": "123", "productId": "456"}, headers=headers)
    assert quoted.status_code == 201, quoted.text
    assert (quoted.json()["customer_id"], quoted.json()["product_id"]) == (123, 456)
    again = await shop.post("/cdm/behavior", json=GUIDE, headers=headers)
    assert (again.status_code, again.json()) == (200, quoted.json())
    for field, code in (("customerId", "no_such_customer"), ("productId", "no_such_product")):
        answer = await shop.post("/cdm/behavior", json=GUIDE | {field: "9" * 19})
        assert (answer.status_code, answer.json()["code"]) == (404, code)
    wrong = await shop.post("/cdm/behavior", json=GUIDE | {"productId": "honey"})
    assert wrong.json()["detail"] == "body.productId: an id is needed, as a number (123) or shop:SKU."


async def test_what_the_storefront_sends_is_kept(shop: AsyncClient, client: Clients) -> None:
    script = STOREFRONT.read_text()
    (key,) = re.findall(r'const key = "(.*)";', script)
    assert key.isascii(), "a header takes no more"
    (path,) = re.findall(r'const api = "https://cdm\.example(.*)";', script)
    page = await client("ingest", origins=("https://shop.example",))
    seen = {"customerId": "123", "behavior_type": "add_to_cart", "sessionId": "a", "device_type": "mobile"}
    headers = {"Origin": "https://shop.example", "Idempotency-Key": "7c0e5d1e-2f4b-4b8e-9d5e-0a5f6f1f3c11"}
    answer = await page.post(path, json=seen | {"productId": "456"}, headers=headers)
    assert answer.status_code == 202, answer.text
    (kept,) = (await shop.get("/cdm/behavior/123")).json()
    assert (kept["behavior_type"], kept["product_id"]) == ("add_to_cart", 456)


async def test_the_guides_behaviour(shop: AsyncClient) -> None:
    answer = await shop.post("/cdm/behavior", json=GUIDE)
    assert answer.status_code == 201, answer.text
    kept = answer.json()
    assert (kept["customer_id"], kept["behavior_type"], kept["product_id"], kept["product"], kept["session_id"]) == (
        123,
        "product_view",
        456,
        "Honey",
        "abc123xyz",
    )
    listed = await shop.get("/cdm/behavior/123?type=product_view&limit=50")
    assert (listed.json(), listed.headers["X-Total-Count"]) == ([kept], "1")
    assert (await shop.get("/cdm/behavior/123?type=search")).json() == []
    assert (await shop.get("/cdm/customer360/123")).json()["products_viewed"] == 1


async def test_by_the_shops_own_keys(shop: AsyncClient) -> None:
    said = {"customerId": "shop:C-1", "productId": "shop:HONEY/1", "behavior_type": "add_to_cart"}
    kept = (await shop.post("/cdm/behavior", json=said)).json()
    assert (kept["customer_id"], kept["product_id"]) == (123, 456)
    search = {"customerId": 123, "behavior_type": "search", "search_query": " <b>মধু</b>' -- ", "device_type": ""}
    kept = (await shop.post("/cdm/behavior", json=search)).json()
    assert (kept["search_query"], kept["device_type"]) == ("<b>মধু</b>' --", None)


@pytest.mark.parametrize(("kind", "needed"), [("product_view", "productId"), ("search", "search_query")])
async def test_of_what_a_view_or_a_search_was_must_be_said(shop: AsyncClient, kind: str, needed: str) -> None:
    for nothing in ({}, {"search_query": " "}):
        answer = await shop.post("/cdm/behavior", json={"customerId": 123, "behavior_type": kind, **nothing})
        assert answer.status_code == 422
        assert answer.json()["detail"].startswith(f"body: a {kind} needs the {needed}")
    batch = {"events": [{"customerId": 123, "behavior_type": kind}, {"customerId": 123, "behavior_type": "wishlist"}]}
    fates = (await shop.post("/cdm/events/batch", json=batch)).json()
    assert (fates["rejected"], fates["accepted"]) == (1, 1)
    assert fates["items"][0]["detail"].startswith(f"a {kind} needs the {needed}")


async def test_a_time_in_a_refusal_is_written_as_in_answers(shop: AsyncClient) -> None:
    late = await shop.post("/cdm/behavior", json=GUIDE | {"occurred_at": "2030-01-01T06:00:00+06:00"})
    assert late.json()["detail"].startswith("2030-01-01T00:00:00Z is still to come")


async def test_by_the_names_of_the_columns(shop: AsyncClient) -> None:
    said = {"customer_id": 123, "behavior_type": "product_view", "product_id": 456, "session_id": "abc123xyz"}
    same = {"Idempotency-Key": "view-1"}
    kept = await shop.post("/cdm/behavior", json=said, headers=same)
    assert (kept.status_code, kept.json()["product_id"]) == (201, 456)
    again = await shop.post("/cdm/behavior", json=GUIDE, headers=same)
    assert (again.status_code, again.json()) == (200, kept.json())


async def test_the_products_seen_most(shop: AsyncClient, session: AsyncSession) -> None:
    ghee = await factories.product(session, name="Ghee", price=1200)
    for product, times in ((456, 3), (ghee, 1)):
        for minutes in range(times):
            await factories.behavior(session, 123, product_id=product, occurred_at=NOW - timedelta(minutes=minutes))
    await factories.behavior(session, 123, product_id=ghee, behavior_type="wishlist")
    await session.commit()
    answer = await shop.get("/cdm/behavior/123/most-viewed?limit=10")
    assert [(row["name"], row["view_count"]) for row in answer.json()] == [("Honey", 3), ("Ghee", 1)]
    assert answer.headers["X-Total-Count"] == "2"
    beyond = await shop.get("/cdm/behavior/123/most-viewed?offset=5")
    assert (beyond.json(), beyond.headers["X-Total-Count"]) == ([], "2")


async def test_a_page_of_the_shop_tells_behaviour_and_nothing_else(shop: AsyncClient, client: Clients) -> None:
    page = await client("ingest", origins=("https://shop.example",))
    at_home = {"Origin": "https://shop.example"}
    answer = await page.post("/cdm/behavior", json=GUIDE, headers=at_home)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (202, "*")
    assert [row["behavior_type"] for row in (await shop.get("/cdm/behavior/123")).json()] == ["product_view"]
    assert (await page.post("/cdm/behavior", json=GUIDE, headers={"Origin": "https://evil.example"})).status_code == 403
    assert (await page.get("/cdm/behavior/123", headers=at_home)).status_code == 403
    body = {"customerId": 123, "stage": "payment_failed"}
    assert (await page.post("/cdm/dropoff", json=body, headers=at_home)).status_code == 403


async def test_a_page_learns_of_nobody_and_tells_of_just_now(shop: AsyncClient, client: Clients) -> None:
    assert (await shop.post("/cdm/customers", json={"source": "shop", "key": "C-9"})).status_code == 201
    assert (await (await client("admin")).post("/cdm/customers/shop:C-9/erase")).status_code == 200
    page = await client("ingest", origins=("https://shop.example",))
    page.headers.update({"Origin": "https://shop.example", "Idempotency-Key": "view-1"})
    for _ in range(2):  # nor does a repeat tell that there was a first
        for customer in ("shop:C-1", "shop:nobody", "shop:C-9", 4711):
            answer = await page.post("/cdm/behavior", json={**GUIDE, "customerId": customer})
            assert (answer.status_code, answer.content) == (202, b"")
            assert "Idempotent-Replayed" not in answer.headers
    assert len((await shop.get("/cdm/behavior/123")).json()) == 1
    for minutes in (-20, 20):
        at = (NOW + timedelta(minutes=minutes)).isoformat()
        made_up = await page.post("/cdm/behavior", json={**GUIDE, "occurred_at": at})
        assert (made_up.status_code, made_up.json()["code"]) == (422, "not_just_now")
    lately = (NOW - timedelta(minutes=10)).isoformat()
    page.headers["Idempotency-Key"] = "view-2"
    assert (await page.post("/cdm/behavior", json={**GUIDE, "occurred_at": lately})).status_code == 202
    assert len((await shop.get("/cdm/behavior/123")).json()) == 2


async def test_what_is_sent_again_is_kept_once(shop: AsyncClient) -> None:
    again = {"Idempotency-Key": "view-1"}
    first = await shop.post("/cdm/behavior", json=GUIDE, headers=again)
    second = await shop.post("/cdm/behavior", json=GUIDE, headers=again)
    assert (first.status_code, second.status_code, second.json()) == (201, 200, first.json())
    assert (await shop.post("/cdm/behavior", json=GUIDE)).status_code == 201


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"customerId": 4711}, 404),
        ({"productId": 4711}, 404),
        ({"productId": 2**63 - 1}, 404),
        ({"productId": "shop:nothing"}, 404),
        ({"productId": "nothing"}, 422),
        ({"productId": 0}, 422),
        ({"categoryId": 4711}, 404),
        ({"behavior_type": "purchase"}, 422),
        ({"search_query": "x" * 256}, 422),
        ({"sessionId": "a\x00"}, 422),
        ({"device_type": "x" * 51}, 422),
        ({"occurred_at": (NOW + timedelta(days=2)).isoformat()}, 422),
        ({"visit_id": "abc"}, 422),
    ],
)
async def test_what_is_refused(shop: AsyncClient, change: dict[str, object], status: int) -> None:
    answer = await shop.post("/cdm/behavior", json=GUIDE | change)
    assert answer.status_code == status, answer.text
    assert (await shop.get("/cdm/behavior/123")).json() == []
