"""What people do and what the bot learns of it: presses, files, contacts, groups, inline mode."""

import asyncio
import struct
import zlib

import httpx
import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputTextMessageContent,
    ReplyParameters,
    Update,
)
from telegram.error import BadRequest, ChatMigrated, EndPointNotFound, Forbidden, InvalidToken

from bot.sandbox.client import Sandbox, SandboxError

TANVIR, NUSRAT = 700100001, 700100002
GROUP = -700200001


def png(width: int = 3, height: int = 2) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = b"".join(b"\0" + b"\x30\x80\xc0" * width for _ in range(height))
    end = chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + end


async def last_update(bot: Bot) -> Update:
    updates = await bot.get_updates(timeout=5)
    await bot.get_updates(offset=updates[-1].update_id + 1)
    return updates[-1]


async def test_press_and_toast(sandbox: Sandbox, bot: Bot) -> None:
    await sandbox.say("tanvir", "hi")
    await last_update(bot)
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("📵 ধরেনি", callback_data="no_answer:123")]])
    await bot.send_message(TANVIR, "card", reply_markup=keyboard)
    pressing = asyncio.create_task(sandbox.press("tanvir", "ধরেনি"))
    query = (await last_update(bot)).callback_query
    assert query is not None
    assert query.data == "no_answer:123"
    assert query.message is not None
    await query.edit_message_text("done")
    await query.answer("লেখা হয়েছে")
    toast = await pressing
    assert (toast["answered"], toast["text"], toast["show_alert"]) == (True, "লেখা হয়েছে", False)
    with pytest.raises(BadRequest, match=r"(?i)query is too old"):
        await query.answer("again")
    assert (await sandbox.wait_for("tanvir", contains="done"))["buttons"] == []
    with pytest.raises(SandboxError, match="no button"):
        await sandbox.press("tanvir", "ধরেনি")


async def test_an_unanswered_press(sandbox: Sandbox, bot: Bot) -> None:
    await sandbox.say("tanvir", "hi")
    sent = await bot.send_message(
        TANVIR, "card", reply_markup=InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="x")]])
    )
    stale = await sandbox.press("tanvir", data="gone", message=sent.message_id, raw=True, timeout=0.01)
    assert stale["answered"] is False
    assert (await last_update(bot)).callback_query.data == "gone"  # type: ignore[union-attr]


async def test_files_and_contacts_both_ways(sandbox: Sandbox, bot: Bot) -> None:
    await sandbox.send_contact("tanvir", phone="+8801712345678", first_name="রহিম")
    message = (await last_update(bot)).message
    assert message is not None
    assert message.contact is not None
    assert message.contact.phone_number == "+8801712345678"
    assert message.contact.user_id is None
    await sandbox.send_contact("tanvir")
    own = (await last_update(bot)).message
    assert own is not None
    assert own.contact is not None
    assert own.contact.user_id == TANVIR

    await sandbox.send_file("tanvir", png(), name="a.png", kind="photo", caption="দোকান", reply_to=message.id)
    photo = (await last_update(bot)).message
    assert photo is not None
    assert photo.caption == "দোকান"
    assert photo.reply_to_message is not None
    assert photo.reply_to_message.contact == message.contact
    assert (photo.photo[-1].width, photo.photo[-1].height) == (3, 2)
    await sandbox.send_file("tanvir", b"OggS", name="v.ogg", kind="voice", mime="audio/ogg")
    assert (await last_update(bot)).message.voice is not None  # type: ignore[union-attr]

    sent = await bot.send_photo(TANVIR, png(40, 30), caption="<b>chart</b>", parse_mode="HTML")
    assert (await sandbox.wait_for("tanvir", contains="chart"))["photo"]["width"] == 40
    assert (await bot.send_photo(TANVIR, sent.photo[-1].file_id)).photo[-1].width == 40
    edited = await bot.edit_message_caption(TANVIR, sent.message_id, caption="new")
    assert isinstance(edited, type(sent))
    assert edited.caption == "new"
    with pytest.raises(BadRequest, match=r"(?i)image_process_failed"):
        await bot.send_photo(TANVIR, b"not a picture")
    document = await bot.send_document(TANVIR, b"a,b\n", filename="তালিকা.csv")
    assert document.document is not None
    file = await document.document.get_file()
    assert bytes(await file.download_as_bytearray()) == b"a,b\n"
    await bot.send_contact(TANVIR, "+8801712345678", "Rahim")
    assert (await sandbox.messages("tanvir"))[-1]["contact"]["first_name"] == "Rahim"
    copied = await bot.copy_message(TANVIR, TANVIR, sent.message_id)
    assert (await sandbox.messages("tanvir"))[-1]["id"] == copied.message_id


