"""``/cdm/customers``: made and brought up to date by the shop's key, guarded, merged, erased; history."""

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

JOHN = {
    "source": "shop",
    "key": "C-1001",
    "first_name": "John",
    "last_name": "Doe",
    "phone": "+880 1712-345678",
    "email": "john@example.com",
    "city": "Dhaka",
    "gender": "male",
    "date_of_birth": "1990-12-18",
    "anniversary_date": "2015-12-20",
    "marital_status": "married",
    "available_time": "18:00-20:00",
    "preferred_channel": "whatsapp",
    "preferred_language": "bn",
    "tags": ["wholesale", "পাইকারি"],
}


@pytest.fixture
async def shop(client: Clients) -> AsyncClient:
    return await client("read,write")


@pytest.fixture
async def ruler(client: Clients) -> AsyncClient:
    return await client("admin", name="head-office")


async def test_made_once_and_brought_up_to_date(
    shop: AsyncClient, audited: Callable[[], Awaitable[list[Recorded]]]
) -> None:
    made = await shop.post("/cdm/customers", json=JOHN)
    assert made.status_code == 201, made.text
    john = made.json()
    assert {name: john[name] for name in JOHN if name not in ("key", "phone", "tags")} == {
        name: value for name, value in JOHN.items() if name not in ("key", "phone", "tags")
    }
    assert (john["phone"], john["phone_e164"], john["keys"]) == ("01712345678", "+8801712345678", ["shop:C-1001"])
    assert (john["tags"], john["birthday"]) == (["wholesale", "পাইকারি"], "12-18")
    again = await shop.post("/cdm/customers", json=JOHN)
    assert (again.status_code, again.json(), again.headers["ETag"]) == (200, john, made.headers["ETag"])
    moved = await shop.post("/cdm/customers", json={"source": "shop", "key": "C-1001", "city": "সিলেট", "email": None})
    assert (moved.json()["city"], moved.json()["email"], moved.json()["first_name"]) == ("সিলেট", None, "John")
    assert moved.headers["ETag"] != made.headers["ETag"]
    found = await shop.get("/cdm/customer360?q=01712345678")
    assert [row["customer_id"] for row in found.json()] == [john["customer_id"]]
    assert (await shop.get("/cdm/customers/shop:C-1001")).json() == moved.json()
    told = [(row.actor, row.action) for row in await audited() if not row.action.startswith(("GET", "POST"))]
    assert told == [("key:shop-0", "created"), ("key:shop-0", "changed")]


