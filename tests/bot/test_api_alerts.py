"""The whole way: what the shop posts over HTTP rings in the chat, and what it posts then ends it on every phone."""

from datetime import datetime, timedelta
from typing import Any

import httpx

from jobs import follow_up_reminders, hot_alerts
from jobs.job import Shop as Business
from tests import factories
from tests.bot.people import Team
from tests.bot.shop import Shop
from tests.factories import NOW


async def minute(chat: Team, now: datetime) -> None:
    chat.at(now)
    await chat.ring(hot_alerts.job(Business()), now)


def checkout(shop: Shop) -> dict[str, Any]:
    return {"customerId": shop.rahim, "stage": "checkout_initiated", "cart_value": 5500, "reason": "High shipping cost"}


async def test_a_dropoff_rings_within_the_minute_and_a_contact_ends_it(
    chat: Team, shop: Shop, api: httpx.AsyncClient
) -> None:
    assert (await api.post("/cdm/dropoff", json=checkout(shop))).status_code == 201
    await minute(chat, NOW + timedelta(minutes=1))
    await chat.nusrat.sees("🚨 Rahim Uddin", "11:10 · ৳5,500")
    chat.at(NOW + timedelta(minutes=3))
    call = {"customerId": shop.rahim, "interaction_type": "call", "outcome": "Interested", "duration_seconds": 60}
    assert (await api.post("/cdm/interactions", json=call)).status_code == 201
    await chat.nusrat.sees("☑️ Rahim Uddin", "closed 11:13")
    assert await shop.rows("SELECT state, closed_why FROM alerts") == [("closed", "contacted")]


async def test_a_batch_rings_too(chat: Team, shop: Shop, api: httpx.AsyncClient) -> None:
    left = {**checkout(shop), "stage": "payment_failed"}
    answer = await api.post("/cdm/events/batch", json={"events": [left]})
    assert answer.json()["accepted"] == 1
    await minute(chat, NOW + timedelta(minutes=1))
    await chat.nusrat.sees("🚨 Rahim Uddin", "Payment failed 11:10 · ৳5,500")


async def test_the_shops_order_ends_it_at_once(chat: Team, shop: Shop, api: httpx.AsyncClient) -> None:
    await api.post("/cdm/dropoff", json=checkout(shop))
    await minute(chat, NOW + timedelta(minutes=1))
    await chat.nusrat.sees("🚨 Rahim Uddin")
    at = NOW + timedelta(minutes=2)
    chat.at(at)
    order = {
        "customerId": shop.rahim,
        "ordered_at": at.isoformat(),
        "status": "pending",
        "items": [{"product": "Honey 1 kg", "quantity": 2, "unit_price": 2750}],
    }
    assert (await api.put("/cdm/orders/shop/O-1", json=order)).status_code == 201
    await chat.nusrat.sees("☑️ Rahim Uddin", "Ordered, ৳5,500")
    assert await shop.rows("SELECT state, closed_why FROM alerts") == [("closed", "ordered")]


async def test_what_is_recovered_no_longer_rings_and_the_last_of_it_ends_it_at_once(
    chat: Team, shop: Shop, api: httpx.AsyncClient
) -> None:
    """What they left days ago rings for nobody."""
    stages = {"add_to_cart": 60 * 72, "checkout_initiated": 2, "payment_failed": 1}
    left = {
        stage: {**checkout(shop), "stage": stage, "occurred_at": (NOW - timedelta(minutes=minutes)).isoformat()}
        for stage, minutes in stages.items()
    }
    ids = {stage: (await api.post("/cdm/dropoff", json=body)).json()["id"] for stage, body in left.items()}
    await minute(chat, NOW + timedelta(minutes=1))
    rung = await chat.nusrat.sees("🚨 Rahim Uddin", "Payment failed 11:09")
    chat.at(NOW + timedelta(minutes=2))
    assert (await api.put(f"/cdm/dropoff/{ids['payment_failed']}/recover")).status_code == 200
    assert (await chat.nusrat.sees("🚨 Rahim Uddin", "Left at checkout 11:08"))["id"] == rung["id"]
    chat.at(NOW + timedelta(minutes=3))
    assert (await api.put(f"/cdm/dropoff/{ids['checkout_initiated']}/recover")).status_code == 200
    ended = await chat.nusrat.sees("☑️ Rahim Uddin", "closed 11:13", "Recovered")
    assert (ended["id"], ended["buttons"]) == (rung["id"], [])
    assert await shop.rows("SELECT state, closed_why FROM alerts") == [("closed", "recovered")]


async def test_nobody_answered_and_a_mailing_leave_it_open(chat: Team, shop: Shop, api: httpx.AsyncClient) -> None:
    await api.post("/cdm/dropoff", json=checkout(shop))
    await minute(chat, NOW + timedelta(minutes=1))
    await chat.nusrat.sees("🚨 Rahim Uddin")
    for sent in ({"interaction_type": "call", "outcome": "No answer"}, {"interaction_type": "sms"}):
        assert (await api.post("/cdm/interactions", json={"customerId": shop.rahim, **sent})).status_code == 201
    assert await shop.rows("SELECT state FROM alerts") == [("open",)]


async def test_a_contact_edits_the_reminder_of_the_call(chat: Team, shop: Shop, api: httpx.AsyncClient) -> None:
    async with chat.sessions.begin() as session:
        await factories.follow_up(session, shop.rahim, chat.nusrat.staff_id, due_at=NOW + timedelta(minutes=5))
    at = NOW + timedelta(minutes=5)
    chat.at(at)
    await chat.ring(follow_up_reminders.job(Business()), at)
    ring = await chat.nusrat.sees("Rahim Uddin", "11:15")
    call = {"customerId": shop.rahim, "interaction_type": "call", "outcome": "kotha hoise"}
    assert (await api.post("/cdm/interactions", json=call)).status_code == 201
    done = await chat.nusrat.sees("Rahim Uddin", "☑️")
    assert (done["id"], done["buttons"]) == (ring["id"], [])
