"""``/cdm/interactions``: the guide's bodies, any outcome, what follows from a contact, sums."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest
from httpx import AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from tests import factories
from tests.factories import NOW
from tests.web.conftest import Clients, Recorded

GUIDE = {
    "customerId": 123,
    "interaction_type": "call",
    "interaction_direction": "outbound",
    "subject": "Follow-up on recent order",
    "description": "Customer is happy with product, interested in accessories",
    "outcome": "Interested",
    "duration_seconds": 180,
}
EXAMPLE = {
    "customerId": 123,
    "interaction_type": "call",
    "interaction_direction": "outbound",
    "outcome": "Interested",
    "duration_seconds": 180,
}


@pytest.fixture
async def shop(client: Clients, session: AsyncSession) -> AsyncClient:
    await factories.customer(session, id=123)
    await factories.customer_key(session, 123, "C-1")
    await factories.settle(session, 123)
    return await client("read,write")


@pytest.mark.parametrize("body", [GUIDE, EXAMPLE])
async def test_the_guides_contact(
    shop: AsyncClient, body: dict[str, object], audited: Callable[[], Awaitable[list[Recorded]]]
) -> None:
    answer = await shop.post("/cdm/interactions", json=body)
    assert answer.status_code == 201, answer.text
    kept = answer.json()
    assert {name: kept[name] for name in body if name != "customerId"} == {
        name: value for name, value in body.items() if name != "customerId"
    }
    assert (kept["customer_id"], kept["outcome_code"], kept["staff"], kept["source"]) == (
        123,
        "interested",
        None,
        "api",
    )
    listed = await shop.get("/cdm/interactions/123?type=call&limit=20")
    assert (listed.json(), listed.headers["X-Total-Count"]) == ([kept], "1")
    assert (await shop.get("/cdm/customer360/123")).json()["customer_temperature"] == "hot"
    first, *_ = await audited()
    assert (first.actor, first.action, first.customer_id) == ("key:shop-0", "POST /cdm/interactions", 123)


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        ("Interested", "interested"),
        ("NOT INTERESTED", "not_interested"),
        ("No-Answer", "no_answer"),
        ("line_busy", "line_busy"),
        ("Left voicemail", "no_answer"),
        ("ফোন ধরেনি", "no_answer"),
        ("kotha hoise, dam beshi", "connected"),
        ("DNC", "do_not_call"),
        ("Gold tier ✨ <b>'; --", None),
    ],
)
async def test_any_words_are_an_outcome(shop: AsyncClient, outcome: str, code: str | None) -> None:
    kept = (await shop.post("/cdm/interactions", json={**EXAMPLE, "outcome": outcome})).json()
    assert (kept["outcome"], kept["outcome_code"]) == (outcome, code)


async def test_stats(shop: AsyncClient, session: AsyncSession) -> None:
    for channel, direction, outcome, seconds in (
        ("call", "outbound", "connected", 100),
        ("call", "outbound", "no_answer", None),
        ("call", "inbound", None, 50),
        ("whatsapp", "outbound", None, None),
    ):
        await factories.interaction(
            session,
            123,
            interaction_type=channel,
            interaction_direction=direction,
            outcome_code=outcome,
            duration_seconds=seconds,
        )
    await factories.interaction(session, 123, outcome="Gold", undone_at=NOW)
    await factories.settle(session, 123)
    told = (await shop.get("/cdm/interactions/shop:C-1/stats")).json()
    times = [told.pop(name) for name in ("last_contact_at", "last_attempt_at")]
    assert [datetime.fromisoformat(at) for at in times] == [NOW - timedelta(days=1)] * 2
    assert told == {
        "customer_id": 123,
        "total": 4,
        "by_type": {"call": 3, "whatsapp": 1},
        "by_direction": {"outbound": 3, "inbound": 1},
        "by_outcome": {"connected": 1, "no_answer": 1},
        "total_duration_seconds": 150,
        "mean_duration_seconds": 75.0,
        "answered_calls": 1,
        "unanswered_calls": 1,
        "answer_rate": 0.5,
    }


async def test_nobody_was_in_touch_yet(shop: AsyncClient) -> None:
    told = (await shop.get("/cdm/interactions/123/stats")).json()
    assert (told["total"], told["answer_rate"], told["mean_duration_seconds"], told["last_contact_at"]) == (
        0,
        None,
        None,
        None,
    )


async def test_a_contact_keeps_the_promise_to_call(shop: AsyncClient, session: AsyncSession) -> None:
    await factories.follow_up(session, 123, None)
    await session.commit()
    await shop.post("/cdm/interactions", json={**EXAMPLE, "outcome": "no answer"})
    await shop.post("/cdm/interactions", json={"customerId": 123, "interaction_type": "sms"})
    await shop.post("/cdm/interactions", json={**EXAMPLE, "interaction_direction": "inbound"})
    await shop.post("/cdm/interactions", json={**EXAMPLE, "occurred_at": (NOW - timedelta(days=3)).isoformat()})
    assert await _promises(session) == ["open"]
    await shop.post("/cdm/interactions", json=EXAMPLE)
    assert await _promises(session) == ["done"]


async def test_a_call_that_is_promised(shop: AsyncClient, session: AsyncSession) -> None:
    tanvir = await factories.staff(session, name="Tanvir")
    await session.commit()
    at = (NOW + timedelta(hours=5)).isoformat()
    kept = (await shop.post("/cdm/interactions", json={**EXAMPLE, "follow_up_at": at, "staff_id": tanvir})).json()
    assert (kept["follow_up_required"], kept["staff"]) == (True, "Tanvir")
    assert await _promises(session) == ["open"]


async def test_what_is_sent_again_is_kept_once(shop: AsyncClient) -> None:
    again = {"Idempotency-Key": "call-77"}
    first = await shop.post("/cdm/interactions", json=GUIDE, headers=again)
    second = await shop.post("/cdm/interactions", json=GUIDE, headers=again)
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.json() == first.json()
    other = await shop.post("/cdm/interactions", json=EXAMPLE, headers=again)
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    assert (await shop.get("/cdm/interactions/123")).headers["X-Total-Count"] == "1"


async def test_pages_stand(shop: AsyncClient, session: AsyncSession) -> None:
    ids = [await factories.interaction(session, 123) for _ in range(5)]
    await session.commit()
    path: str | None = "/cdm/interactions/123?limit=2"
    seen: list[int] = []
    while path:
        answer = await shop.get(path)
        seen += [row["id"] for row in answer.json()]
        path = answer.links.get("next", {}).get("url")
    assert seen == ids[::-1]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"customerId": 4711}, 404),
        ({"customerId": "shop:nobody"}, 404),
        ({"customerId": 2**63}, 422),
        ({"customerId": "0123"}, 422),
        ({"interaction_type": "fax"}, 422),
        ({"interaction_direction": "up"}, 422),
        ({"outcome": "x" * 101}, 422),
        ({"outcome": "a\x00b"}, 422),
        ({"description": "a\x00b"}, 422),
        ({"duration_seconds": -1}, 422),
        ({"duration_seconds": 2**31}, 422),
        ({"duration_seconds": "180"}, 422),
        ({"occurred_at": "2026-11-22T11:10:00"}, 422),
        ({"occurred_at": 1_700_000_000}, 422),
        ({"occurred_at": "9999-12-31T23:59:59-23:59"}, 422),
        ({"occurred_at": "0001-01-01T00:00:00+23:59"}, 422),
        ({"follow_up_at": (NOW - timedelta(minutes=1)).isoformat()}, 422),
        ({"follow_up_at": "9999-12-31T23:59:59-23:59"}, 422),
        ({"staff_id": 4711}, 404),
        ({"when": "now"}, 422),
    ],
)
async def test_what_is_refused(shop: AsyncClient, change: dict[str, object], status: int) -> None:
    answer = await shop.post("/cdm/interactions", json=EXAMPLE | change)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    assert (await shop.get("/cdm/interactions/123")).json() == []


async def test_a_follow_up_that_is_required_has_a_time(shop: AsyncClient) -> None:
    at = {"follow_up_at": "2026-11-24T10:00:00Z"}
    for wrong in ({"follow_up_required": True}, {"follow_up_required": False, **at}):
        assert (await shop.post("/cdm/interactions", json=EXAMPLE | wrong)).status_code == 422
    kept = await shop.post("/cdm/interactions", json=EXAMPLE | {"follow_up_required": True, **at})
    assert (kept.status_code, kept.json()["follow_up_required"]) == (201, True)
    none = await shop.post("/cdm/interactions", json=EXAMPLE | {"follow_up_required": False})
    assert none.status_code == 201


async def test_scopes(client: Clients, session: AsyncSession) -> None:
    await factories.customer(session, id=123)
    await session.commit()
    assert (await (await client("read")).post("/cdm/interactions", json=EXAMPLE)).status_code == 403
    page = await client("ingest", origins=("https://shop.example",))
    origin = {"Origin": "https://shop.example"}
    assert (await page.get("/cdm/interactions/123", headers=origin)).status_code == 403
    assert (await page.post("/cdm/interactions", json=EXAMPLE, headers=origin)).status_code == 403


async def _promises(session: AsyncSession) -> list[str]:
    found = await session.execute(text("SELECT status FROM follow_ups WHERE customer_id = 123 ORDER BY id"))
    return list(found.scalars())