async def test_replies_edits_and_forwards(sandbox: Sandbox, bot: Bot) -> None:
    first = await sandbox.say("tanvir", "hi")
    card = await bot.send_message(TANVIR, "card", reply_parameters=ReplyParameters(first["id"]))
    assert card.reply_to_message is not None
    assert (await sandbox.messages("tanvir"))[-1]["reply_to"]["text"] == "hi"
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        await bot.send_message(TANVIR, "x", reply_parameters=ReplyParameters(99))
    await bot.send_message(TANVIR, "x", reply_parameters=ReplyParameters(99, allow_sending_without_reply=True))
    note = await sandbox.say("tanvir", "dhore nai", reply_to=card.message_id)
    update = await last_update(bot)
    assert update.message is not None
    assert update.message.reply_to_message is not None
    assert update.message.reply_to_message.message_id == card.message_id
    await sandbox.edit("tanvir", note["id"], "dhorse")
    edited = (await last_update(bot)).edited_message
    assert edited is not None
    assert edited.text == "dhorse"
    await sandbox.forward("tanvir", card.message_id)
    forwarded = (await last_update(bot)).message
    assert forwarded is not None
    assert forwarded.forward_origin is not None
    assert forwarded.forward_origin.type == "user"
    long = await sandbox.say("tanvir", "ক" * 5000)
    assert len(long["text"]) == 5000 - 4096


async def test_groups(sandbox: Sandbox, bot: Bot) -> None:
    await sandbox.say("nusrat", "lunch?", chat="mirpur")
    await sandbox.say("nusrat", "/due@other_bot", chat="mirpur")
    await sandbox.say("nusrat", "/due@cdm_demo_bot", chat="mirpur")
    updates = await bot.get_updates()
    assert [one.message.text for one in updates if one.message] == ["/due@cdm_demo_bot"]
    sent = await bot.send_message(GROUP, "3 birthdays")
    await sandbox.say("tanvir", "thanks", chat="mirpur", reply_to=sent.message_id)
    heard = (await last_update(bot)).message
    assert heard is not None
    assert heard.text == "thanks"
    new_id = await sandbox.migrate("mirpur")
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(GROUP, "x")
    assert moved.value.new_chat_id == new_id
    assert (await bot.send_message(new_id, "here")).chat.type == "supergroup"
    assert (await bot.get_chat_member(new_id, TANVIR)).status == "member"
    assert (await sandbox.messages("mirpur"))[-1]["text"] == "here"
    with pytest.raises(SandboxError, match="not in that chat"):
        await sandbox.say("stranger", "hello", chat="mirpur")


async def test_inline_mode(sandbox: Sandbox, bot: Bot) -> None:
    asking = asyncio.create_task(sandbox.inline("tanvir", "rahim"))
    query = (await last_update(bot)).inline_query
    assert query is not None
    assert query.query == "rahim"
    content = InputTextMessageContent("<b>রহিম</b>", parse_mode="HTML")
    await query.answer([InlineQueryResultArticle("1", "রহিম", content)], cache_time=0, is_personal=True)
    found = await asking
    assert (found["answered"], found["is_personal"], found["cache_time"]) == (True, True, 0)
    await sandbox.choose("tanvir", found["results"][0], chat="mirpur")
    shown = (await sandbox.messages("mirpur"))[-1]
    assert (shown["text"], shown["via"]) == ("রহিম", "cdm_demo_bot")


