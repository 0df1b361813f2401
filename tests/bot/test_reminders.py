"""Reminders of promised calls as the team sees them: they ring, take an outcome or another time, and say who did it."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update

from cdm_core.tables import absences, customers
from cdm_core.words import Language
from jobs import follow_up_reminders, occasion_reminders
from jobs.job import Shop as Business
from jobs.runner import run_pass
from tests import factories
from tests.bot.people import Person, Team
from tests.bot.shop import Shop
from tests.factories import NOW

SIX = NOW.replace(hour=18, minute=0)
OUTCOMES = [["✅ Order", "📵 No answer", "⏰ Later"], ["🙅 No", "⋯ Card"]]


async def minute(chat: Team, now: datetime) -> None:
    await chat.ring(follow_up_reminders.job(Business()), now)


async def rings(shop: Shop, customer_id: int, person: Person, due_at: datetime = SIX, **columns: Any) -> dict[str, Any]:
    """A call promised for ``due_at`` rings with the person: the message."""
    async with shop.team.sessions() as session:
        await factories.follow_up(session, customer_id, person.staff_id, due_at=due_at, **columns)
        await factories.settle(session, customer_id)
    await minute(shop.team, due_at)
    return await person.sees("⏰")


def labels(message: dict[str, Any]) -> list[list[str]]:
    return [[button["text"] for button in row] for row in message["buttons"]]


def data(message: dict[str, Any], label: str) -> str:
    buttons = [button for row in message["buttons"] for button in row if label in button["text"]]
    return str(buttons[0]["callback_data"])


async def now_says(chat: Team, message: dict[str, Any], person: Person) -> dict[str, Any]:
    """The message as it reads by now."""
    await chat.polled()
    await chat.settled()
    (found,) = [one for one in await chat.sandbox.messages(person.key) if one["id"] == message["id"]]
    return found


async def test_it_rings_and_done_asks_how_it_went(shop: Shop, nusrat: Person) -> None:
    message = await rings(shop, shop.rahim, nusrat)
    assert message["text"].startswith(f"⏰ 18:00 · Rahim Uddin #{shop.rahim}\n+880 1712-345678")
    assert not message.get("silent")
    await nusrat.press("Done")
    asked = await nusrat.sees("How did it go?", "It stays due until you tap one.")
    assert asked["id"] == message["id"]
    assert labels(asked) == OUTCOMES
    assert await shop.promised(shop.rahim) == ["22 18:00"], "nothing counts as done without an outcome"
    await nusrat.press("Order")
    done = await nusrat.sees("☑️ Rahim Uddin", "Nusrat: ✅ order")
    assert done["id"] == message["id"]
    assert done["buttons"] == []
    await nusrat.sees("saved")
    assert await shop.promised(shop.rahim) == []


async def test_in_bengali(chat: Team, shop: Shop) -> None:
    await rings(shop, shop.sumaiya, chat.tanvir)
    await chat.tanvir.sees("⏰ সন্ধ্যা ৬টা · Sumaiya Akter")
    await chat.tanvir.press("হয়েছে")
    await chat.tanvir.sees("❓ কী হলো?")
    await chat.tanvir.press("নেবে না")
    await chat.tanvir.sees("☑️ Sumaiya Akter", "Tanvir: 🙅")


async def test_no_answer_leaves_it_promised(shop: Shop, nusrat: Person) -> None:
    message = await rings(shop, shop.rahim, nusrat)
    await nusrat.press("Done")
    await nusrat.sees("How did it go?")
    await nusrat.press("No answer")
    await nusrat.sees("no answer", "Call again")
    assert labels(await now_says(shop.team, message, nusrat)) == OUTCOMES
    await nusrat.press("20:00")
    replaced = await nusrat.sees("☑️ Rahim Uddin", "Nusrat: 📵 no answer", "⏰ Today 20:00")
    assert replaced["id"] == message["id"]
    assert await shop.promised(shop.rahim) == ["22 20:00"]
    await minute(shop.team, SIX + timedelta(hours=2))
    await nusrat.sees("⏰ 20:00 · Rahim Uddin")


async def test_two_hours_later_it_rings_again(shop: Shop, nusrat: Person) -> None:
    message = await rings(shop, shop.rahim, nusrat)
    await nusrat.press("+2 h")
    moved = await nusrat.sees("⏰ Rahim Uddin", "call moved", "Today 20:00")
    assert moved["id"] == message["id"]
    assert await shop.logged(shop.rahim) == [], "no contact"
    await minute(shop.team, SIX + timedelta(minutes=1))
    await minute(shop.team, SIX + timedelta(hours=2))
    await nusrat.sees("⏰ 20:00 · Rahim Uddin")


async def test_tomorrow_and_undone(shop: Shop, nusrat: Person) -> None:
    await rings(shop, shop.rahim, nusrat)
    await nusrat.press("Tomorrow")
    await nusrat.sees("call moved", "Tomorrow, Mon 23 Nov 10:00")
    await nusrat.press("Undo")
    await nusrat.sees("undone", "Today 18:00")
    assert await shop.promised(shop.rahim) == ["22 18:00"]
    await minute(shop.team, SIX + timedelta(minutes=5))
    assert len([one for one in await nusrat.screen() if one.startswith("⏰ 18:00")]) == 0, "it does not ring twice"


async def test_another_time_is_typed(shop: Shop, nusrat: Person) -> None:
    await rings(shop, shop.rahim, nusrat)
    await nusrat.press("Pick")
    await nusrat.sees("Rahim Uddin")
    await nusrat.say("kal 4tay")
    await nusrat.sees("call moved", "Tomorrow, Mon 23 Nov 16:00")


async def test_a_typed_time_takes_the_buttons_of_the_reminder_and_ends_its_question(shop: Shop, nusrat: Person) -> None:
    message = await rings(shop, shop.rahim, nusrat)
    await nusrat.press("Pick", message=message)
    await nusrat.sees("Rahim Uddin", "call again when?")
    await nusrat.say("kal 4tay")
    await nusrat.sees("call moved", "Tomorrow, Mon 23 Nov 16:00")
    told = await now_says(shop.team, message, nusrat)
    assert (told["text"], told["buttons"]) == (
        f"⏰ Rahim Uddin #{shop.rahim}: call moved\nTomorrow, Mon 23 Nov 16:00",
        [],
    )
    assert not [one for one in await nusrat.screen() if "call again when?" in one]


async def test_the_card_and_a_reply(shop: Shop, nusrat: Person) -> None:
    message = await rings(shop, shop.rahim, nusrat)
    await nusrat.press("Card", message=message)
    await nusrat.sees("Rahim Uddin", "Dhaka")
    await nusrat.say("kotha hoise 3 min, dam beshi, kal 6tay call", reply_to=message)
    await nusrat.sees("Rahim Uddin", "saved", "Tomorrow, Mon 23 Nov 18:00")
    await nusrat.sees("☑️ Rahim Uddin", "Nusrat: ⏰ call back")


async def test_a_colleague_who_called_first_is_named_and_undo_brings_it_back(shop: Shop, chat: Team) -> None:
    message = await rings(shop, shop.rahim, chat.nusrat)
    note = await chat.farhana.say(f"#{shop.rahim} kotha hoise")
    await chat.farhana.sees("saved")
    done = await chat.nusrat.sees("☑️ Rahim Uddin", "Farhana: talked")
    assert (done["id"], done["buttons"]) == (message["id"], [])
    assert (await chat.nusrat.press_data(data(message, "Done"), message=message)) == "Already done, 18:00"
    assert (await chat.nusrat.press_data(data(message, "+2"), message=message)) == "Already done, 18:00"
    await chat.farhana.edits(note, f"#{shop.rahim} no answer")
    await chat.farhana.sees("no answer")
    again = await now_says(chat, message, chat.nusrat)
    assert again["text"].startswith("⏰ 18:00 · Rahim Uddin")
    assert labels(again) == [["☑️ Done", "+2 h"], ["Tomorrow", "📅 Pick", "⋯ Card"]]
    await chat.farhana.say(f"#{shop.rahim} order confirmed 500")
    await chat.nusrat.sees("Farhana: ✅ order")
    await chat.farhana.say("/undo")
    await chat.farhana.sees("undone")
    assert (await now_says(chat, message, chat.nusrat))["text"].startswith("⏰ 18:00 · Rahim Uddin")


async def test_one_that_the_reader_deleted_comes_back_once_and_goes_on(shop: Shop, chat: Team, nusrat: Person) -> None:
    message = await rings(shop, shop.rahim, nusrat)
    await chat.sandbox.fault(
        "bad_request", "editMessageText", count=1, description="Bad Request: message to edit not found"
    )
    await chat.farhana.say(f"#{shop.rahim} kotha hoise")
    anew = await nusrat.sees("☑️ Rahim Uddin", "Farhana: talked")
    assert anew["id"] != message["id"]
    await chat.farhana.say("/undo")
    await chat.farhana.sees("undone")
    assert (await now_says(chat, anew, nusrat))["text"].startswith("⏰ 18:00 · Rahim Uddin")
    await chat.farhana.say(f"#{shop.rahim} order confirmed 500")
    done = await nusrat.sees("Farhana: ✅ order")
    assert done["id"] == anew["id"]
    assert len([words for words in await nusrat.screen() if "Rahim Uddin" in words]) == 2


async def test_an_old_reminder_moves_no_newer_promise(shop: Shop, nusrat: Person) -> None:
    message = await rings(shop, shop.rahim, nusrat)
    await nusrat.say(f"#{shop.rahim} kotha hoise, kal 6tay call")
    await nusrat.sees("saved")
    await shop.team.settled()
    assert await nusrat.press_data(data(message, "+2"), message=message) == "Already done, 18:00"
    assert await shop.promised(shop.rahim) == ["23 18:00"]


async def test_two_presses_at_once_ask_once(shop: Shop, nusrat: Person) -> None:
    message = await rings(shop, shop.rahim, nusrat)
    await asyncio.gather(*(nusrat.press_data(data(message, "Done"), message=message) for _ in range(2)))
    assert labels(await now_says(shop.team, message, nusrat)) == OUTCOMES


async def test_a_customer_given_away_is_out_of_reach(shop: Shop, chat: Team) -> None:
    message = await rings(shop, shop.rahim, chat.nusrat)
    await shop.give(shop.rahim, chat.tanvir)
    for label in ("Done", "+2"):
        await chat.nusrat.press_data(data(message, label), message=message)
        await chat.nusrat.sees("known, with Tanvir")
    assert await shop.promised(shop.rahim) == ["22 18:00"]


async def test_while_the_owner_is_away_the_colleague_sees_the_card(shop: Shop, chat: Team) -> None:
    await chat.tanvir.speaks(Language.EN)
    async with chat.sessions.begin() as session:
        await session.execute(
            absences.insert().values(
                staff_id=chat.nusrat.staff_id, first_day=NOW.date(), last_day=NOW.date() + timedelta(days=2)
            )
        )
    async with chat.sessions() as session:
        await factories.follow_up(session, shop.rahim, chat.nusrat.staff_id, due_at=SIX)
        await factories.settle(session, shop.rahim)
    await minute(chat, SIX)
    await chat.tanvir.sees("⏰ 18:00 · Rahim Uddin", "for Nusrat, away until Tue 24 Nov")
    await chat.tanvir.press("Card")
    await chat.tanvir.sees("Rahim Uddin", "Dhaka")


async def test_birthdays_of_who_is_away_open_and_log_by_their_number(shop: Shop, chat: Team) -> None:
    await chat.tanvir.speaks(Language.EN)
    nine = NOW.replace(hour=9, minute=0) + timedelta(days=1)
    async with chat.sessions.begin() as session:
        await session.execute(
            update(customers).where(customers.c.id == shop.rahim).values(birth_month=11, birth_day=nine.day)
        )
        await session.execute(
            absences.insert().values(staff_id=chat.nusrat.staff_id, first_day=nine.date(), last_day=nine.date())
        )
    chat.at(nine)
    job = occasion_reminders.job(Business())
    for moment in (nine - timedelta(minutes=1), nine):
        await run_pass(chat.sessions, job, moment)
    message = await chat.tanvir.sees("🎂 Mon 23 Nov: 1 to wish", "1 Rahim Uddin: birthday", "for Nusrat, away until")
    await chat.tanvir.press("1")
    await chat.tanvir.sees(f"#{shop.rahim}", "Dhaka")
    await chat.tanvir.say("1 kotha hoise, khushi", reply_to=message)
    await chat.tanvir.sees("Rahim Uddin", "saved")


async def test_one_that_may_have_arrived_rings_once_more_and_says_so(shop: Shop, chat: Team, nusrat: Person) -> None:
    await chat.sandbox.fault("drop_after", "sendMessage", count=1)
    await rings(shop, shop.rahim, nusrat)
    await nusrat.sees("⏰ 18:00 · Rahim Uddin", "(sent again)")
    await chat.settled()
    assert len([one for one in await nusrat.screen() if "Rahim Uddin" in one]) == 2


async def test_a_time_chosen_after_all_ends_the_question_for_one(shop: Shop, nusrat: Person) -> None:
    message = await rings(shop, shop.rahim, nusrat)
    await nusrat.press("Pick", message=message)
    await nusrat.sees("Rahim Uddin", "call again when?")
    await nusrat.press("Tomorrow", message=message)
    await nusrat.sees("⏰ Rahim Uddin", "call moved", "Tomorrow, Mon 23 Nov 10:00")
    await shop.team.settled()
    assert not [one for one in await nusrat.screen() if "call again when?" in one]
    assert await shop.rows("SELECT count(*) FROM chats WHERE dialog ->> 'name' = 'shift_time'") == [(0,)]
    assert await shop.promised(shop.rahim) == ["23 10:00"]