async def test_two_at_once_make_one(shop: AsyncClient) -> None:
    answers = await asyncio.gather(*(shop.post("/cdm/customers", json=JOHN) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 201]
    assert len({answer.json()["customer_id"] for answer in answers}) == 1


async def test_without_a_key_a_phone_tells_customers_apart(shop: AsyncClient) -> None:
    keyless = {"first_name": "Jane", "phone": "01712345678"}
    made = await shop.post("/cdm/customers", json=keyless)
    assert (made.status_code, made.json()["keys"], made.json()["source"]) == (201, [], "shop-0")
    again = await shop.post("/cdm/customers", json=keyless)
    assert (again.status_code, again.json()["code"]) == (409, "phone_known")
    assert str(made.json()["customer_id"]) in again.json()["detail"]
    nobody = await shop.post("/cdm/customers", json={"first_name": "Jane"})
    assert (nobody.status_code, nobody.json()["code"]) == (422, "phone_missing")
    household = await shop.post("/cdm/customers", json={**keyless, "source": "shop", "key": "C-2"})
    assert household.status_code == 201
    assert household.json()["household_id"] is not None


async def test_a_phone_of_somebody_else_is_taken_only_where_it_is_said_that_both_have_it(shop: AsyncClient) -> None:
    john = (await shop.post("/cdm/customers", json=JOHN)).json()
    jane = await shop.post("/cdm/customers", json={"source": "shop", "key": "C-2", "phone": "01812345678"})
    path, both = f"/cdm/customers/{jane.json()['customer_id']}", {"phone": "+880 1712-345678", "phone_shared": True}
    refused = await shop.patch(path, json={"phone": both["phone"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "phone_taken")
    assert f"customer {john['customer_id']} has" in refused.json()["detail"]
    assert "phone_shared" in refused.json()["detail"]
    assert (await shop.get(path)).json()["phone"] == "01812345678"
    shared = await shop.patch(path, json=both)
    assert (shared.status_code, shared.json()["phone"]) == (200, "01712345678")
    assert shared.json()["household_id"] is not None
    assert (await shop.patch(path, json={"phone": "01712345678", "city": "Sylhet"})).json()["city"] == "Sylhet"


async def test_patch_is_guarded(shop: AsyncClient, clock: FixedClock) -> None:
    made = await shop.post("/cdm/customers", json=JOHN)
    path, seen = f"/cdm/customers/{made.json()['customer_id']}", made.headers["ETag"]
    clock.at = NOW + timedelta(minutes=1)
    changed = await shop.patch(path, json={"city": "Sylhet"}, headers={"If-Match": seen})
    assert (changed.status_code, changed.json()["city"]) == (200, "Sylhet")
    late = await shop.patch(path, json={"city": "Khulna"}, headers={"If-Match": seen})
    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
    late = await shop.patch(path, json={"city": "Khulna", "updated_at": made.json()["updated_at"]})
    assert late.status_code == 412
    assert (await shop.patch(path, json={"city": "x"}, headers={"If-Match": '"nonsense"'})).status_code == 412
    assert (await shop.get(path)).json() == changed.json()
    number = await shop.patch(path, json={"city": "Khulna", "updated_at": 0})
    assert (number.status_code, number.json()["code"]) == (422, "invalid")
    fine = await shop.patch(path, json={"city": "Khulna", "updated_at": changed.json()["updated_at"]})
    assert (fine.status_code, fine.json()["city"]) == (200, "Khulna")
    assert (await shop.patch(path, json={}, headers={"If-Match": "*"})).json() == fine.json()
    emptied: dict[str, object] = {"phone": None, "email": "", "tags": [], "date_of_birth": None, "last_name": None}
    left = (await shop.patch(path, json=emptied)).json()
    assert (left["phone"], left["phone_e164"], left["email"], left["tags"]) == (None, None, None, [])
    assert (left["birthday"], left["last_name"], left["first_name"]) == (None, "", "John")


async def test_the_etag_stands_for_all_that_is_shown(ruler: AsyncClient, session: AsyncSession) -> None:
    customer_id = await factories.customer(session, id=123)
    await factories.settle(session, customer_id)
    await session.commit()
    seen = (await ruler.get("/cdm/customers/123")).headers["ETag"]
    told = {"customerId": 123, "interaction_type": "call", "outcome": "do not call"}
    assert (await ruler.post("/cdm/interactions", json=told)).json()["outcome_code"] == "do_not_call"
    banned = await ruler.get("/cdm/customers/123")
    assert (banned.json()["consents"], banned.headers["ETag"] != seen) == ({"call": False}, True)
    late = await ruler.patch("/cdm/customers/123", json={"city": "Sylhet"}, headers={"If-Match": seen})
    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
    order = {"customerId": 123, "ordered_at": "2026-11-20T10:00:00Z", "total_amount": 900}
    assert (await ruler.put("/cdm/orders/shop/O-1", json=order)).status_code == 201
    bought = await ruler.get("/cdm/customers/123")
    assert bought.json()["lifecycle_stage"] != banned.json()["lifecycle_stage"]
    assert bought.headers["ETag"] != banned.headers["ETag"]
    assert (await ruler.get("/cdm/customers/123")).headers["ETag"] == bought.headers["ETag"]
    either = {"If-Match": f'"other", W/{bought.headers["ETag"]}'}  # a proxy that compresses weakens it
    assert (await ruler.patch("/cdm/customers/123", json={"city": "Sylhet"}, headers=either)).status_code == 200


async def test_of_two_writers_who_read_the_same_one_is_told(shop: AsyncClient) -> None:
    made = await shop.post("/cdm/customers", json=JOHN)
    path, seen = f"/cdm/customers/{made.json()['customer_id']}", {"If-Match": made.headers["ETag"]}
    answers = await asyncio.gather(
        *(shop.patch(path, json={"city": city}, headers=seen) for city in ("Sylhet", "Khulna"))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]


@pytest.mark.parametrize(
    "wrong",
    [
        {"phone": "12"},
        {"email": "nowhere"},
        {"date_of_birth": "2999-01-01"},
        {"first_name": "x" * 256},
        {"first_name": "7"},
        {"city": "nul\x00"},
        {"tags": ["a,b"]},
        {"tags": ["x"] * 11},
        {"tags": "wholesale"},
        {"gender": "x"},
        {"preferred_channel": "pigeon"},
        {"lifetime_value": 5},
        {"customer_type": "vip"},
    ],
)
async def test_what_cannot_be_kept(shop: AsyncClient, wrong: dict[str, Any]) -> None:
    assert (await shop.post("/cdm/customers", json={**JOHN, **wrong})).status_code == 422
    assert (await shop.get("/cdm/customer360")).json() == []
    made = await shop.post("/cdm/customers", json=JOHN)
    path = f"/cdm/customers/{made.json()['customer_id']}"
    assert (await shop.patch(path, json=wrong)).status_code == 422
    assert (await shop.get(path)).json() == made.json()


@pytest.mark.parametrize(
    "wrong", [{"source": None}, {"key": None}, {"key": ""}, {"source": "a:b"}, {"source": "সোর্স"}, {"key": "x" * 256}]
)
async def test_keys_that_cannot_be(shop: AsyncClient, wrong: dict[str, Any]) -> None:
    assert (await shop.post("/cdm/customers", json={**JOHN, **wrong})).status_code == 422


async def test_merge(
    shop: AsyncClient, ruler: AsyncClient, session: AsyncSession, audited: Callable[[], Awaitable[list[Recorded]]]
) -> None:
    keep = (await shop.post("/cdm/customers", json={**JOHN, "email": None})).json()["customer_id"]
    gone = (await shop.post("/cdm/customers", json={**JOHN, "key": "C-2"})).json()["customer_id"]
    await factories.order(session, gone, amount=Decimal(900))
    await factories.settle(session, gone)
    path = f"/cdm/customers/{keep}/merge"
    assert (await shop.post(path, json={"customerId": "shop:C-2"})).status_code == 403
    merged = await ruler.post(path, json={"customerId": "shop:C-2"})
    assert merged.status_code == 200, merged.text
    told = merged.json()
    assert (told["customer_id"], told["gone_id"], told["orders"], told["filled"]) == (keep, gone, 1, ["email"])
    assert (await shop.get(f"/cdm/customers/{gone}")).json()["keys"] == ["shop:C-1001", "shop:C-2"]
    again = await ruler.post(path, json={"customerId": gone})
    assert (again.status_code, again.json()["code"]) == (409, "one_customer")
    told_of = {(row.actor, row.customer_id) for row in await audited() if row.action == "merged"}
    assert told_of == {("key:head-office-1", keep), ("key:head-office-1", gone)}


async def test_erase(shop: AsyncClient, ruler: AsyncClient, session: AsyncSession) -> None:
    john = (await shop.post("/cdm/customers", json=JOHN)).json()["customer_id"]
    await factories.order(session, john, amount=Decimal(900))
    await factories.settle(session, john)
    path = f"/cdm/customers/{john}"
    assert (await shop.post(f"{path}/erase")).status_code == 403
    gone = await ruler.post(f"{path}/erase")
    assert (gone.status_code, gone.json()["customer_id"]) == (200, john), gone.text
    for answer in (
        await ruler.post(f"{path}/erase"),
        await shop.get(path),
        await shop.get("/cdm/customers/shop:C-1001"),
        await shop.get(f"/cdm/customer360/{john}"),
        await shop.post("/cdm/customers", json=JOHN),
        await shop.post("/cdm/customers", json={**JOHN, "key": "C-3"}),
        await shop.post("/cdm/customers", json={"first_name": "John", "phone": "01712345678"}),
        await shop.patch(path, json={"city": "Sylhet"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (410, "erased_customer")
    assert (await shop.get("/cdm/customer360")).json() == []
    assert (await shop.get("/cdm/stats/dashboard")).json()["total_customers"] == 0


async def test_history(shop: AsyncClient, session: AsyncSession) -> None:
    john = (await shop.post("/cdm/customers", json=JOHN)).json()["customer_id"]
    honey = await factories.product(session, name="Honey 1 kg")
    await factories.order(session, john, ordered_at=NOW - timedelta(days=9), status="cancelled")
    last = await factories.order(session, john, amount=Decimal("850.50"), lines=False, payment_method="bkash")
    await factories.order_line(session, john, last, product_id=honey, quantity=Decimal(2), amount=Decimal("850.50"))
    await factories.settle(session, john)
    bought = await shop.get(f"/cdm/customers/{john}/orders?limit=1")
    assert bought.headers["X-Total-Count"] == "2"
    assert bought.json() == [
        {
            "order_id": last,
            "ordered_at": "2026-11-21T05:10:00Z",
            "status": "completed",
            "total_amount": 850.5,
            "payment_method": "bkash",
            "items": [
                {
                    "product_id": honey,
                    "product": "Honey 1 kg",
                    "quantity": 2,
                    "amount": 850.5,
                    "status": "completed",
                }
            ],
        }
    ]
    became = await shop.get("/cdm/customers/shop:C-1001/lifecycle")
    assert [(one["from_stage"], one["to_stage"]) for one in became.json()] == [("lead", "first_buyer")]
    assert became.headers["X-Total-Count"] == "1"


@pytest.mark.parametrize("path", ["", "/orders", "/lifecycle"])
async def test_nobody(shop: AsyncClient, path: str) -> None:
    assert (await shop.get(f"/cdm/customers/4711{path}")).status_code == 404
    assert (await shop.get(f"/cdm/customers/x{path}")).status_code == 422
