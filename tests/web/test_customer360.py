"""``/cdm/customer360``: the guide's fields, filters, pages; one customer by id or a shop's key."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from httpx import AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncSession

from tests import factories
from tests.factories import NOW
from tests.web.conftest import Clients, Recorded

GUIDE = {
    "customer_id": 123,
    "first_name": "John",
    "last_name": "Doe",
    "email": "john@example.com",
    "phone": "01712345678",
    "customer_type": "vip",
    "lifecycle_stage": "loyal",
    "customer_temperature": "hot",
    "lifetime_value": 125000,
    "total_orders": 8,
    "avg_order_value": 15625,
    "days_since_last_order": 5,
    "total_interactions": 12,
    "total_calls": 5,
    "products_viewed": 25,
    "family_members_count": 3,
}


@pytest.fixture
async def john(session: AsyncSession) -> int:
    """The customer of the guide's example."""
    await factories.customer(
        session, id=123, first_name="John", last_name="Doe", email="john@example.com", phone="01712345678"
    )
    for number in range(8):
        at = NOW - timedelta(days=5 + 10 * number)
        await factories.order(session, 123, amount=Decimal(15_625), ordered_at=at)
    for number in range(12):
        channel = "call" if number < 5 else "whatsapp"
        await factories.interaction(session, 123, interaction_type=channel)
    for _ in range(25):
        await factories.behavior(session, 123, product_id=await factories.product(session))
    for relationship in ("spouse", "child", "parent"):
        await factories.relative(session, 123, relationship=relationship, name=relationship.title())
    await factories.customer_key(session, 123, "C-1ক")
    await factories.settle(session, 123)
    return 123


@pytest.fixture
async def reader(client: Clients) -> AsyncClient:
    return await client("read")


async def _many(session: AsyncSession) -> dict[str, int]:
    """Customers told apart by name: value, orders, owner."""
    tanvir = await factories.staff(session, name="Tanvir")
    made: dict[str, int] = {}
    for name, amount, days, owner in (
        ("Anwar", 60_000, 3, tanvir),
        ("Belal", 2_000, 20, tanvir),
        ("Chameli", 900, 200, None),
        ("Dilara", 900, 200, None),
        ("Elias", None, 0, tanvir),
    ):
        made[name] = await factories.customer(session, first_name=name, last_name="", owner_id=owner)
        if amount is not None:
            at = NOW - timedelta(days=days)
            await factories.order(session, made[name], amount=Decimal(amount), ordered_at=at)
    made["tanvir"] = tanvir
    await factories.settle(session, *(ident for name, ident in made.items() if name != "tanvir"))
    return made


def _names(answer: Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["first_name"] for row in answer.json()]


async def test_one_customer_as_the_guide_shows_it(reader: AsyncClient, john: int) -> None:
    answer = await reader.get("/cdm/customer360/123")
    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in GUIDE} == GUIDE
    assert '"lifetime_value":125000,' in answer.text
    assert answer.json()["phone_e164"] == "+8801712345678"


