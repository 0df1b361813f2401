"""``/cdm/ai``: the shop's call list with its reasons, the top of it, and one customer of whom it says why not."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import recommendations, thresholds
from cdm_core import staff as people
from cdm_core.db.as_of import set_as_of
from cdm_core.skips import Skip, skip
from cdm_core.tables import recommendation_log
from tests import factories
from tests.factories import NOW
from tests.web.conftest import Clients, Recorded

GUIDES_FIELDS = {
    "customer_id": int,
    "customer_name": str,
    "phone": str,
    "customer_temperature": str,
    "call_priority_score": int,
    "offer_type": str,
    "best_call_time": str,
    "recommended_products": str,
    "next_action": str,
}


@pytest.fixture
async def shop(client: Clients) -> AsyncClient:
    return await client("read")


async def _buyer(session: AsyncSession, *, amount: int = 1000, ordered_days_ago: int = 40, **columns: Any) -> int:
    """Bought honey twice, ten days apart."""
    customer = await factories.customer(session, **columns)
    for back in (ordered_days_ago, ordered_days_ago + 10):
        await factories.order(session, customer, amount=amount, ordered_at=NOW - timedelta(days=back))
    await factories.settle(session, customer)
    return customer


async def _logged(session: AsyncSession) -> list[tuple[int, str, int | None]]:
    log = recommendation_log.c
    rows = await session.execute(select(log.customer_id, log.shown_in, log.rank).order_by(log.rank, log.customer_id))
    return [tuple(row) for row in rows]


async def test_the_guides_example(shop: AsyncClient, session: AsyncSession) -> None:
    john: dict[str, Any] = {
        "first_name": "John",
        "last_name": "Doe",
        "phone": "01712345678",
        "available_time": "10:00-12:00",
    }
    await _buyer(session, id=123, ordered_days_ago=20, **john)
    await factories.dropoff(session, 123, stage="checkout_initiated", cart_value=5500)
    await factories.settle(session, 123)
    answer = await shop.get("/cdm/ai/recommendations", params={"limit": 50})
    assert (answer.status_code, answer.headers["X-Total-Count"]) == (200, "1"), answer.text
    (first,) = answer.json()
    assert {name: type(first[name]) for name in GUIDES_FIELDS} == GUIDES_FIELDS
    assert (first["customer_id"], first["customer_name"], first["phone"]) == (123, "John Doe", "01712345678")
    assert (first["customer_temperature"], first["best_call_time"]) == ("hot", "10:00-12:00")
    assert (first["next_action"], first["next_action_code"]) == ("URGENT: Call within 24 hours", "call_now")
    assert "Honey 1 kg" in first["recommended_products"]
    assert (first["callable"], first["not_callable_because"]) == (True, None)
    cart = first["reasons"][0]
    assert (cart["code"], cart["weight"]) == ("cart", 4)
    assert cart["text"].startswith("Cart ৳5,500")
    alone = (await shop.get("/cdm/ai/recommendation/123")).json()
    assert alone == first | {"rank": None, "part": None}
    top = (await shop.get("/cdm/ai/top-priority", params={"limit": 10})).json()
    assert top == [first]


async def test_everybodys_customers_in_the_order_to_call_in(shop: AsyncClient, session: AsyncSession) -> None:
    nusrat = await factories.staff(session)
    poor = await _buyer(session, owner_id=nusrat, amount=100)
    rich = await _buyer(session, amount=9000)
    promised = await factories.customer(session, owner_id=nusrat)
    await factories.follow_up(session, promised, nusrat, due_at=NOW - timedelta(hours=1))
    cart = await factories.customer(session)
    await factories.dropoff(session, cart)
    await factories.settle(session, promised, cart)
    answer = await shop.get("/cdm/ai/recommendations")
    assert [(row["customer_id"], row["rank"]) for row in answer.json()] == [
        (promised, 1), (cart, 2), (rich, 3), (poor, 4)
    ]  # fmt: skip
    assert [row["part"] for row in answer.json()] == ["due", "cart", None, None]
    assert [row["owner_id"] for row in answer.json()] == [nusrat, None, None, nusrat]


async def test_pages_follow_each_other(shop: AsyncClient, session: AsyncSession) -> None:
    made = [await _buyer(session, amount=1000 - 100 * place) for place in range(5)]
    first = await shop.get("/cdm/ai/recommendations", params={"limit": 2})
    assert [row["customer_id"] for row in first.json()] == made[:2]
    assert not {"X-Total-Count", "X-Total-Capped"} & set(first.headers), "nobody has looked behind the page"
    second = await shop.get("/cdm/ai/recommendations", params={"limit": 2, "offset": 2})
    assert [(row["customer_id"], row["rank"]) for row in second.json()] == [(made[2], 3), (made[3], 4)]
    last = await shop.get("/cdm/ai/recommendations", params={"limit": 2, "offset": 4})
    assert [row["customer_id"] for row in last.json()] == made[4:]
    assert (last.headers["X-Total-Count"], set(last.links)) == ("5", {"prev", "first"})
    assert (await shop.get(first.links["next"]["url"])).json() == second.json()
    assert (await shop.get(second.links["next"]["url"])).json()[0]["customer_id"] == made[4]
    far = await shop.get("/cdm/ai/recommendations", params={"limit": 1000, "offset": 1_000_000})
    assert (far.status_code, far.json()) == (200, [])


async def test_all_times_are_of_one_zone(shop: AsyncClient, session: AsyncSession) -> None:
    """Reckoned, such as the end of today's work, or stored, such as a promise."""
    for told in ({"birth_month": NOW.month, "birth_day": NOW.day}, {}, {}):
        await factories.settle(session, await factories.customer(session, **told))
    rested = await factories.customer(session, id=900)
    await factories.interaction(session, rested, outcome_code="interested", occurred_at=NOW - timedelta(hours=4))
    await factories.settle(session, rested)
    await session.commit()
    listed = (await shop.get("/cdm/ai/recommendations")).json()
    alone = (await shop.get("/cdm/ai/recommendation/900")).json()
    times = [row["deadline"] for row in listed if row["deadline"]] + [alone["callable_from"]]
    assert len(times) >= 2
    assert all(at.endswith("Z") for at in times), times


