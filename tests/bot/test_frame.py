"""Who is answered, how, and what is left alone."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.sandbox.client import SandboxError
from cdm_core.words import Language
from tests.bot.people import Person, Team


async def silent(chat: Team, person: Person) -> None:
    """Nothing was said to this person since their last act, now that all is worked off."""
    await chat.polled()
    await chat.settled()
    with pytest.raises(SandboxError, match="no such message"):
        await chat.sandbox.wait_for(person.key, timeout=0)


async def actions(chat: Team) -> list[str]:
    async with chat.sessions() as session:
        return list((await session.execute(text("SELECT action FROM audit_log ORDER BY id"))).scalars())


async def test_an_unknown_command_names_the_closest(nusrat: Person) -> None:
    await nusrat.say("/setings now")
    await nusrat.sees("/setings is not a command here", "/settings")


async def test_an_unknown_command_in_bengali(tanvir: Person) -> None:
    await tanvir.say("/xyzzy")
    await tanvir.sees("/xyzzy নামে কমান্ড নেই")


async def test_commands_are_known_in_any_case_and_by_the_bots_name(nusrat: Person) -> None:
    await nusrat.say("/HELP@cdm_demo_bot")
    await nusrat.sees("What you can type")


async def test_a_strangers_words_are_met_with_silence(chat: Team, stranger: Person) -> None:
    for words in ("/help", "hello", "/customer 5678", "01712345678"):
        await stranger.say(words)
        await silent(chat, stranger)
    assert await actions(chat) == []


async def test_a_removed_person_is_a_stranger(chat: Team, nusrat: Person) -> None:
    async with chat.sessions.begin() as session:
        await session.execute(text("UPDATE staff SET active = false WHERE id = :id"), {"id": nusrat.staff_id})
    await nusrat.say("/help")
    await silent(chat, nusrat)


async def test_a_group_gets_no_personal_commands(chat: Team, nusrat: Person) -> None:
    await nusrat.say("/customer 5678", chat="mirpur")
    await nusrat.sees("in private only", chat="mirpur")


async def test_a_group_is_not_answered_to_talk_or_to_what_is_no_command(chat: Team, nusrat: Person) -> None:
    await chat.sandbox.mark("mirpur")
    await nusrat.say("/nonsense", chat="mirpur")
    await nusrat.say("hello everybody", chat="mirpur")
    await chat.polled()
    await chat.settled()
    with pytest.raises(SandboxError, match="no such message"):
        await chat.sandbox.wait_for("mirpur", timeout=0)


async def test_an_old_button_is_harmless_and_told(nusrat: Person) -> None:
    await nusrat.say("/settings")
    shown = await nusrat.sees("Settings")
    assert "Old button" in await nusrat.press_data("v0:whatever:1", message=shown)
    assert "Old button" in await nusrat.press_data("nonsense", message=shown)


async def test_a_forged_button_changes_nothing_for_a_stranger(chat: Team, nusrat: Person, stranger: Person) -> None:
    await stranger.say("hello")
    async with chat.sessions() as session:
        before = (await session.execute(text("SELECT language, digest_time FROM staff ORDER BY id"))).all()
        await chat.polled()
        await chat.settled()
        assert (await session.execute(text("SELECT language, digest_time FROM staff ORDER BY id"))).all() == before


async def test_every_deed_is_audited(chat: Team, nusrat: Person) -> None:
    await nusrat.say("/settings")
    await nusrat.sees("Settings")
    await nusrat.press("10:00")
    await nusrat.sees("10:00")
    assert await actions(chat) == ["/settings", "press:digest"]


async def test_a_voice_note_with_no_customer_open_is_asked_about(chat: Team, nusrat: Person) -> None:
    await chat.sandbox.send_file(nusrat.key, b"OggS", name="v.ogg", kind="voice", mime="audio/ogg")
    await nusrat.sees("Whose")


async def test_who_blocks_the_bot_is_marked_and_welcome_back(chat: Team, nusrat: Person) -> None:
    await chat.sandbox.block(nusrat.key)
    await chat.polled()
    await chat.settled()
    blocked = text("SELECT blocked_at IS NOT NULL FROM chats WHERE chat_id = :chat")
    async with chat.sessions() as session:
        assert (await session.execute(blocked, {"chat": nusrat.user_id})).scalar_one()
    assert await actions(chat) == ["chat_blocked"]
    await chat.sandbox.block(nusrat.key, False)
    await nusrat.say("/help")
    await nusrat.sees("What you can type")
    async with chat.sessions() as session:
        assert not (await session.execute(blocked, {"chat": nusrat.user_id})).scalar_one()


async def test_a_group_that_becomes_a_supergroup_is_followed(chat: Team, nusrat: Person) -> None:
    await chat.sandbox.add_group("dhaka", "Team Dhaka", "nusrat")
    await nusrat.say("/customer 1", chat="dhaka")
    await nusrat.sees("in private only", chat="dhaka")
    new = await chat.sandbox.migrate("dhaka")
    await chat.polled()
    await chat.settled()
    async with chat.sessions() as session:
        titles = await session.execute(text("SELECT title FROM chats WHERE chat_id = :id"), {"id": new})
        assert titles.scalars().all() == ["Team Dhaka"]


async def test_the_present_is_the_injected_clocks(chat: Team, nusrat: Person) -> None:
    chat.at(chat.clock.moment + timedelta(days=3))
    await nusrat.say("/help")
    await nusrat.sees("What you can type")
    async with chat.sessions() as session:
        assert (await session.execute(text("SELECT at FROM audit_log"))).scalar_one() == chat.clock.moment


async def test_the_menu_is_told_in_both_languages(chat: Team, nusrat: Person, tanvir: Person) -> None:
    english = {one["command"]: one["description"] for one in await chat.sandbox.commands("nusrat")}
    bengali = {one["command"]: one["description"] for one in await chat.sandbox.commands("tanvir")}
    assert english["help"] == "what you can type"
    assert english.keys() == bengali.keys()
    assert all(english[name] != bengali[name] for name in english)
    assert await chat.sandbox.commands("nusrat", chat="mirpur") == []


async def test_a_person_may_change_the_language_meanwhile(chat: Team, tanvir: Person) -> None:
    await tanvir.speaks(Language.EN)
    await tanvir.say("/help")
    await tanvir.sees("What you can type")
