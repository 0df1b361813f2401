"""``/cdm/family``: the guide's bodies as written, told twice, changed, removed, and what cannot be kept."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.tables import customer_changes, customer_summary, removed_relatives
from tests import factories
from tests.factories import NOW
from tests.web.conftest import Clients, FixedClock, Recorded

SARAH: dict[str, Any] = {
    "customerId": 123,
    "name": "Sarah Doe",
    "relationship": "spouse",
    "phone": "01712345679",
    "date_of_birth": "1992-05-15",
    "anniversary_date": "2015-12-20",
}
SHORTER = {"customerId": 123, "name": "Sarah Doe", "relationship": "spouse", "date_of_birth": "1992-05-15"}


@pytest.fixture
async def shop(session: AsyncSession, client: Clients) -> AsyncClient:
    await factories.customer(session, id=123, first_name="John", last_name="Doe", phone="01712345678")
    await factories.customer_key(session, 123, "C-1")
    await factories.settle(session, 123)
    return await client("read,write")


async def test_the_guides_examples(
    shop: AsyncClient, session: AsyncSession, audited: Callable[[], Awaitable[list[Recorded]]]
) -> None:
    added = await shop.post("/cdm/family", json=SARAH)
    assert added.status_code == 201, added.text
    assert added.json() == {
        "id": added.json()["id"],
        "customer_id": 123,
        "name": "Sarah Doe",
        "relationship": "spouse",
        "phone": "01712345679",
        "phone_e164": "+8801712345679",
        "email": None,
        "date_of_birth": "1992-05-15",
        "birthday": "05-15",
        "anniversary_date": "2015-12-20",
        "gender": None,
        "profession": None,
        "also_customer_id": None,
        "updated_at": "2026-11-22T05:10:00Z",
    }
    again = await shop.post("/cdm/family", json=SHORTER)
    assert (again.status_code, again.json()) == (200, added.json())
    listed = await shop.get("/cdm/family/123")
    assert (listed.json(), listed.headers["X-Total-Count"]) == ([added.json()], "1")
    assert (await shop.get("/cdm/family/shop:C-1")).json() == listed.json()
    card = (await shop.get("/cdm/customer360/123")).json()
    assert (card["family_members_count"], card["anniversary_date"]) == (1, "2015-12-20")
    changed = [row for row in await audited() if row.action == "changed"]
    assert {(row.actor, row.customer_id, row.details["kind"]) for row in changed} == {
        ("key:shop-0", 123, "relative"),
        ("key:shop-0", 123, "profile"),
    }
    assert (await session.execute(select(func.count()).select_from(customer_changes))).scalar_one() == 0


async def test_what_was_read_can_be_sent_back_unless_somebody_changed_it(shop: AsyncClient, clock: FixedClock) -> None:
    added = await shop.post("/cdm/family", json=SARAH)
    sarah, path = added.json(), f"/cdm/family/{added.json()['id']}"
    back = await shop.put(path, json=sarah, headers={"If-Match": added.headers["ETag"]})
    assert (back.status_code, back.json(), back.headers["ETag"]) == (200, sarah, added.headers["ETag"])
    clock.at = NOW + timedelta(minutes=1)
    mine = await shop.put(path, json={**sarah, "profession": "Doctor"})
    assert (mine.status_code, mine.json()["profession"]) == (200, "Doctor")
    for guarded in ({"json": {**sarah, "name": "Sara"}}, {"json": {}, "headers": {"If-Match": added.headers["ETag"]}}):
        late = await shop.put(path, **guarded)
        assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
    assert (await shop.delete(path, headers={"If-Match": added.headers["ETag"]})).status_code == 412
    assert (await shop.put(path, json={**SARAH, "name": "Sara"})).json()["name"] == "Sara"
    for wrong in ({"id": sarah["id"] + 1}, {"customer_id": (await _other(shop))}):
        assert (await shop.put(path, json=wrong)).status_code == 409
    now = (await shop.put(path, json={})).headers["ETag"]
    assert (await shop.delete(path, headers={"If-Match": now})).status_code == 204


async def _other(shop: AsyncClient) -> int:
    made = await shop.post("/cdm/customers", json={"source": "shop", "key": "C-2"})
    other: int = made.json()["customer_id"]
    return other


async def test_change(shop: AsyncClient) -> None:
    sarah = (await shop.post("/cdm/family", json=SARAH)).json()["id"]
    told = {"profession": "Doctor", "gender": "female", "phone": None}
    changed = await shop.put(f"/cdm/family/{sarah}", json=told)
    assert changed.status_code == 200
    assert {name: changed.json()[name] for name in told} == told
    assert changed.json()["date_of_birth"] == "1992-05-15"
    assert (await shop.put(f"/cdm/family/{sarah}", json={})).json() == changed.json()
    other = {"name": "<b>সারা</b> 🌸", "relationship": "sibling", "date_of_birth": None, "anniversary_date": None}
    renamed = (await shop.put(f"/cdm/family/{sarah}", json=other)).json()
    assert {name: renamed[name] for name in other} == other
    assert (await shop.get("/cdm/family/123")).json() == [renamed]


async def test_of_two_relatives_each_is_one(shop: AsyncClient) -> None:
    await shop.post("/cdm/family", json=SARAH)
    rafi = await shop.post("/cdm/family", json={"customerId": "shop:C-1", "name": "Rafi", "relationship": "child"})
    answer = await shop.put(f"/cdm/family/{rafi.json()['id']}", json={"name": "Sarah Doe", "relationship": "spouse"})
    assert (answer.status_code, answer.json()["code"]) == (409, "relative_known")
    page = await shop.get("/cdm/family/123?limit=1&offset=1")
    assert ([one["name"] for one in page.json()], page.headers["X-Total-Count"]) == (["Rafi"], "2")


async def test_who_was_added_by_a_shorter_name_is_nobody_new(shop: AsyncClient) -> None:
    sarah = (await shop.post("/cdm/family", json=SARAH | {"name": "Sarah"})).json()
    again = await shop.post("/cdm/family", json=SARAH)
    assert (again.status_code, again.json()) == (200, sarah | {"name": "Sarah Doe"})
    assert (await shop.put(f"/cdm/family/{sarah['id']}", json=again.json())).json() == again.json()
    mitu = (await shop.post("/cdm/family", json={"customerId": 123, "name": "Sarah", "relationship": "spouse"})).json()
    assert mitu["id"] != sarah["id"]
    late = await shop.put(f"/cdm/family/{mitu['id']}", json={"phone": SARAH["phone"]})
    assert (late.status_code, late.json()["code"]) == (409, "relative_known")


async def test_remove(shop: AsyncClient, session: AsyncSession) -> None:
    sarah = (await shop.post("/cdm/family", json=SARAH)).json()["id"]
    gone = await shop.delete(f"/cdm/family/{sarah}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert (await shop.get("/cdm/family/123")).json() == []
    again = await shop.delete(f"/cdm/family/{sarah}")
    assert (again.status_code, again.json()["code"]) == (404, "no_relative")
    left = customer_summary.c.family_members_count
    assert (await session.execute(select(left).where(customer_summary.c.customer_id == 123))).scalar_one() == 0
    told = (await session.execute(select(removed_relatives.c.removed_by))).scalars().all()
    assert told == [None]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": " "},
        {"name": "123"},
        {"name": None},
        {"name": "x" * 256},
        {"name": "nul\x00"},
        {"relationship": "cousin"},
        {"relationship": None},
        {"phone": "12"},
        {"phone": "phone 017"},
        {"email": "nowhere"},
        {"date_of_birth": "1992-02-30"},
        {"date_of_birth": "15/05/1992"},
        {"date_of_birth": "2092-05-15"},
        {"date_of_birth": "0001-01-01"},
        {"date_of_birth": 19920515},
        {"date_of_birth": "1992-05-15T10:00:00Z"},
        {"anniversary_date": "2099-01-01"},
        {"gender": "x"},
        {"profession": "x" * 101},
        {"nickname": "Sari"},
    ],
)
async def test_what_cannot_be_kept(shop: AsyncClient, wrong: dict[str, Any]) -> None:
    added = await shop.post("/cdm/family", json={**SARAH, **wrong})
    assert added.status_code == 422, added.text
    assert len(added.json()["detail"]) > 10
    assert (await shop.get("/cdm/family/123")).json() == []
    sarah = (await shop.post("/cdm/family", json=SARAH)).json()
    assert (await shop.put(f"/cdm/family/{sarah['id']}", json=wrong)).status_code == 422
    assert (await shop.get("/cdm/family/123")).json() == [sarah]


@pytest.mark.parametrize(
    ("customer", "status"),
    [(4711, 404), ("shop:nobody", 404), (0, 422), (-1, 422), (2**63, 422), ("0123", 422), (None, 422), (True, 422)],
)
async def test_of_nobody(shop: AsyncClient, customer: object, status: int) -> None:
    assert (await shop.post("/cdm/family", json={**SARAH, "customerId": customer})).status_code == status


async def test_lone_surrogates_are_refused(shop: AsyncClient) -> None:
    body = b'{"customerId":123,"name":"Sarah \\ud800","relationship":"spouse"}'
    answer = await shop.post("/cdm/family", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422


async def test_reading_keys_change_nothing(shop: AsyncClient, client: Clients) -> None:
    reader = await client("read")
    assert (await reader.post("/cdm/family", json=SARAH)).status_code == 403
    assert (await reader.put("/cdm/family/1", json={})).status_code == 403
    assert (await reader.delete("/cdm/family/1")).status_code == 403
    assert (await (await client(None)).get("/cdm/family/123")).status_code == 401


async def test_told_twice_at_once_they_are_one(shop: AsyncClient) -> None:
    answers = await asyncio.gather(*(shop.post("/cdm/family", json=SARAH) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 201]
    assert len((await shop.get("/cdm/family/123")).json()) == 1


async def test_relatives_go_with_their_customer(shop: AsyncClient, client: Clients, session: AsyncSession) -> None:
    sarah = (await shop.post("/cdm/family", json=SARAH)).json()["id"]
    other = await factories.customer(session, first_name="Johnny")
    await factories.settle(session, other)
    ruler = await client("admin")
    assert (await ruler.post(f"/cdm/customers/{other}/merge", json={"customerId": 123})).status_code == 200
    moved = await shop.put(f"/cdm/family/{sarah}", json={"profession": "Doctor"})
    assert (moved.status_code, moved.json()["customer_id"], moved.json()["profession"]) == (200, other, "Doctor")
    assert (await shop.get("/cdm/family/123")).json() == [moved.json()]
    assert (await ruler.post(f"/cdm/customers/{other}/erase")).status_code == 200
    assert (await shop.get("/cdm/family/123")).status_code == 410
    assert (await shop.put(f"/cdm/family/{sarah}", json={})).status_code == 404
    assert (await shop.post("/cdm/family", json=SARAH)).status_code == 410
