"""Urgent alerts as the team sees them: who is rung up, who gets it, and how it ends on everybody's phone."""

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal

from jobs import hot_alerts
from jobs.job import Shop as Business
from tests import factories
from tests.bot.people import Team
from tests.bot.shop import Shop
from tests.factories import NOW


async def minute(chat: Team, now: datetime) -> None:
    await chat.ring(hot_alerts.job(Business()), now)


async def payment_fails(shop: Shop, customer_id: int, now: datetime) -> None:
    async with shop.team.sessions() as session:
        await factories.dropoff(session, customer_id, stage="payment_failed", cart_value=Decimal(5500), occurred_at=now)
        await factories.settle(session, customer_id)


async def test_it_rings_at_the_owner_who_takes_it_and_logs_the_order(chat: Team, shop: Shop) -> None:
    await payment_fails(shop, shop.rahim, NOW)
    await minute(chat, NOW + timedelta(minutes=1))
    alert = await chat.nusrat.sees("🚨 Rahim Uddin", "Payment failed 11:10 · ৳5,500", "Unclaimed by 11:21: Farhana")
    assert await chat.nusrat.press("I'll call", message=alert) == "Yours until 13:11"
    await chat.nusrat.sees("🙋 Rahim Uddin", "yours until 13:11")
    await chat.nusrat.say("order confirmed 5500 cod")
    await chat.nusrat.sees("☑️ Rahim Uddin", "closed 11:11", "Nusrat: ✅ order ৳5,500")
    assert await shop.rows("SELECT state, closed_why FROM alerts") == [("closed", "contacted")]


async def test_nobody_takes_it_the_lead_does_and_all_copies_say_so(chat: Team, shop: Shop) -> None:
    await payment_fails(shop, shop.rahim, NOW)
    await minute(chat, NOW)
    first = await chat.nusrat.sees("🚨 Rahim Uddin")
    await minute(chat, NOW + timedelta(minutes=10))
    alert = await chat.farhana.sees("🚨 Rahim Uddin", "Unclaimed by 11:40: managers")
    await chat.farhana.press("I'll call", message=alert)
    taken = await chat.nusrat.sees("🙋 Rahim Uddin", "Farhana is calling")
    assert taken["id"] == first["id"]
    assert taken["buttons"] == []
    assert await chat.nusrat.press_data(first["buttons"][0][0]["callback_data"], message=first) == "Farhana was first"


async def test_of_two_who_press_at_once_one_gets_it(chat: Team, shop: Shop) -> None:
    await payment_fails(shop, shop.rahim, NOW)
    await minute(chat, NOW)
    await minute(chat, NOW + timedelta(minutes=10))
    await chat.nusrat.sees("🚨 Rahim Uddin")
    await chat.farhana.sees("🚨 Rahim Uddin")
    toasts = await asyncio.gather(chat.nusrat.press("I'll call"), chat.farhana.press("I'll call"))
    assert sorted(toast.split()[-1] for toast in toasts) in (["13:20", "first"], ["11:20", "first"])
    assert len(await shop.rows("SELECT claimed_by FROM alerts WHERE state = 'claimed'")) == 1


async def test_no_answer_keeps_it_with_the_caller_and_undo_opens_it_again(chat: Team, shop: Shop) -> None:
    await payment_fails(shop, shop.rahim, NOW)
    await minute(chat, NOW)
    await chat.nusrat.sees("🚨 Rahim Uddin")
    await chat.nusrat.press("I'll call")
    await chat.nusrat.sees("yours until")
    await chat.nusrat.press("No answer")
    await chat.nusrat.sees("no answer")
    assert await shop.rows("SELECT state FROM alerts") == [("claimed",)]
    await chat.nusrat.say(f"#{shop.rahim} kotha hoise")
    await chat.nusrat.sees("☑️ Rahim Uddin", "Nusrat: talked")
    await chat.nusrat.say("/undo")
    await chat.nusrat.sees("🙋 Rahim Uddin", "yours until")


async def test_the_shops_order_ends_it_for_all(chat: Team, shop: Shop) -> None:
    await payment_fails(shop, shop.rahim, NOW)
    await minute(chat, NOW)
    alert = await chat.nusrat.sees("🚨 Rahim Uddin")
    async with chat.sessions() as session:
        await factories.order(session, shop.rahim, amount=5500, status="pending", ordered_at=NOW + timedelta(minutes=2))
        await factories.settle(session, shop.rahim)
    await minute(chat, NOW + timedelta(minutes=3))
    await chat.nusrat.sees("☑️ Rahim Uddin", "Ordered, ৳5,500")
    assert await chat.nusrat.press_data(alert["buttons"][0][0]["callback_data"], message=alert) == "Closed already"


async def test_whom_it_is_told_on_the_owners_day_off_may_open_the_card(chat: Team, shop: Shop) -> None:
    friday = NOW + timedelta(days=5)
    async with chat.sessions.begin() as session:
        await session.execute(
            factories.tables.staff.update()
            .where(factories.tables.staff.c.id == chat.tanvir.staff_id)
            .values(working_days=[5])
        )
    await payment_fails(shop, shop.rahim, friday)
    await minute(chat, friday)
    await chat.tanvir.sees("🚨 Rahim Uddin", "পেমেন্ট ফেইল")
    await chat.tanvir.press("কার্ড")
    await chat.tanvir.sees("Rahim Uddin", "Dhaka")


async def test_an_answer_to_the_alert_is_logged_with_its_customer(chat: Team, shop: Shop) -> None:
    await payment_fails(shop, shop.rahim, NOW)
    await minute(chat, NOW)
    alert = await chat.nusrat.sees("🚨 Rahim Uddin")
    await chat.nusrat.say("talked 2 min, will pay by bkash", reply_to=alert)
    await chat.nusrat.sees("Rahim Uddin", "saved")
    await chat.nusrat.sees("☑️ Rahim Uddin")