async def test_the_top_is_the_highest_score_first(shop: AsyncClient, session: AsyncSession) -> None:
    birthday = await factories.customer(session, birth_month=NOW.month, birth_day=NOW.day)
    hot = await factories.customer(session)
    await factories.interaction(session, hot, outcome_code="interested", occurred_at=NOW - timedelta(days=4))
    await factories.settle(session, birthday, hot)
    in_order = (await shop.get("/cdm/ai/recommendations")).json()
    top = (await shop.get("/cdm/ai/top-priority")).json()
    assert [row["customer_id"] for row in in_order] == [birthday, hot]
    assert [(row["customer_id"], row["rank"]) for row in top] == [(hot, 1), (birthday, 2)]
    assert top[0]["call_priority_score"] > top[1]["call_priority_score"]


async def test_pages_of_the_top_are_of_one_list(
    shop: AsyncClient, session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those with a birthday stand first in calling order, those who are interested have the higher scores."""
    made = [await factories.customer(session, birth_month=NOW.month, birth_day=NOW.day) for _ in range(6)]
    for _ in range(6):
        made.append(await factories.customer(session))
        await factories.interaction(session, made[-1], outcome_code="interested", occurred_at=NOW - timedelta(days=4))
    await factories.settle(session, *made)
    whole = (await shop.get("/cdm/ai/top-priority?limit=12")).json()
    assert {row["customer_id"] for row in whole[:6]} == set(made[6:])
    paged = []
    answer = await shop.get("/cdm/ai/top-priority?limit=4")
    for _ in range(3):
        paged += answer.json()
        assert answer.headers.get("X-Total-Count") == (None if len(paged) < 12 else "12")
        answer = await shop.get(answer.links.get("next", answer.links.get("first", {}))["url"])
    assert paged == whole
    assert [row["rank"] for row in paged] == list(range(1, 13))
    monkeypatch.setattr(recommendations, "MOST", 8)
    cut = await shop.get("/cdm/ai/top-priority?limit=5&offset=5")
    assert (len(cut.json()), cut.headers["X-Total-Count"], set(cut.links)) == (3, "8", {"prev", "first"})
    assert cut.headers["X-Total-Capped"] == "true"
    assert (await shop.get("/cdm/ai/recommendations?limit=5&offset=5")).json()[-1]["rank"] == 8


async def test_whom_nobody_is_to_call_is_not_listed_and_says_why(shop: AsyncClient, session: AsyncSession) -> None:
    nusrat = await factories.staff(session)
    refused = await _buyer(session, do_not_call_at=NOW - timedelta(days=1))
    reached = await _buyer(session)
    await factories.interaction(session, reached, outcome_code="connected", occurred_at=NOW - timedelta(days=1))
    tried = await _buyer(session)
    await factories.interaction(session, tried, outcome_code="no_answer", occurred_at=NOW - timedelta(minutes=30))
    claimed = await _buyer(session)
    await factories.claim(session, claimed, nusrat, expires_at=NOW + timedelta(minutes=5))
    await factories.settle(session, refused, reached, tried, claimed)
    assert (await shop.get("/cdm/ai/recommendations")).json() == []
    codes = {}
    for customer in (refused, reached, tried, claimed):
        answer = await shop.get(f"/cdm/ai/recommendation/{customer}")
        assert answer.status_code == 200
        told = answer.json()
        assert told["callable"] is False
        assert told["not_callable_because"]
        codes[customer] = (told["not_callable_code"], told["callable_from"])
    assert codes == {
        refused: ("do_not_call", None),
        reached: ("cooldown", "2026-11-24T05:10:00Z"),
        tried: ("just_tried", "2026-11-22T06:40:00Z"),
        claimed: ("claimed", "2026-11-22T05:15:00Z"),
    }


@pytest.mark.parametrize(
    ("owed", "until"), [(False, "2026-12-22T05:10:00Z"), (True, "2026-11-22T06:10:00Z")], ids=["nothing owed", "owed"]
)
async def test_who_is_left_out_by_a_bad_suggestion_is_on_no_list_and_says_why(
    shop: AsyncClient, session: AsyncSession, owed: bool, until: str
) -> None:
    """For a month, or for an hour where an order waits to be confirmed; nor do they count as shown."""
    customer, nusrat = await _buyer(session), await people.get(session, await factories.staff(session))
    if owed:
        await factories.order(session, customer, status="pending", ordered_at=NOW - timedelta(days=1))
    await skip(session, nusrat, customer, Skip.BAD_SUGGESTION, now=NOW, thresholds=await thresholds.load(session))
    await factories.settle(session, customer)
    assert (await shop.get("/cdm/ai/recommendations")).json() == []
    await set_as_of(session, NOW)
    assert (await session.execute(text("SELECT customer_id FROM ai_call_recommendations"))).all() == []
    told = (await shop.get(f"/cdm/ai/recommendation/{customer}", params={"shown": "true"})).json()
    assert (told["callable"], told["not_callable_code"], told["callable_from"]) == (False, "left_out", until)
    assert told["not_callable_because"] == "A colleague found the suggestion to call them bad"
    assert await _logged(session) == []


async def test_shown_ones_are_noted_for_learning_and_audited(
    shop: AsyncClient, session: AsyncSession, audited: Callable[[], Awaitable[list[Recorded]]]
) -> None:
    rich, poor = await _buyer(session, amount=9000), await _buyer(session, amount=100)
    await shop.get("/cdm/ai/recommendations", params={"limit": 1, "shown": "true"})
    assert await _logged(session) == [(rich, "api", 1)]
    await shop.get(f"/cdm/ai/recommendation/{poor}")
    assert await _logged(session) == [(rich, "api", 1)], "a program alone has read it"
    await shop.get(f"/cdm/ai/recommendation/{poor}", params={"shown": "true"})
    assert await _logged(session) == [(rich, "api", 1), (poor, "api", None)]
    listed, _, one = await audited()
    assert (listed.actor, listed.action) == ("key:shop-0", "GET /cdm/ai/recommendations")
    assert listed.details == {"customers": [rich]}
    assert (one.action, one.customer_id) == ("GET /cdm/ai/recommendation/{customer_id}", poor)


@pytest.mark.parametrize("path", ["/cdm/ai/recommendations", "/cdm/ai/top-priority"])
async def test_a_list_that_nobody_is_shown_is_no_part_of_what_is_measured(
    shop: AsyncClient, session: AsyncSession, path: str
) -> None:
    customer = await _buyer(session)
    assert [one["customer_id"] for one in (await shop.get(path)).json()] == [customer]
    assert await _logged(session) == []


async def test_the_held_out_are_noted_and_not_shown(shop: AsyncClient, session: AsyncSession) -> None:
    await session.execute(text("UPDATE settings SET value = '0.9999999' WHERE key = 'hold_out_share'"))
    held = await _buyer(session)
    assert (await shop.get("/cdm/ai/recommendations", params={"shown": "true"})).json() == []
    row = (await session.execute(select(recommendation_log))).one()
    assert (row.customer_id, row.held_out, row.staff_id) == (held, True, None)


async def test_in_bengali(shop: AsyncClient, session: AsyncSession) -> None:
    customer = await _buyer(session)
    answer = await shop.get(f"/cdm/ai/recommendation/{customer}", params={"language": "bn"})
    assert any("\u0980" <= letter <= "\u09ff" for letter in answer.json()["next_action"])


async def test_markup_in_names_is_text(shop: AsyncClient, session: AsyncSession) -> None:
    customer = await _buyer(session, first_name="<b>&", last_name="'\"")
    told = (await shop.get(f"/cdm/ai/recommendation/{customer}")).json()
    assert told["customer_name"] == "<b>& '\""


@pytest.mark.parametrize("path", ["/cdm/ai/recommendations", "/cdm/ai/top-priority"])
@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "offset=-1", "language=xx", "owner=1"])
async def test_what_cannot_be_asked(shop: AsyncClient, path: str, query: str) -> None:
    assert (await shop.get(f"{path}?{query}")).status_code == 422


async def test_of_nobody(shop: AsyncClient, client: Clients, session: AsyncSession) -> None:
    assert (await shop.get("/cdm/ai/recommendation/4711")).status_code == 404
    assert (await shop.get("/cdm/ai/recommendation/shop:nobody")).status_code == 404
    page, origin = await client("ingest", origins=("https://shop.example",)), {"Origin": "https://shop.example"}
    assert (await page.get("/cdm/ai/recommendations", headers=origin)).status_code == 403
    assert (await (await client(None)).get("/cdm/ai/recommendations")).status_code == 401
