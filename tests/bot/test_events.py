"""/events and the morning list in the chat, with their buttons."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update

from cdm_core.clock import Clock
from cdm_core.tables import staff
from cdm_core.words import Language
from jobs import morning_digest
from jobs.clock import Ticker
from jobs.job import Shop
from tests import factories
from tests.bot.people import Person, Team
from tests.databases import ZONE


async def birthday(chat: Team, owner: Person | None, days_ahead: int, **columns: Any) -> int:
    day = (chat.clock.now() + timedelta(days=days_ahead)).date()
    async with chat.sessions() as session:
        customer = await factories.customer(
            session,
            owner_id=owner and owner.staff_id,
            **{"birth_month": day.month, "birth_day": day.day, "last_name": "", **columns},
        )
        await factories.settle(session, customer)
    return customer


async def tick(chat: Team, now: datetime) -> None:
    chat.at(now)
    async with chat.sessions.begin() as session:
        await session.execute(update(staff).values(created_at=now - timedelta(days=9)))
    await Ticker(chat.sessions, Clock(ZONE), [morning_digest.job(Shop())]).tick(now)


async def test_the_week_ahead(chat: Team, nusrat: Person) -> None:
    await birthday(chat, nusrat, 0, first_name="Salma", phone="01712345678")
    await birthday(chat, nusrat, 1, first_name="Karim")
    await birthday(chat, nusrat, 7, first_name="Seventh")
    await birthday(chat, nusrat, 8, first_name="Eighth")
    await birthday(chat, chat.tanvir, 0, first_name="Colleague")
    await nusrat.say("/events")
    message = await nusrat.sees("Events in 7 d: 3", "1 Salma: birthday", "+880 1712-345678 · not called yet")
    assert "Today\n1 Salma" in message["text"]
    assert "Mon 23\n2 Karim" in message["text"]
    assert "3 Seventh" in message["text"]
    assert "Eighth" not in message["text"]
    assert "Colleague" not in message["text"]
    await nusrat.press("30 d")
    await nusrat.sees("Events in 30 d: 4", "Eighth")


async def test_in_bengali_from_the_keyboard_that_stays(chat: Team, tanvir: Person) -> None:
    await birthday(chat, tanvir, 0, first_name="Salma")
    await tanvir.say("🎂 বিশেষ দিন")
    await tanvir.sees("বিশেষ দিন, ৭ দিন: ১", "আজ\n১ Salma: জন্মদিন", "এখনো কল হয়নি")


async def test_pages_and_cards(chat: Team, nusrat: Person) -> None:
    ids = [await birthday(chat, nusrat, 0, first_name=f"Customer {n}") for n in range(7)]
    await nusrat.say("/events 3")
    first = await nusrat.sees("Events in 3 d: 7")
    assert [button["text"] for button in first["buttons"][0]] == ["1", "2", "3", "4", "5"]
    await nusrat.press("2 more")
    await nusrat.sees("6 Customer 5", "7 Customer 6")
    await nusrat.press("7")
    await nusrat.sees(f"#{ids[6]}")


async def test_nobodys_day(nusrat: Person) -> None:
    await nusrat.say("/events ৩")
    await nusrat.sees("No birthday, no anniversary", "within 3 d")


async def test_odd_arguments(nusrat: Person) -> None:
    for typed, days in (("0", 1), ("9999999", 90), ("soon", 7), ("-5", 7), ("", 7)):
        await nusrat.say(f"/events {typed}")
        await nusrat.sees(f"within {days} d")


async def test_a_manager_sees_the_teams(chat: Team, farhana: Person) -> None:
    await birthday(chat, chat.tanvir, 0, first_name="Of Tanvir")
    await farhana.say("/events")
    await farhana.sees("Of Tanvir")


async def test_in_a_group_nobody_is_named(chat: Team, nusrat: Person) -> None:
    await birthday(chat, nusrat, 0, first_name="Salma")
    await birthday(chat, nusrat, 1, first_name="Karim")
    await nusrat.say("/events", chat="mirpur")
    told = await nusrat.sees("Team Mirpur", "1 birthday", chat="mirpur")
    assert "Salma" not in told["text"]


async def test_the_morning_list_arrives_and_its_buttons_work(chat: Team, nusrat: Person) -> None:
    tuesday = datetime(2026, 11, 24, 9, tzinfo=ZONE)
    chat.at(tuesday)
    salma = await birthday(chat, nusrat, 0, first_name="Salma")
    await birthday(chat, nusrat, 3, first_name="Karim")
    await tick(chat, tuesday)
    message = await nusrat.sees("☀️ Nusrat, Tue 24 Nov", "1 Salma: birthday")
    assert message["silent"]
    await nusrat.press("Week 2")
    await nusrat.sees("Events in 7 d: 2", "Karim")
    await nusrat.press("1", message=message)
    await nusrat.sees(f"#{salma}")


async def test_a_note_by_number_answers_the_morning_list(chat: Team, nusrat: Person) -> None:
    tuesday = datetime(2026, 11, 24, 9, tzinfo=ZONE)
    chat.at(tuesday)
    await birthday(chat, nusrat, 0, first_name="Salma")
    await birthday(chat, nusrat, 0, first_name="Karim")
    await tick(chat, tuesday)
    message = await nusrat.sees("2 Karim: birthday")
    await nusrat.say("2 kotha hoise 3 min", reply_to=message)
    await nusrat.sees("Karim", "3 min")


async def test_the_morning_list_in_bengali(chat: Team, tanvir: Person) -> None:
    await tanvir.speaks(Language.BN)
    tuesday = datetime(2026, 11, 24, 9, tzinfo=ZONE)
    chat.at(tuesday)
    await birthday(chat, tanvir, 0, first_name="Salma")
    await tick(chat, tuesday)
    await tanvir.sees("মঙ্গল ২৪ নভে", "আজ\n১ Salma: জন্মদিন")
