"""``/cdm/follow-ups``: promised, moved, done, cancelled; and who is not to be called."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession

from tests import factories
from tests.factories import NOW
from tests.web.conftest import Clients, FixedClock, Recorded

TOMORROW = "2026-11-23T17:00:00+06:00"
PROMISE = {"customerId": 123, "due_at": TOMORROW, "asked": True}


@pytest.fixture
async def shop(session: AsyncSession, client: Clients) -> AsyncClient:
    await factories.customer(session, id=123, first_name="John", last_name="Doe")
    await factories.customer_key(session, 123, "C-1")
    await factories.settle(session, 123)
    return await client("read,write")


async def test_promised_moved_and_done(
    shop: AsyncClient, audited: Callable[[], Awaitable[list[Recorded]]], session: AsyncSession
) -> None:
    nusrat = await factories.staff(session)
    await session.commit()
    made = await shop.post("/cdm/follow-ups", json={**PROMISE, "staff_id": nusrat})
    assert made.status_code == 201, made.text
    assert made.json() == {
        "id": made.json()["id"],
        "customer_id": 123,
        "customer_name": "John Doe",
        "staff_id": nusrat,
        "staff": "Nusrat",
        "due_at": "2026-11-23T11:00:00Z",
        "asked": True,
        "overdue": False,
        "status": "open",
        "created_at": "2026-11-22T05:10:00Z",
        "closed_at": None,
    }
    moved = await shop.put("/cdm/follow-ups/shop:C-1", json={"due_at": "2026-11-24T10:00:00Z"})
    assert moved.json() == made.json() | {"due_at": "2026-11-24T10:00:00Z", "asked": False}
    assert (await shop.get("/cdm/follow-ups")).json() == [moved.json()]
    done = await shop.put("/cdm/follow-ups/123/complete")
    assert (done.json()["status"], done.json()["closed_at"]) == ("done", "2026-11-22T05:10:00Z")
    assert (await shop.get("/cdm/follow-ups")).json() == []
    assert (await shop.get("/cdm/follow-ups/123")).json() == [done.json()]
    rows = [(row.actor, row.action) for row in await audited()]
    assert rows[:4] == [
        ("key:shop-0", "promised"),
        ("key:shop-0", "POST /cdm/follow-ups"),
        ("key:shop-0", "changed"),
        ("key:shop-0", "PUT /cdm/follow-ups/{customer_id}"),
    ]


async def test_a_promise_takes_the_place_of_the_open_one(shop: AsyncClient) -> None:
    first = (await shop.post("/cdm/follow-ups", json=PROMISE)).json()
    second = (await shop.post("/cdm/follow-ups", json=PROMISE | {"due_at": "2026-11-25T10:00:00Z"})).json()
    (open_one,) = (await shop.get("/cdm/follow-ups")).json()
    assert open_one == second
    assert [(row["id"], row["status"]) for row in (await shop.get("/cdm/follow-ups/123")).json()] == [
        (second["id"], "open"),
        (first["id"], "replaced"),
    ]


async def test_nobody_moves_what_another_moved_meanwhile(shop: AsyncClient, clock: FixedClock) -> None:
    made = await shop.post("/cdm/follow-ups", json=PROMISE)
    seen = {"If-Match": made.headers["ETag"]}
    clock.at = NOW + timedelta(days=2)  # it is overdue by now, which nobody changed
    read = await shop.get("/cdm/follow-ups/shop:C-1")
    assert (read.json()[0]["overdue"], read.headers["ETag"]) == (True, made.headers["ETag"])
    later = {"due_at": "2026-11-25T10:00:00Z"}
    answers = await asyncio.gather(*(shop.put("/cdm/follow-ups/123", json=later, headers=seen) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    (moved,) = [answer for answer in answers if answer.status_code == 200]
    assert (await shop.get("/cdm/follow-ups/123")).headers["ETag"] == moved.headers["ETag"] != made.headers["ETag"]
    for refused in (
        await shop.put("/cdm/follow-ups/123/complete", headers=seen),
        await shop.delete("/cdm/follow-ups/123", headers=seen),
        await shop.post("/cdm/follow-ups", json=PROMISE | {"due_at": "2026-11-26T10:00:00Z"}, headers=seen),
    ):
        assert (refused.status_code, refused.json()["code"]) == (412, "changed_meanwhile")
    assert (await shop.get("/cdm/follow-ups")).json() == [moved.json()]
    now_seen = {"If-Match": moved.headers["ETag"]}
    assert (await shop.put("/cdm/follow-ups/123/complete", headers=now_seen)).json()["status"] == "done"
    assert "ETag" not in (await shop.get("/cdm/follow-ups/123")).headers
    assert (await shop.delete("/cdm/follow-ups/123", headers=now_seen)).status_code == 412
    assert (await shop.delete("/cdm/follow-ups/123")).status_code == 404


async def test_promised_again_it_stays(shop: AsyncClient, audited: Callable[[], Awaitable[list[Recorded]]]) -> None:
    first = await shop.post("/cdm/follow-ups", json=PROMISE)
    again = await shop.post("/cdm/follow-ups", json=PROMISE)
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    assert (await shop.get("/cdm/follow-ups/123")).json() == [first.json()]
    assert [row.action for row in await audited()].count("promised") == 1
    other = await shop.post("/cdm/follow-ups", json=PROMISE | {"asked": False})
    assert (other.status_code, other.json()["id"] != first.json()["id"]) == (201, True)


async def test_a_contact_told_keeps_the_promise(shop: AsyncClient) -> None:
    await shop.post("/cdm/follow-ups", json=PROMISE)
    call = {"customerId": 123, "interaction_type": "call", "outcome": "Interested", "duration_seconds": 60}
    assert (await shop.post("/cdm/interactions", json=call)).status_code == 201
    assert (await shop.get("/cdm/follow-ups")).json() == []


async def test_it_stands_in_the_call_list(shop: AsyncClient, session: AsyncSession) -> None:
    await shop.post("/cdm/follow-ups", json=PROMISE | {"due_at": "2026-11-22T17:00:00+06:00"})
    (first,) = (await shop.get("/cdm/ai/recommendations")).json()
    assert (first["customer_id"], first["part"], first["reasons"][0]["code"]) == (123, "due", "promised")


async def test_lists_are_of_the_earliest_and_of_whom_one_wants(shop: AsyncClient, session: AsyncSession) -> None:
    nusrat = await factories.staff(session)
    for hours, who in ((-2, nusrat), (3, None), (30, nusrat)):
        customer = await factories.customer(session)
        await factories.follow_up(session, customer, who, due_at=NOW + timedelta(hours=hours))
    refused = await factories.customer(session, do_not_call_at=NOW)
    await factories.follow_up(session, refused, nusrat, due_at=NOW)
    await session.commit()
    all_open = await shop.get("/cdm/follow-ups", params={"limit": 2})
    assert [row["overdue"] for row in all_open.json()] == [True, False]
    assert all_open.headers["X-Total-Count"] == "3"
    assert len((await shop.get("/cdm/follow-ups", params={"staff_id": nusrat})).json()) == 2
    due = await shop.get("/cdm/follow-ups", params={"due_before": "2026-11-23T00:00:00+06:00"})
    assert len(due.json()) == 2
    for number in ("0.5", "1795000000"):
        refused_number = await shop.get("/cdm/follow-ups", params={"due_before": number})
        assert (refused_number.status_code, refused_number.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"due_at": "2026-11-22T05:10:00Z"}, 422, "due_past"),
        ({"due_at": "2036-11-22T05:10:00Z"}, 422, "due_too_far"),
        ({"due_at": "2026-11-23T17:00:00"}, 422, "invalid"),
        ({"due_at": "tomorrow"}, 422, "invalid"),
        ({"due_at": 1795000000}, 422, "invalid"),
        ({"due_at": "1795000000"}, 422, "invalid"),
        ({"due_at": None}, 422, "invalid"),
        ({"asked": 0}, 422, "invalid"),
        ({"staff_id": 4711}, 404, "no_such_person"),
        ({"staff_id": 2**63}, 422, "invalid"),
        ({"customerId": 4711}, 404, "no_such_customer"),
        ({"asked": "yes please"}, 422, "invalid"),
        ({"note": "x"}, 422, "invalid"),
    ],
)
async def test_what_cannot_be_promised(shop: AsyncClient, body: dict[str, Any], status: int, code: str) -> None:
    answer = await shop.post("/cdm/follow-ups", json=PROMISE | body)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert (await shop.get("/cdm/follow-ups")).json() == []


async def test_nothing_open_and_nobody_to_call(shop: AsyncClient, client: Clients, session: AsyncSession) -> None:
    for answer in (
        await shop.put("/cdm/follow-ups/123", json={"due_at": TOMORROW}),
        await shop.put("/cdm/follow-ups/123/complete"),
        await shop.delete("/cdm/follow-ups/123"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "no_promise")
    refused = await factories.customer(session, do_not_call_at=NOW)
    await factories.settle(session, refused)
    answer = await shop.post("/cdm/follow-ups", json=PROMISE | {"customerId": refused})
    assert (answer.status_code, answer.json()["code"]) == (409, "calls_forbidden")
    assert (await (await client("read")).delete("/cdm/follow-ups/123")).status_code == 403
