"""Whether all calls are to stop, beside what the shop's programs tell and ask: chat and API leave out the same."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from cdm_core.tables import customers
from tests.bot.people import Person, Team
from tests.bot.shop import Shop
from tests.bot.test_stop_calls import WAITS, asks, now_says
from tests.factories import NOW

CALL = {"interaction_type": "call", "outcome": "Connected"}
LATER = NOW + timedelta(hours=1)


async def told(chat: Team, shop: Shop, api: httpx.AsyncClient, **contact: Any) -> None:
    """Another system tells of a contact, an hour after the note."""
    chat.at(LATER)
    answer = await api.post("/cdm/interactions", json={"customerId": shop.rahim, **contact})
    assert answer.status_code == 201, answer.text


async def listed(api: httpx.AsyncClient, path: str) -> list[str]:
    answer = await api.get(path)
    assert answer.status_code == 200, answer.text
    return [row["name"] for row in answer.json()]


@pytest.mark.parametrize(
    "contact",
    [
        {**CALL, "occurred_at": (NOW - timedelta(minutes=5)).isoformat()},  # the very call that the note tells of
        {"interaction_type": "call", "outcome": "No answer"},
        {"interaction_type": "call", "outcome": "Wrong number"},
        {"interaction_type": "sms"},
        {"interaction_type": "whatsapp", "interaction_direction": "inbound"},
    ],
)
async def test_what_is_no_talk_since_leaves_it_open(
    chat: Team, shop: Shop, nusrat: Person, api: httpx.AsyncClient, contact: dict[str, Any]
) -> None:
    asked = await asks(shop, nusrat)
    await told(chat, shop, api, **contact)
    assert await shop.rows("SELECT customer_id FROM calls_held") == [(shop.rahim,)]
    assert (await now_says(chat, nusrat, asked))["buttons"] == asked["buttons"]
    await nusrat.say(f"/customer {shop.rahim}")
    await nusrat.sees("Rahim Uddin", WAITS)


async def test_a_talk_that_the_telephone_system_tells_of_answers_it(
    chat: Team, shop: Shop, nusrat: Person, api: httpx.AsyncClient
) -> None:
    asked = await asks(shop, nusrat)
    await told(chat, shop, api, **CALL)
    assert await shop.rows("SELECT customer_id FROM calls_held") == []
    left = await now_says(chat, nusrat, asked)
    assert left["text"].endswith("stop all calls?\nTalked to since")
    assert left["buttons"] == []
    await nusrat.say(f"/customer {shop.rahim}")
    assert WAITS not in (await nusrat.sees("Rahim Uddin", "Dhaka"))["text"]


async def test_a_wish_that_a_program_tells_of_answers_it(
    chat: Team, shop: Shop, nusrat: Person, api: httpx.AsyncClient
) -> None:
    asked = await asks(shop, nusrat)
    await told(chat, shop, api, interaction_type="call", outcome="Do not call")
    left = await now_says(chat, nusrat, asked)
    assert left["text"].endswith("stop all calls?\nAnswered elsewhere")
    assert left["buttons"] == []


async def test_chat_and_api_leave_out_the_same_occasions(
    chat: Team, shop: Shop, nusrat: Person, api: httpx.AsyncClient
) -> None:
    async def everywhere() -> list[bool]:
        await nusrat.say("/events")
        chat_tells = "Rahim" in (await nusrat.sees("day"))["text"]
        paths = ("/cdm/events/birthdays?days=7", "/cdm/events/today")
        return [chat_tells, *["Rahim Uddin" in await listed(api, path) for path in paths]]

    async with chat.sessions.begin() as session:
        born = update(customers).where(customers.c.id == shop.rahim).values(date_of_birth=date(1990, 11, 22))
        await session.execute(born)
    assert await everywhere() == [True, True, True]
    await asks(shop, nusrat)
    assert await everywhere() == [False, False, False]
    await nusrat.press("Keep calling")
    await nusrat.sees("calls go on")
    assert await everywhere() == [True, True, True]
