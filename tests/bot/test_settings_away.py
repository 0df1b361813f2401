"""Days away: announced by oneself or a manager, ended with a tap; and what colleagues see meanwhile."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from cdm_core.words import Language
from tests import factories
from tests.bot.people import Person, Team
from tests.bot.shop import Shop
from tests.factories import NOW

WEEK = timedelta(days=7)


@pytest.fixture
async def tanvir(chat: Team) -> Person:
    await chat.tanvir.speaks(Language.EN)
    return chat.tanvir


def labels(message: dict[str, Any]) -> list[list[str]]:
    return [[button["text"] for button in row] for row in message["buttons"]]


async def leave(chat: Team, person: Person) -> list[tuple[str, str]]:
    await chat.settled()
    async with chat.sessions() as session:
        query = text("SELECT first_day, last_day FROM absences WHERE staff_id = :id ORDER BY first_day")
        rows = await session.execute(query, {"id": person.staff_id})
        return [(f"{row.first_day:%d %b}", f"{row.last_day:%d %b}") for row in rows]


async def opened(person: Person) -> dict[str, Any]:
    await person.say("/settings")
    await person.sees("Settings:")
    await person.press("Away")
    return await person.sees("Your days away")


async def test_today_and_back_with_one_tap(chat: Team, nusrat: Person) -> None:
    menu = await opened(nusrat)
    assert labels(menu) == [["Today", "Tomorrow"], ["Until …", "📅 Pick days"], ["‹ Back"]]
    await nusrat.press("Today")
    away = await nusrat.sees("Your days away", "Sun 22 Nov")
    assert away["id"] == menu["id"]
    assert await leave(chat, nusrat) == [("22 Nov", "22 Nov")]
    await nusrat.press("Back", message=away)
    settings = await nusrat.sees("🏖️ Away until Sun 22 Nov")
    await nusrat.press("I am back")
    back = await nusrat.sees("Settings: Nusrat", "Urgent alerts")
    assert back["id"] == settings["id"]
    assert "Away until" not in back["text"]
    assert await leave(chat, nusrat) == []
    assert await nusrat.press_data("v1:return:1", message=back) in ("", "Old button: send the number again")


async def test_until_a_day(chat: Team, nusrat: Person) -> None:
    await opened(nusrat)
    await nusrat.press("Until …")
    days = await nusrat.sees("Your days away")
    assert labels(days)[:2] == [["Mon 23", "Tue 24", "Wed 25"], ["Thu 26", "Fri 27", "Sat 28"]]
    await nusrat.press("Thu 26")
    await nusrat.sees("Sun 22 – Thu 26 Nov")
    chat.at(NOW + timedelta(days=2))
    await nusrat.say("/settings")
    await nusrat.sees("Away until Thu 26 Nov")
    await nusrat.press("I am back")
    await nusrat.sees("Settings: Nusrat")
    assert await leave(chat, nusrat) == [("22 Nov", "23 Nov")]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("24-26 nov", "Tue 24 – Thu 26 Nov"),
        ("২৪ থেকে ২৬ নভে", "Tue 24 – Thu 26 Nov"),
        ("kal theke 3 din", "Mon 23 – Wed 25 Nov"),
        ("30 nov - 2 dec", "Mon 30 Nov – Wed 2 Dec"),
    ],
)
async def test_days_typed(chat: Team, nusrat: Person, typed: str, said: str) -> None:
    await opened(nusrat)
    await nusrat.press("Pick days")
    await nusrat.sees("Away when?", "24-26 nov")
    await nusrat.say(typed)
    await nusrat.sees("Your days away", said)


async def test_days_typed_in_bengali(chat: Team) -> None:
    await chat.tanvir.say("/settings")
    await chat.tanvir.sees("সেটিংস: Tanvir")
    await chat.tanvir.press("ছুটি")
    await chat.tanvir.sees("আপনার ছুটি", "কোনো ছুটি নেই")
    await chat.tanvir.press("দিন লিখুন")
    await chat.tanvir.sees("ছুটি কবে?")
    await chat.tanvir.say("২৪ থেকে ২৬ নভে")
    await chat.tanvir.sees("মঙ্গল ২৪ – বৃহঃ ২৬ নভে")


async def test_what_is_no_day_is_asked_again_and_what_is_over_refused(chat: Team, nusrat: Person) -> None:
    await opened(nusrat)
    await nusrat.press("Pick days")
    await nusrat.sees("Away when?")
    await nusrat.say("🏖🏖")
    await nusrat.sees("No days in it")
    await nusrat.say("gotokal")
    await nusrat.sees("Those days are over")
    await nusrat.say("1 jan 2030")
    await nusrat.sees("Too long or too far ahead")
    assert await leave(chat, nusrat) == []
    await nusrat.say("24 nov")
    await nusrat.sees("Tue 24 Nov")
    assert await leave(chat, nusrat) == [("24 Nov", "24 Nov")]


async def test_a_note_is_no_answer(chat: Team, nusrat: Person, shop: Shop) -> None:
    await nusrat.say(f"#{shop.rahim}")
    await nusrat.sees("Rahim Uddin")
    await opened(nusrat)
    await nusrat.press("Pick days")
    await nusrat.sees("Away when?")
    await nusrat.say("kotha hoise 3 min, dam beshi")
    await nusrat.sees("Rahim Uddin", "saved")
    assert await leave(chat, nusrat) == []


async def test_old_buttons_and_pressing_twice(chat: Team, nusrat: Person) -> None:
    menu = await opened(nusrat)
    data = f"v1:leave:{nusrat.staff_id}:2026-11-22:2026-11-22"
    for _ in range(2):
        assert await nusrat.press_data(data, message=menu) == ""
    assert await leave(chat, nusrat) == [("22 Nov", "22 Nov")]
    chat.at(NOW + timedelta(days=1))
    assert await nusrat.press_data(data, message=menu) == "That day is over"
    for forged in ("2026-11-26:2026-11-24", "soon:later", "9999-99-99:2026-11-24"):
        toast = await nusrat.press_data(f"v1:leave:{nusrat.staff_id}:{forged}", message=menu)
        assert "Old button" in toast


async def test_agents_decide_for_nobody_else(chat: Team, nusrat: Person) -> None:
    menu = await opened(nusrat)
    for other in (chat.tanvir, chat.farhana, chat.rafiq):
        days = f"{other.staff_id}:2026-11-24:2026-11-24"
        assert "Old button" in await nusrat.press_data(f"v1:leave:{days}", message=menu)
        assert "Old button" in await nusrat.press_data(f"v1:away:{other.staff_id}:menu", message=menu)
        assert await leave(chat, other) == []
    await nusrat.say("/away Tanvir 24 nov")
    await nusrat.sees("/away is for managers")


async def test_a_manager_announces_it_and_they_are_told(chat: Team, farhana: Person, nusrat: Person) -> None:
    await farhana.say("/away nusrat 24-26 nov")
    await farhana.sees("Nusrat: away", "Tue 24 – Thu 26 Nov")
    await nusrat.sees("Farhana: you are away", "Tue 24 – Thu 26 Nov")
    await farhana.say("/away")
    await farhana.sees("Away", "Nusrat: Tue 24 – Thu 26 Nov")
    await farhana.say("/away নুসরাত")
    menu = await farhana.sees("Nusrat: away")
    assert labels(menu)[2] == ["🗑 24 Nov"]
    await farhana.press("24 Nov")
    await farhana.sees("Nusrat: away", "None are booked")
    await nusrat.sees("Farhana: you are back", "Not away: Tue 24 – Thu 26 Nov")
    assert await leave(chat, nusrat) == []
    async with chat.sessions() as session:
        told = "SELECT action, details->>'of' FROM audit_log WHERE action LIKE 'leave%' ORDER BY id"
        acts = await session.execute(text(told))
        assert [tuple(row) for row in acts] == [
            ("leave", str(nusrat.staff_id)),
            ("leave_ended", str(nusrat.staff_id)),
        ]


async def test_a_manager_is_asked_for_the_days_and_for_the_name(chat: Team, farhana: Person, tanvir: Person) -> None:
    await farhana.say("/away tanvir soon")
    await farhana.sees("Tanvir: away when?", "No days in it")
    await farhana.say("kal")
    await farhana.sees("Tanvir: away", "Mon 23 Nov")
    assert await leave(chat, tanvir) == [("23 Nov", "23 Nov")]
    await farhana.say("/away Nobody <b> 24 nov")
    await farhana.sees("Nobody here is “Nobody <b>")
    async with chat.sessions() as session:
        await factories.staff(session, name="Tanvir Ahmed", team_id=chat.team_id)
        await factories.staff(session, name="Tanvir Hasan", team_id=chat.team_id)
        await factories.staff(session, name="Zakir", team_id=await factories.team(session))
        await session.commit()
    await farhana.say("/away tanvir ah 24 nov")
    await farhana.sees("Tanvir Ahmed: away", "Tue 24 Nov")
    await farhana.say("/away tan 24 nov")
    await farhana.sees("“tan”: 3 people", "Tanvir, Tanvir Ahmed, Tanvir Hasan")
    await farhana.say("/away Zakir 24 nov")
    await farhana.sees("Nobody here is “Zakir")


async def test_a_colleague_keeps_the_promise_and_sees_the_customer_meanwhile(
    chat: Team, nusrat: Person, tanvir: Person, shop: Shop
) -> None:
    async with chat.sessions() as session:
        await factories.follow_up(session, shop.rahim, nusrat.staff_id, due_at=NOW - timedelta(hours=1))
        await factories.settle(session, shop.rahim)
    await tanvir.say("01712345678")
    await tanvir.sees("known, with Nusrat")
    await opened(nusrat)
    await nusrat.press("Until …")
    await nusrat.sees("Your days away")
    await nusrat.press("Thu 26")
    await nusrat.sees("Sun 22 – Thu 26 Nov")
    await tanvir.say("/due")
    due = await tanvir.sees("Follow-ups 1, 1 overdue", "Rahim Uddin", "for Nusrat, away until Thu 26 Nov")
    await tanvir.say("/calls")
    await tanvir.sees("⏰ Rahim Uddin", "for Nusrat\noverdue")
    await tanvir.press("1", message=due)
    await tanvir.sees("Rahim Uddin", "owner: Nusrat")
    await opened(nusrat)
    await nusrat.press("I am back")
    await nusrat.sees("Settings: Nusrat")
    await tanvir.say("no answer")
    await tanvir.sees("known, with Nusrat")
    await tanvir.say("/due")
    await tanvir.sees("No call is promised")
    await nusrat.say("/due")
    await nusrat.sees("Rahim Uddin", "overdue")


async def test_what_the_colleague_logs_ends_the_promise(chat: Team, nusrat: Person, tanvir: Person, shop: Shop) -> None:
    async with chat.sessions() as session:
        await factories.follow_up(session, shop.rahim, nusrat.staff_id, due_at=NOW - timedelta(hours=1))
        await factories.settle(session, shop.rahim)
    await opened(nusrat)
    await nusrat.press("Today")
    await nusrat.sees("Sun 22 Nov")
    await tanvir.say("/next")
    await tanvir.sees("Rahim Uddin", "owner: Nusrat", "1 of 1")
    await tanvir.say("kotha hoise 3 min, nibe na")
    await tanvir.sees("Rahim Uddin", "saved")
    await nusrat.say("/due")
    await nusrat.sees("No call is promised")


async def test_a_search_is_no_answer(chat: Team, nusrat: Person, shop: Shop) -> None:
    await opened(nusrat)
    await nusrat.press("Pick days")
    await nusrat.sees("Away when?")
    await nusrat.say("rahim")
    await nusrat.sees("Rahim Uddin", "+880")
    await nusrat.say("24 nov")
    await chat.settled()
    assert await leave(chat, nusrat) == []
