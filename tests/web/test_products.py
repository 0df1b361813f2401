"""``/cdm/products``: upserts by SKU, lists, what cannot be kept."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from tests import factories
from tests.factories import NOW
from tests.web.conftest import Clients, FixedClock, Recorded

HONEY = {"name": "Honey 1 kg", "category": "মধু", "price": 1250.5, "stock": 40, "pack_days": 30}


@pytest.fixture
async def shop(client: Clients) -> AsyncClient:
    return await client("read,write")


async def test_put_makes_then_changes(shop: AsyncClient) -> None:
    made = await shop.put("/cdm/products/shop:H-1000", json=HONEY)
    assert made.status_code == 201, made.text
    assert {name: made.json()[name] for name in HONEY} == HONEY
    assert (made.json()["sku"], made.json()["active"]) == ("H-1000", True)
    again = await shop.put("/cdm/products/shop:H-1000", json=HONEY)
    assert (again.status_code, again.json()) == (200, made.json())
    changed = await shop.put("/cdm/products/shop:H-1000", json={"price": 1300, "category": None, "active": False})
    told = changed.json()
    assert (told["price"], told["category"], told["active"], told["stock"]) == (1300, None, False, 40)
    ident = told["product_id"]
    assert (await shop.get(f"/cdm/products/{ident}")).json() == told
    assert (await shop.get("/cdm/products/sku:H-1000")).json() == told
    renamed = await shop.put(f"/cdm/products/{ident}", json={"name": "<b>Honey</b> 🍯"})
    assert (renamed.status_code, renamed.json()["name"]) == (200, "<b>Honey</b> 🍯")


async def test_a_change_is_guarded_and_recorded(
    shop: AsyncClient, clock: FixedClock, audited: Callable[[], Awaitable[list[Recorded]]]
) -> None:
    made = await shop.put("/cdm/products/shop:H-1000", json=HONEY)
    product, seen = made.json(), made.headers["ETag"]
    assert (await shop.get("/cdm/products/shop:H-1000")).headers["ETag"] == seen
    clock.at = NOW + timedelta(minutes=1)
    mine = await shop.put("/cdm/products/shop:H-1000", json={"price": 1300}, headers={"If-Match": seen})
    assert (mine.status_code, mine.json()["price"]) == (200, 1300)
    for path in ("/cdm/products/shop:H-1000", f"/cdm/products/{product['product_id']}"):
        late = await shop.put(path, json={"price": 1}, headers={"If-Match": seen})
        assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
        late = await shop.put(path, json={"price": 1, "updated_at": product["updated_at"]})
        assert late.status_code == 412
        assert (await shop.get(path)).json() == mine.json()
    fine = await shop.put("/cdm/products/shop:H-1000", json={"price": 2, "updated_at": mine.json()["updated_at"]})
    assert (fine.status_code, fine.json()["price"]) == (200, 2)
    nothing = await shop.put("/cdm/products/shop:NEW", json={}, headers={"If-Match": seen})
    assert (nothing.status_code, nothing.json()["code"]) == (404, "no_such_product_key")
    row = (await audited())[0]
    assert (row.action, row.details) == ("PUT /cdm/products/{product}", {"product": product["product_id"]})


async def test_of_two_who_read_the_same_one_is_told(shop: AsyncClient) -> None:
    seen = {"If-Match": (await shop.put("/cdm/products/shop:H-1000", json=HONEY)).headers["ETag"]}
    answers = await asyncio.gather(
        *(shop.put("/cdm/products/shop:H-1000", json={"price": price}, headers=seen) for price in (1, 2))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]


async def test_a_product_of_which_nothing_is_told(shop: AsyncClient) -> None:
    made = await shop.put("/cdm/products/shop:GHEE 500 (jar)", json={})
    assert (made.status_code, made.json()["name"]) == (201, "GHEE 500 (jar)")


async def test_list(shop: AsyncClient, session: AsyncSession) -> None:
    for number in range(3):
        await factories.product(session, name=f"Ghee {number}", price=Decimal(900), active=number > 0)
    await session.commit()
    await shop.put("/cdm/products/shop:H-1000", json=HONEY)
    answer = await shop.get("/cdm/products?limit=2&offset=1")
    assert ([one["name"] for one in answer.json()], answer.headers["X-Total-Count"]) == (["Ghee 1", "Ghee 2"], "4")
    assert [one["name"] for one in (await shop.get("/cdm/products?active=false")).json()] == ["Ghee 0"]
    assert [one["name"] for one in (await shop.get("/cdm/products?category=মধু")).json()] == ["Honey 1 kg"]


async def test_two_at_once_make_one(shop: AsyncClient) -> None:
    answers = await asyncio.gather(*(shop.put("/cdm/products/shop:H-1", json=HONEY) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len((await shop.get("/cdm/products")).json()) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": None},
        {"name": "x" * 256},
        {"name": "\x00"},
        {"price": -1},
        {"price": "1250"},
        {"price": 1.234},
        {"price": 1e12},
        {"stock": 2**31},
        {"stock": 1.5},
        {"stock": True},
        {"pack_days": 0},
        {"active": "yes"},
        {"active": None},
        {"sku": "H-2"},
    ],
)
async def test_what_cannot_be_kept(shop: AsyncClient, wrong: dict[str, Any]) -> None:
    assert (await shop.put("/cdm/products/shop:H-1", json=wrong)).status_code == 422
    assert (await shop.get("/cdm/products")).json() == []


@pytest.mark.parametrize(
    ("product", "status"),
    [("4711", 404), ("9" * 19, 404), ("shop:H-9", 404), ("0", 422), ("H-1", 422), ("shop:", 422), ("shop:%00", 422)],
)
async def test_no_such_product(shop: AsyncClient, product: str, status: int) -> None:
    assert (await shop.get(f"/cdm/products/{product}")).status_code == status
    if product != "shop:H-9":
        assert (await shop.put(f"/cdm/products/{product}", json=HONEY)).status_code == status


async def test_reading_keys_change_nothing(client: Clients) -> None:
    assert (await (await client("read")).put("/cdm/products/shop:H-1", json=HONEY)).status_code == 403
