"""An update as the frame sees it: python-telegram-bot's parsing and matching, then plain values."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import telegram
from telegram.ext import (
    BaseHandler,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    InlineQueryHandler,
    MessageHandler,
    filters,
)

from bot.call import Contact
from cdm_core.contact_files import SentFile
from cdm_core.words import ChatType, FileKind

_VCARD_PHONE = re.compile(
    r"^(?:[\w-]+\.)?TEL(?:;[^:\r\n]*)?:(?:tel:)?([^\r\n]{1,40})\r?$", re.IGNORECASE | re.MULTILINE
)
_NEW, _EDITED = filters.UpdateType.MESSAGE, filters.UpdateType.EDITED_MESSAGE
_FILES = filters.VOICE | filters.PHOTO | filters.AUDIO | filters.VIDEO | filters.Document.ALL


class Kind(StrEnum):
    COMMAND = "command"
    UNKNOWN_COMMAND = "unknown_command"
    PRESS = "press"
    TEXT = "text"
    FORWARD = "forward"  # a text that somebody else wrote
    CONTACT = "contact"
    EDIT = "edit"
    FILE = "file"  # a voice note, photo, paper, sound or video
    INLINE = "inline"  # "@bot rahim" in any chat; it has no chat of its own but the private one
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    MIGRATED = "migrated"
    FOREIGN = "foreign"  # a message that nobody here can read: a sticker, a dice
    NOTHING = "nothing"  # asks for no answer


@dataclass(frozen=True, slots=True)
class Incoming:
    """``said_at`` is absent where Telegram gives no time (a press). ``answered`` is the Telegram id of the message
    that was replied to or pressed; ``query_id`` that by which a press or an inline query is answered; ``new_chat_id``
    that of the supergroup which the group ``chat_id`` became."""

    kind: Kind
    chat_id: int = 0
    chat_type: ChatType = ChatType.PRIVATE
    title: str | None = None
    user_id: int = 0
    user_name: str = ""
    language_code: str = ""
    said_at: datetime | None = None
    message_id: int | None = None
    answered: int | None = None
    text: str = ""
    command: str = ""
    data: str = ""
    query_id: str | None = None
    offset: str = ""
    editable: bool = False
    contact: Contact | None = None
    file: SentFile | None = None
    album: str | None = None
    forwarded: bool = False
    new_chat_id: int = 0


NOTHING = Incoming(Kind.NOTHING)


class Reader:
    """Reads updates for one bot. ``commands`` are the names it knows."""

    def __init__(self, bot: telegram.Bot, commands: Iterable[str]) -> None:
        self._bot = bot
        self._matchers: tuple[tuple[BaseHandler[Any, Any, Any], Kind], ...] = (
            (ChatMemberHandler(_unused, ChatMemberHandler.MY_CHAT_MEMBER), Kind.BLOCKED),
            (MessageHandler(_NEW & filters.StatusUpdate.MIGRATE, _unused), Kind.MIGRATED),
            (MessageHandler(_NEW & filters.FORWARDED & filters.TEXT, _unused), Kind.FORWARD),
            (CommandHandler(sorted(commands), _unused, filters=_NEW), Kind.COMMAND),
            (MessageHandler(_NEW & filters.COMMAND, _unused), Kind.UNKNOWN_COMMAND),
            (MessageHandler(_NEW & filters.TEXT, _unused), Kind.TEXT),
            (MessageHandler(_NEW & filters.CONTACT, _unused), Kind.CONTACT),
            (MessageHandler(_NEW & _FILES, _unused), Kind.FILE),
            (MessageHandler(_EDITED & (filters.TEXT | filters.CAPTION), _unused), Kind.EDIT),
            (MessageHandler(_NEW & ~filters.StatusUpdate.ALL, _unused), Kind.FOREIGN),
            (CallbackQueryHandler(_unused), Kind.PRESS),
            (InlineQueryHandler(_unused), Kind.INLINE),
        )

    def read(self, raw: dict[str, Any]) -> Incoming:
        """Raises what ``telegram.Update.de_json`` raises on malformed updates: KeyError, TypeError, …"""
        update = telegram.Update.de_json(raw, self._bot)
        for matcher, kind in self._matchers:
            found = matcher.check_update(update)
            if found is not None and found is not False:
                return self._take(update, kind)
        return NOTHING

    def _take(self, update: telegram.Update, kind: Kind) -> Incoming:
        if kind is Kind.BLOCKED:
            return _membership(update)
        if kind is Kind.PRESS:
            return _press(update)
        if kind is Kind.INLINE:
            return _inline(update)
        message, user = update.effective_message, update.effective_user
        if message is None or user is None or user.is_bot:
            return NOTHING
        command, text = "", (message.text or message.caption or "").strip()
        if kind in (Kind.COMMAND, Kind.UNKNOWN_COMMAND) or (kind is Kind.EDIT and filters.COMMAND.filter(message)):
            head, *rest = text.split(maxsplit=1)
            command, _, mentioned = head.removeprefix("/").partition("@")
            if mentioned and mentioned.lower() != self._bot.username.lower():
                return NOTHING
            text = rest[0] if rest else ""
        if message.via_bot is not None and message.via_bot.id == self._bot.id:  # an inline result of ours, chosen
            if _type(message.chat) is not ChatType.PRIVATE:
                return NOTHING
            kind, command, text = Kind.COMMAND, "start", "c_" + text.rpartition("#")[2]
        return Incoming(
            kind,
            chat_id=message.migrate_from_chat_id or message.chat.id,
            chat_type=_type(message.chat),
            title=message.chat.title,
            user_id=user.id,
            user_name=user.full_name,
            language_code=user.language_code or "",
            said_at=message.edit_date or message.date,
            message_id=message.message_id,
            answered=message.reply_to_message.message_id if message.reply_to_message else None,
            text=text,
            command=command if kind is Kind.UNKNOWN_COMMAND else command.lower(),
            contact=_contact(message.contact),
            file=_file(message, self._bot.id),
            album=message.media_group_id,
            forwarded=message.forward_origin is not None,
            new_chat_id=message.migrate_to_chat_id or message.chat.id,
        )


def _press(update: telegram.Update) -> Incoming:
    query = update.callback_query
    if query is None or query.message is None:
        return NOTHING
    return Incoming(
        Kind.PRESS,
        chat_id=query.message.chat.id,
        chat_type=_type(query.message.chat),
        title=query.message.chat.title,
        user_id=query.from_user.id,
        user_name=query.from_user.full_name,
        language_code=query.from_user.language_code or "",
        message_id=query.message.message_id,
        answered=query.message.message_id,
        data=query.data or "",
        query_id=query.id,
        editable=isinstance(query.message, telegram.Message) and query.message.text is not None,
    )


def _inline(update: telegram.Update) -> Incoming:
    query = update.inline_query
    if query is None or query.from_user.is_bot:
        return NOTHING
    return Incoming(
        Kind.INLINE,
        chat_id=query.from_user.id,
        user_id=query.from_user.id,
        user_name=query.from_user.full_name,
        language_code=query.from_user.language_code or "",
        text=query.query.strip(),
        query_id=query.id,
        offset=query.offset,
    )


def _membership(update: telegram.Update) -> Incoming:
    change = update.my_chat_member
    if change is None:
        return NOTHING
    out = change.new_chat_member.status in (telegram.ChatMember.BANNED, telegram.ChatMember.LEFT)
    return Incoming(
        Kind.BLOCKED if out else Kind.UNBLOCKED,
        chat_id=change.chat.id,
        chat_type=_type(change.chat),
        title=change.chat.title,
        user_id=change.from_user.id,
        said_at=change.date,
    )


def _type(chat: telegram.Chat) -> ChatType:
    return ChatType.PRIVATE if chat.type == telegram.Chat.PRIVATE else ChatType.GROUP


def _contact(shared: telegram.Contact | None) -> Contact | None:
    if shared is None:
        return None
    phones = dict.fromkeys([shared.phone_number, *_VCARD_PHONE.findall(shared.vcard or "")])
    return Contact(tuple(phones), shared.first_name, shared.last_name, shared.user_id)


def _file(message: telegram.Message, bot_id: int) -> SentFile | None:
    """What was sent; of the sizes of a photo the largest, which is the last."""
    for kind in FileKind:
        given = getattr(message, kind)
        if given:
            facts = (given[-1] if kind is FileKind.PHOTO else given).to_dict()
            return SentFile(
                kind=kind,
                bot_id=bot_id,
                file_id=facts["file_id"],
                file_unique_id=facts["file_unique_id"],
                file_name=facts.get("file_name"),
                mime_type=facts.get("mime_type"),
                file_size=facts.get("file_size"),
                duration_seconds=facts.get("duration"),
            )
    return None


async def _unused(_update: object, _context: object) -> None:
    """The library's handlers are used for matching alone; we run what matched ourselves."""
