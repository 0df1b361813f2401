"""Sending, editing and deleting, judged by python-telegram-bot."""

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, ReplyKeyboardMarkup
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden

from bot.sandbox.client import Sandbox

TANVIR = 700100001
STRANGER = 700100005


async def test_a_person_writes_and_gets_an_answer(sandbox: Sandbox, bot: Bot) -> None:
    await sandbox.say("tanvir", "/start abc")
    (update,) = await bot.get_updates(timeout=5)
    assert update.message is not None
    assert update.message.text == "/start abc"
    assert update.message.entities[0].type == "bot_command"
    assert update.effective_user is not None
    assert update.effective_user.language_code == "bn"
    assert update.effective_chat is not None
    assert update.effective_chat.id == TANVIR

    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("✅ অর্ডার", callback_data="o:1")]])
    sent = await bot.send_message(TANVIR, "🔥 <b>রহিম</b> #123", parse_mode=ParseMode.HTML, reply_markup=keyboard)
    assert sent.text == "🔥 রহিম #123"
    assert sent.text_html == "🔥 <b>রহিম</b> #123"
    seen = await sandbox.wait_for("tanvir", contains="রহিম")
    assert seen["buttons"][0][0]["text"] == "✅ অর্ডার"
    assert seen["edited"] is None


async def test_edits(sandbox: Sandbox, bot: Bot) -> None:
    await sandbox.say("tanvir", "hi")
    sent = await bot.send_message(TANVIR, "one")
    edited = await sent.edit_text("two")
    assert isinstance(edited, type(sent))
    assert edited.edit_date is not None
    assert (await sandbox.wait_for("tanvir", contains="two"))["id"] == sent.message_id
    with pytest.raises(BadRequest, match="Message is not modified"):
        await sent.edit_text("two")
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("x", TANVIR, 999)
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("x", TANVIR, 1)
    with_keyboard = await bot.send_message(TANVIR, "menu", reply_markup=ReplyKeyboardMarkup([["a", "b"]]))
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await with_keyboard.edit_text("x")


async def test_who_cannot_be_written_to(sandbox: Sandbox, bot: Bot) -> None:
    with pytest.raises(Forbidden, match="can't initiate conversation"):
        await bot.send_message(STRANGER, "hello")
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(4711, "hello")
    await sandbox.say("tanvir", "hi")
    await sandbox.block("tanvir")
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(TANVIR, "hello")
    updates = await bot.get_updates(timeout=2)
    assert updates[-1].my_chat_member is not None
    assert updates[-1].my_chat_member.new_chat_member.status == "kicked"


async def test_limits(sandbox: Sandbox, bot: Bot) -> None:
    await sandbox.say("tanvir", "hi")
    assert (await bot.send_message(TANVIR, "<b>" + "ক" * 4096 + "</b>", parse_mode="HTML")).text == "ক" * 4096
    with pytest.raises(BadRequest, match="Message is too long"):
        await bot.send_message(TANVIR, "ক" * 4097)
    with pytest.raises(BadRequest, match="Message text is empty"):
        await bot.send_message(TANVIR, " \n")
    for data, fits in (("ক" * 21, True), ("ক" * 22, False)):
        keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data=data)]])
        if fits:
            await bot.send_message(TANVIR, "x", reply_markup=keyboard)
        else:
            with pytest.raises(BadRequest, match=r"(?i)button_data_invalid"):
                await bot.send_message(TANVIR, "x", reply_markup=keyboard)


async def test_deleting(sandbox: Sandbox, bot: Bot) -> None:
    await sandbox.say("tanvir", "hi")
    sent = await bot.send_message(TANVIR, "gone soon")
    assert await sent.delete()
    assert [one["text"] for one in await sandbox.messages("tanvir")] == ["hi"]
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await sent.delete()
