"""Urgent alerts as the team sees them: who is rung up, who gets it, and how it ends on everybody's phone."""

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from cdm_core import profile_writes
from cdm_core import staff as people
from cdm_core.access import CustomerRef
from cdm_core.tables import staff
from cdm_core.words import ConsentChannel
from jobs import hot_alerts
from jobs.job import Shop as Business
from jobs.runner import run_pass
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


async def test_a_press_that_it_is_recovered_ends_it(chat: Team, shop: Shop) -> None:
    await payment_fails(shop, shop.rahim, NOW)
    await minute(chat, NOW)
    alert = await chat.nusrat.sees("🚨 Rahim Uddin")
    await chat.nusrat.say(f"#{shop.rahim}")
    await chat.nusrat.sees("Rahim Uddin", "(+")
    await chat.nusrat.press("More")
    await chat.nusrat.sees("· Overview")
    await chat.nusrat.press("Behaviour")
    await chat.nusrat.sees("· Behaviour")
    await chat.nusrat.press("Recovered")
    ended = await chat.nusrat.sees("☑️ Rahim Uddin", "closed", "Recovered")
    assert (ended["id"], ended["buttons"]) == (alert["id"], [])
    assert await shop.rows("SELECT state, closed_why FROM alerts") == [("closed", "recovered")]


async def test_nobody_takes_it_the_lead_does_and_all_copies_say_so(chat: Team, shop: Shop) -> None:
    await payment_fails(shop, shop.rahim, NOW)
    await minute(chat, NOW)
    first = await chat.nusrat.sees("🚨 Rahim Uddin")
    await minute(chat, NOW + timedelta(minutes=10))
    alert = await chat.farhana.sees("🚨 Rahim Uddin", "Unclaimed: rings you again 15:20")
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
        await session.execute(staff.update().where(staff.c.id == chat.tanvir.staff_id).values(working_days=[5]))
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


async def test_claimed_and_not_called_it_rings_at_the_owner_anew_then_goes_up(chat: Team, shop: Shop) -> None:
    await payment_fails(shop, shop.rahim, NOW)
    await minute(chat, NOW)
    first = await chat.nusrat.sees("🚨 Rahim Uddin")
    await minute(chat, NOW + timedelta(minutes=10))
    heard = await chat.farhana.sees("🚨 Rahim Uddin")
    await chat.nusrat.press("I'll call", message=first)
    await chat.farhana.sees("Nusrat is calling")
    await minute(chat, NOW + timedelta(minutes=130))
    again = await chat.nusrat.sees("🚨 Rahim Uddin", "again", "No contact in 2 h, open again", "by 13:30: Farhana")
    assert again["id"] > first["id"]
    old = await chat.nusrat.sees("🚨 Rahim Uddin", "newer one below")
    assert (old["id"], old["buttons"]) == (first["id"], [])
    await minute(chat, NOW + timedelta(minutes=140))
    anew = await chat.farhana.sees("🚨 Rahim Uddin", "again", "Unclaimed: rings you again 17:30")
    assert anew["id"] > heard["id"]
    assert (await chat.farhana.sees("newer one below"))["buttons"] == []
    await minute(chat, NOW + timedelta(minutes=380))
    last = await chat.farhana.sees("🚨 Rahim Uddin", "Unclaimed: rings you Mon 09:00")
    assert last["id"] > anew["id"]
    assert await chat.farhana.press("I'll call", message=last) == "Yours until 19:30"


async def test_a_call_in_vain_is_told_instead_of_no_contact(chat: Team, shop: Shop) -> None:
    await payment_fails(shop, shop.sumaiya, NOW)
    await minute(chat, NOW)
    await chat.tanvir.sees("🚨 Sumaiya Akter", "১১:২০ পর্যন্ত কেউ না নিলে: Farhana")
    await chat.tanvir.press("আমি কল দিচ্ছি")
    await chat.tanvir.press("ধরেনি", message=await chat.tanvir.sees("🙋 Sumaiya Akter"))
    await chat.tanvir.sees("🙋 Sumaiya Akter", "📵 Tanvir ", ", ধরেনি")
    await minute(chat, NOW + timedelta(minutes=130))
    rung = await chat.tanvir.sees("🚨 Sumaiya Akter", "আবার", "📵 Tanvir ", ", ধরেনি")
    assert "যোগাযোগ নেই" not in rung["text"]
    await minute(chat, NOW + timedelta(minutes=140))
    await chat.farhana.sees("🚨 Sumaiya Akter", "📵 Tanvir ", ", not reached")


