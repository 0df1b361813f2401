"""/help and /settings, and with them the whole way in and out."""

from sqlalchemy import text

from tests.bot.people import Person, Team


async def test_help_in_english(nusrat: Person) -> None:
    await nusrat.say("/help")
    message = await nusrat.sees("What you can type", "/settings")
    assert "/help" in message["text"]


async def test_help_in_bengali(tanvir: Person) -> None:
    await tanvir.say("/help")
    await tanvir.sees("/settings", "নাম্বার")


async def test_a_round_trip_leaves_no_words_behind(chat: Team, nusrat: Person) -> None:
    await nusrat.say("/help")
    await nusrat.sees("/settings")
    await chat.settled()
    async with chat.sessions() as session:
        update = (await session.execute(text("SELECT state, body, attempts FROM inbox"))).one()
        assert update == ("done", None, 0)
        message = (await session.execute(text("SELECT state, payload, attempts, kind FROM outbox"))).one()
        assert message == ("sent", None, 1, "reply")
        assert (await session.execute(text("SELECT action FROM audit_log"))).scalars().all() == ["/help"]


async def test_the_language_is_switched_in_place(nusrat: Person) -> None:
    await nusrat.say("/settings")
    shown = await nusrat.sees("Settings: Nusrat", "English")
    await nusrat.press("বাংলা")
    changed = await nusrat.sees("সেটিংস", "বাংলা")
    assert changed["id"] == shown["id"]
    await nusrat.sees("এই বাটনগুলো নিচে থাকবে")
    await nusrat.press("English")
    await nusrat.sees("Settings: Nusrat")


async def test_the_hour_of_the_list(chat: Team, nusrat: Person) -> None:
    await nusrat.say("/settings")
    await nusrat.sees("Morning list: 09:00")
    await nusrat.press("11:00")
    await nusrat.sees("Morning list: 11:00")


async def test_pressing_twice_is_harmless(chat: Team, nusrat: Person) -> None:
    await nusrat.say("/settings")
    await nusrat.sees("Morning list: 09:00")
    await nusrat.press("11:00")
    await nusrat.press("11:00")
    await nusrat.sees("Morning list: 11:00")
    await chat.settled()
    async with chat.sessions() as session:
        states = (await session.execute(text("SELECT DISTINCT state FROM outbox"))).scalars().all()
    assert states == ["sent"]
