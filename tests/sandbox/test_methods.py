"""The rest of the Bot API: chats, profile, deletion by age, late answers, what a bot forwards."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, MenuButtonCommands
from telegram.error import BadRequest, Forbidden

from bot.sandbox.client import Sandbox
from bot.sandbox.server import running_sandbox
from bot.sandbox.state import State

TANVIR, GROUP = 700100001, -700200001


async def test_chats_and_members(sandbox: Sandbox, bot: Bot) -> None:
    chat = await bot.get_chat(TANVIR)
    assert (chat.type, chat.first_name, chat.username) == ("private", "Tanvir", "tanvir_sales")
    assert (await bot.get_chat(GROUP)).title == "Team Mirpur"
    assert await bot.get_chat_member_count(GROUP) == 4
    assert (await bot.get_chat_administrators(GROUP))[0].status == "creator"
    assert (await bot.get_chat_member(GROUP, 700100005)).status == "left"
    await sandbox.say("tanvir", "hi")
    assert await bot.send_chat_action(TANVIR, "typing")
    with pytest.raises(BadRequest, match=r"(?i)wrong parameter action"):
        await bot.send_chat_action(TANVIR, "dancing")
    assert await bot.leave_chat(GROUP)
    with pytest.raises(Forbidden, match="kicked from the group"):
        await bot.send_message(GROUP, "x")


async def test_profile_and_menu_button(sandbox: Sandbox, bot: Bot) -> None:
    await bot.set_my_description("All customers in one chat")
    await bot.set_my_description("সব কাস্টমার এক চ্যাটে", language_code="bn")
    await bot.set_my_short_description("CDM")
    assert (await bot.get_my_description(language_code="bn")).description == "সব কাস্টমার এক চ্যাটে"
    assert (await bot.get_my_description(language_code="fr")).description == "All customers in one chat"
    assert (await bot.get_my_short_description()).short_description == "CDM"
    await bot.set_chat_menu_button(TANVIR, MenuButtonCommands())
    assert (await bot.get_chat_menu_button(TANVIR)).type == "commands"
    assert (await sandbox.chats("tanvir"))[0]["description"] == "সব কাস্টমার এক চ্যাটে"


async def test_keyboards_change_forwards_and_many_deletions(sandbox: Sandbox, bot: Bot) -> None:
    first = await sandbox.say("tanvir", "hi")
    keys = InlineKeyboardMarkup([[InlineKeyboardButton("open", url="https://x.test")]])
    sent = await bot.send_message(TANVIR, "card", reply_markup=keys)
    assert (await sandbox.press("tanvir", "open"))["url"] == "https://x.test"
    bare = await sent.edit_reply_markup(None)
    assert getattr(bare, "edit_date", None) is None
    assert (await sandbox.messages("tanvir"))[-1]["buttons"] == []
    forwarded = await bot.forward_message(TANVIR, TANVIR, first["id"])
    assert forwarded.forward_origin is not None
    assert await bot.delete_messages(TANVIR, [sent.message_id, forwarded.message_id, 4711])
    assert [one["text"] for one in await sandbox.messages("tanvir")] == ["hi"]
    with pytest.raises(BadRequest, match=r"(?i)url .* is invalid"):
        await bot.send_message(
            TANVIR, "x", reply_markup=InlineKeyboardMarkup([[InlineKeyboardButton("x", url="javascript:1")]])
        )


async def test_only_two_days_to_delete() -> None:
    async def move(wish: int | str) -> datetime:
        return datetime.now(UTC) + timedelta(minutes=int(wish))

    async with running_sandbox(clock_hook=move) as sandbox, Bot(sandbox.token, base_url=f"{sandbox.url}/bot") as bot:
        await sandbox.say("tanvir", "hi")
        sent = await bot.send_message(TANVIR, "x")
        await sandbox.move_clock(48 * 60 + 1)
        with pytest.raises(BadRequest, match="Message can't be deleted"):
            await sent.delete()
        assert await (await bot.send_message(TANVIR, "y")).delete()


async def test_an_answer_that_comes_too_late() -> None:
    async with (
        running_sandbox(State(query_ttl=0.0)) as sandbox,
        Bot(sandbox.token, base_url=f"{sandbox.url}/bot") as bot,
    ):
        await sandbox.say("tanvir", "hi")
        keys = InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="x")]])
        await bot.send_message(TANVIR, "card", reply_markup=keys)
        pressing = asyncio.create_task(sandbox.press("tanvir", "x", timeout=0.5))
        query = (await bot.get_updates(offset=-1, timeout=5))[0].callback_query
        while query is None:
            query = (await bot.get_updates(offset=-1, timeout=5))[0].callback_query
        with pytest.raises(BadRequest, match=r"(?i)query is too old"):
            await query.answer("late")
        assert (await pressing)["answered"] is False