async def test_what_happens_with_nobody_on_duty_rings_on_sunday_morning(chat: Team, shop: Shop) -> None:
    """Friday 13:15, within the prayer: nobody works before Sunday."""
    friday, sunday = NOW + timedelta(days=5), NOW.replace(hour=9, minute=0) + timedelta(days=7)
    async with chat.sessions.begin() as session:
        await session.execute(staff.update().values(working_days=[7, 1, 2, 3, 4]))
        await factories.dropoff(
            session,
            shop.sumaiya,
            stage="add_to_cart",
            cart_value=Decimal(9000),
            occurred_at=friday.replace(hour=13, minute=20),
        )
    await payment_fails(shop, shop.rahim, friday.replace(hour=13, minute=15))
    for moment in (friday.replace(hour=13, minute=21), friday.replace(hour=14, minute=30), sunday - timedelta(days=1)):
        await minute(chat, moment)
    for person in (chat.nusrat, chat.tanvir, chat.farhana):
        assert [words for words in await person.screen() if "🚨" in words] == []
    await minute(chat, sunday)
    await chat.nusrat.sees("🚨 Rahim Uddin", "Payment failed Fri 27 Nov · ৳5,500", "Unclaimed by 09:10: Farhana")
    await chat.tanvir.sees("🚨 Sumaiya Akter", "কার্টে রেখে গেছে শুক্র ২৭ নভে")


async def test_held_up_till_the_quiet_hours_it_rings_in_the_morning_only(chat: Team, shop: Shop) -> None:
    evening, morning = NOW.replace(hour=20, minute=50), NOW.replace(hour=9, minute=0) + timedelta(days=1)
    await payment_fails(shop, shop.rahim, evening)
    await chat.sandbox.down(seconds=60)
    chat.at(evening)
    await run_pass(chat.sessions, hot_alerts.job(Business()), evening)
    assert await chat.sandbox.ledger(method="sendMessage", count=1, wait=5)
    chat.at(evening + timedelta(minutes=11))
    await chat.sandbox.clear_faults()
    await minute(chat, evening + timedelta(minutes=12))
    assert [words for words in await chat.nusrat.screen() if "🚨" in words] == []
    await minute(chat, morning)
    await chat.nusrat.sees("🚨 Rahim Uddin", "Payment failed yesterday · ৳5,500", "Unclaimed by 09:10: Farhana")
    assert len([words for words in await chat.nusrat.screen() if "🚨" in words]) == 1


async def asked_of_a_day_ago(chat: Team, shop: Shop) -> datetime:
    """Nusrat is told of a failed payment and that Rahim wants no calls; it is a day and more later, nobody answered."""
    await payment_fails(shop, shop.rahim, NOW)
    await minute(chat, NOW)
    await chat.nusrat.sees("🚨 Rahim Uddin", "Payment failed")
    await chat.nusrat.say(f"#{shop.rahim} do not call")
    await chat.nusrat.sees("Rahim Uddin", "stop all calls?")
    later = NOW + timedelta(hours=26)
    await minute(chat, later)
    assert await shop.rows("SELECT state FROM alerts") == [("open",)], "nothing is stale while the question stands"
    return later


@pytest.mark.parametrize("by_hand", [False, True])
async def test_once_calls_go_on_what_was_held_beyond_its_day_rings_anew(chat: Team, shop: Shop, by_hand: bool) -> None:
    later = await asked_of_a_day_ago(chat, shop)
    if by_hand:
        async with chat.sessions.begin() as session:
            person = await people.get(session, chat.nusrat.staff_id)
            rahim = CustomerRef(shop.rahim, "Rahim Uddin", person.id)
            await profile_writes.set_consent(session, person, rahim, ConsentChannel.CALL, True, now=later)
    else:
        await chat.nusrat.press("Keep calling")
        await chat.nusrat.sees("calls go on")
    await minute(chat, later + timedelta(minutes=1))
    await chat.nusrat.sees("🚨 Rahim Uddin", "Payment failed yesterday · ৳5,500", "Unclaimed by 13:21: Farhana")
    assert [words for words in await chat.farhana.screen() if "🚨" in words] == [], "it begins with the owner"
    await minute(chat, later + timedelta(minutes=12))
    await chat.farhana.sees("🚨 Rahim Uddin")


async def test_what_was_answered_while_calls_were_held_rings_no_more(chat: Team, shop: Shop) -> None:
    later = await asked_of_a_day_ago(chat, shop)
    async with chat.sessions() as session:
        await factories.order(session, shop.rahim, amount=5500, ordered_at=later, status="pending")
        await factories.settle(session, shop.rahim)
    await minute(chat, later + timedelta(minutes=1))
    await chat.nusrat.sees("☑️ Rahim Uddin", "closed")
    await chat.nusrat.press("Keep calling")
    await chat.nusrat.sees("calls go on")
    await minute(chat, later + timedelta(minutes=2))
    assert [words for words in await chat.nusrat.screen() if "🚨" in words] == []


async def test_of_a_question_that_nobody_answers_it_ends_with_the_hold(chat: Team, shop: Shop) -> None:
    await asked_of_a_day_ago(chat, shop)
    await minute(chat, NOW + timedelta(days=3, minutes=5))
    await chat.nusrat.sees("☑️ Rahim Uddin", "closed")
    assert await shop.rows("SELECT closed_why FROM alerts") == [("stale",)]