async def test_command_menus(sandbox: Sandbox, bot: Bot) -> None:
    await bot.set_my_commands([BotCommand("help", "Help")])
    await bot.set_my_commands([BotCommand("help", "সাহায্য")], language_code="bn")
    await bot.set_my_commands([BotCommand("team", "Team")], scope=BotCommandScopeChat(NUSRAT))
    assert (await bot.get_my_commands(language_code="bn"))[0].description == "সাহায্য"
    assert [one["description"] for one in await sandbox.commands("tanvir")] == ["সাহায্য"]
    assert [one["command"] for one in await sandbox.commands("nusrat")] == ["team"]
    with pytest.raises(BadRequest, match=r"(?i)bot_command_invalid"):
        await bot.set_my_commands([("Help", "x")])
    await bot.delete_my_commands(scope=BotCommandScopeChat(NUSRAT))
    assert [one["description"] for one in await sandbox.commands("nusrat")] == ["Help"]


async def test_tokens(sandbox: Sandbox, bot: Bot) -> None:
    async def get_me(token: str) -> dict[str, object]:
        async with httpx.AsyncClient() as http:
            answer: dict[str, object] = (await http.get(f"{sandbox.url}/bot{token}/getMe")).json()
            return answer

    assert (await bot.get_me()).supports_inline_queries is True
    wrong = await get_me("7000000001:AAwrongwrongwrongwrongwrong")
    assert wrong == {"ok": False, "error_code": 401, "description": "Unauthorized"}
    assert (await get_me("nonsense"))["error_code"] == 404
    await sandbox.set_bot(sandbox.token, revoked=True)
    assert (await get_me(sandbox.token))["error_code"] == 401
    with pytest.raises(InvalidToken):
        await bot.get_me()
    await sandbox.set_bot(sandbox.token, revoked=False)
    with pytest.raises(Forbidden):
        await bot.send_message(bot.id, "to myself")
    with pytest.raises(EndPointNotFound):
        await bot.do_api_request("sendTelepathy")


async def test_sound_video_and_albums(sandbox: Sandbox, bot: Bot) -> None:
    await sandbox.send_file("tanvir", b"ID3", name="a.mp3", kind="audio", mime="audio/mpeg", duration=72)
    audio = (await last_update(bot)).message
    assert audio is not None
    assert audio.audio is not None
    assert audio.audio.to_dict() | {"duration": 72, "file_name": "a.mp3", "mime_type": "audio/mpeg"} == (
        audio.audio.to_dict()
    )
    await sandbox.send_file("tanvir", b"mp4", name="v.mp4", kind="video", album="7", forwarded=True)
    video = (await last_update(bot)).message
    assert video is not None
    assert video.video is not None
    assert (video.media_group_id, video.forward_origin is not None) == ("7", True)
    sent = await bot.send_audio(TANVIR, audio.audio.file_id, caption="again")
    assert sent.audio is not None
    assert sent.audio.file_id == audio.audio.file_id
    assert (await bot.send_video(TANVIR, b"mp4", caption="film")).video is not None
    assert [one["text"] for one in (await sandbox.messages("tanvir"))[-2:]] == ["again", "film"]


async def test_a_changed_caption(sandbox: Sandbox, bot: Bot) -> None:
    sent = await sandbox.send_file("tanvir", png(), name="a.png", kind="photo", caption="one")
    await last_update(bot)
    await sandbox.edit("tanvir", sent["id"], "two /help")
    changed = (await last_update(bot)).edited_message
    assert changed is not None
    assert (changed.caption, len(changed.caption_entities), bool(changed.photo)) == ("two /help", 1, True)


async def test_what_was_written_elsewhere_is_forwarded(sandbox: Sandbox, bot: Bot) -> None:
    for of, kind in (("nusrat", "user"), ("Karim", "hidden_user")):
        shown = await sandbox.forward("tanvir", text="amar number 01712345678", of=of)
        message = (await last_update(bot)).message
        assert message is not None
        assert message.forward_origin is not None
        assert (message.forward_origin.type, message.text) == (kind, "amar number 01712345678")
        assert shown["forwarded_from"]