async def test_one_customer_by_what_the_shop_calls_them(
    reader: AsyncClient, john: int, audited: Callable[[], Awaitable[list[Recorded]]]
) -> None:
    answer = await reader.get("/cdm/customer360/shop:C-1ক")
    assert (answer.status_code, answer.json()["customer_id"]) == (200, 123)
    assert (await reader.get("/cdm/customer360/shop:C-1")).status_code == 404
    assert [(row.actor, row.action, row.customer_id) for row in await audited()] == [
        ("key:shop-0", "GET /cdm/customer360/{customer_id}", 123)
    ]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("4711", "no_such_customer"),
        ("9" * 19, "no_such_customer"),
        ("shop:nobody", "no_such_customer_key"),
        ("facebook:C-1", "no_such_customer_key"),
    ],
)
async def test_nobody(reader: AsyncClient, john: int, path: str, code: str) -> None:
    answer = await reader.get(f"/cdm/customer360/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, code)


@pytest.mark.parametrize("path", ["0", "-1", "abc", "1.5", "9" * 20, "shop:", "shop:%00", "1 OR 1=1", "'", "১২৩"])
async def test_what_is_no_customer(reader: AsyncClient, path: str) -> None:
    answer = await reader.get(f"/cdm/customer360/{path}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Anwar", "Belal", "Chameli", "Dilara", "Elias"]),
        ("customerType=vip", ["Anwar"]),
        ("customerType=inactive&lifecycleStage=inactive&temperature=cold", ["Chameli", "Dilara"]),
        ("lifecycleStage=lead", ["Elias"]),
        ("temperature=hot", ["Anwar"]),
        ("temperature=warm", ["Belal"]),
        ("temperature=cold", ["Chameli", "Dilara", "Elias"]),
        ("temperature=hot&customerType=new", []),
        ("owner=none", ["Chameli", "Dilara"]),
        ("sort=name&limit=2", ["Anwar", "Belal"]),
        ("sort=id&offset=3", ["Dilara", "Elias"]),
        ("sort=last_order&limit=1", ["Anwar"]),
        ("q=belal", ["Belal"]),
        ("q=বেলাল", ["Belal"]),
        ("q=belal&temperature=hot", []),
        ("q=%25", []),
        ("q=%3Cb%3E'%20OR%201%3D1%20--", []),
        ("offset=1000000", []),
    ],
)
async def test_filters_hold_together(reader: AsyncClient, session: AsyncSession, query: str, names: list[str]) -> None:
    await _many(session)
    assert _names(await reader.get(f"/cdm/customer360?{query}")) == names


async def test_by_owner(reader: AsyncClient, session: AsyncSession) -> None:
    made = await _many(session)
    assert _names(await reader.get("/cdm/customer360", params={"owner": made["tanvir"]})) == ["Anwar", "Belal", "Elias"]


async def test_pages_tell_the_total_and_lead_on(reader: AsyncClient, session: AsyncSession) -> None:
    await _many(session)
    path: str | None = "/cdm/customer360?limit=2&temperature=cold"
    seen: list[str] = []
    while path:
        answer = await reader.get(path)
        assert answer.headers["X-Total-Count"] == "3"
        assert "X-Total-Capped" not in answer.headers
        seen += _names(answer)
        path = answer.links.get("next", {}).get("url")
    assert seen == ["Chameli", "Dilara", "Elias"]
    assert "temperature=cold" in answer.links["first"]["url"]
    assert _names(await reader.get(answer.links["first"]["url"])) == seen[:2]
    by_number = await reader.get("/cdm/customer360?limit=2&temperature=cold&offset=2")
    assert _names(await reader.get(by_number.links["prev"]["url"])) == seen[:2]


async def test_lists_are_audited_with_whom_they_showed(
    reader: AsyncClient, session: AsyncSession, audited: Callable[[], Awaitable[list[Recorded]]]
) -> None:
    made = await _many(session)
    await reader.get("/cdm/customer360?temperature=hot")
    await reader.get("/cdm/customer360?q=nobody")
    (row,) = await audited()
    assert (row.action, row.customer_id, row.details) == (
        "GET /cdm/customer360",
        None,
        {"customers": [made["Anwar"]]},
    )


@pytest.mark.parametrize(
    "query",
    [
        "customerType=gold",
        "temperature=HOT",
        "limit=0",
        "limit=1001",
        "limit=ten",
        "offset=-1",
        "offset=99999999999999999999",
        "owner=0",
        "sort=phone",
        "q=",
        "q=%00",
        "customertype=vip",
        "page=2",
    ],
)
async def test_what_is_no_filter(reader: AsyncClient, query: str) -> None:
    answer = await reader.get(f"/cdm/customer360?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert query.partition("=")[0] in answer.json()["detail"]
