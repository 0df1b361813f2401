"""/settings: working days and alerts, each changed in place; and what stays right after the language is switched."""

from typing import Any

from sqlalchemy import text

from cdm_core.words import Language
from tests.bot.people import Person, Team


def labels(message: dict[str, Any]) -> list[list[str]]:
    return [[button["text"] for button in row] for row in message["buttons"]]


async def stored(chat: Team, person: Person) -> tuple[list[int], bool]:
    await chat.settled()
    async with chat.sessions() as session:
        query = text("SELECT working_days, alerts FROM staff WHERE id = :id")
        row = (await session.execute(query, {"id": person.staff_id})).one()
        return list(row.working_days), row.alerts


async def test_a_day_on_and_a_day_off_in_place(chat: Team, nusrat: Person) -> None:
    await nusrat.say("/settings")
    shown = await nusrat.sees("📅 Works Sun Mon Tue Wed Thu")
    await nusrat.press("Workdays")
    days = await nusrat.sees("📅 Works Sun Mon Tue Wed Thu")
    assert days["id"] == shown["id"]
    assert labels(days) == [["Sat", "☑️ Sun", "☑️ Mon", "☑️ Tue"], ["☑️ Wed", "☑️ Thu", "Fri"], ["‹ Back"]]
    await nusrat.press("Sat")
    changed = await nusrat.sees("📅 Works every day but Fri")
    assert changed["id"] == shown["id"]
    await nusrat.press("Fri")
    await nusrat.sees("📅 Works every day")
    await nusrat.press("Sun")
    await nusrat.sees("📅 Works every day but Sun")
    assert await stored(chat, nusrat) == ([1, 2, 3, 4, 5, 6], True)
    await nusrat.press("Back")
    assert labels(await nusrat.sees("📅 Works every day but Sun"))[1] == ["07:00", "08:00", "09:00"]


async def test_one_day_stays(chat: Team, nusrat: Person) -> None:
    await nusrat.say("/settings")
    await nusrat.sees("Settings: Nusrat")
    await nusrat.press("Workdays")
    shown = await nusrat.sees("Works Sun Mon Tue Wed Thu")
    for number in (1, 2, 3, 4):
        assert await nusrat.press_data(f"v1:workday:{number}:0", message=shown) == ""
    await nusrat.sees("📅 Works Sun")
    assert await nusrat.press_data("v1:workday:7:0", message=shown) == "At least one working day stays"
    assert (await stored(chat, nusrat))[0] == [7]


async def test_a_day_pressed_twice_and_one_that_is_none(chat: Team, nusrat: Person) -> None:
    await nusrat.say("/settings")
    shown = await nusrat.sees("Settings: Nusrat")
    for _ in range(2):
        assert await nusrat.press_data("v1:workday:6:1", message=shown) == ""
    await nusrat.sees("📅 Works every day but Fri")
    for number in (0, 8, -1, 99):
        assert "Old button" in await nusrat.press_data(f"v1:workday:{number}:1", message=shown)
    assert (await stored(chat, nusrat))[0] == [1, 2, 3, 4, 6, 7]


async def test_alerts_off_and_on(chat: Team, nusrat: Person) -> None:
    await nusrat.say("/settings")
    shown = await nusrat.sees("🚨 Urgent alerts: on")
    await nusrat.press("Alerts off")
    off = await nusrat.sees("🚨 Urgent alerts: off")
    assert off["id"] == shown["id"]
    assert (await stored(chat, nusrat))[1] is False
    await nusrat.press("Alerts on")
    await nusrat.sees("🚨 Urgent alerts: on")


async def test_in_bengali(tanvir: Person) -> None:
    await tanvir.say("/settings")
    await tanvir.sees("📅 কাজ রবি সোম মঙ্গল বুধ বৃহঃ", "🚨 জরুরি অ্যালার্ট: চালু")
    await tanvir.press("কাজের দিন")
    await tanvir.sees("📅 কাজ রবি")
    await tanvir.press("শনি")
    await tanvir.sees("📅 শুক্র বাদে প্রতিদিন কাজ")


async def test_the_keys_that_stay_work_in_either_language_after_a_switch(chat: Team, nusrat: Person) -> None:
    old = ["▶️ Next", "📞 Calls", "⏰ Due", "🎂 Events", "📊 My day"]
    new = ["▶️ পরের জন", "📞 কল লিস্ট", "⏰ ফলো-আপ", "🎂 বিশেষ দিন", "📊 আমার দিন"]
    said = ["এখন কল দেওয়ার কেউ নেই", "এখন কল দেওয়ার কেউ নেই", "কাউকে কল দেওয়ার কথা নেই", "বিশেষ দিন নেই", "Nusrat, আজ"]
    await nusrat.say("/settings")
    await nusrat.sees("Settings: Nusrat")
    await nusrat.press("বাংলা")
    await nusrat.sees("এই বাটনগুলো নিচে থাকবে")
    for typed in (old, new):
        for label, answer in zip(typed, said, strict=True):
            await nusrat.say(label)
            await nusrat.sees(answer)
    await nusrat.speaks(Language.EN)


async def test_in_a_group_nothing_is_changed_or_told(chat: Team, nusrat: Person) -> None:
    for command in ("/settings", "/me"):
        await nusrat.say(command, chat="mirpur")
        await nusrat.sees("in private only", chat="mirpur")
