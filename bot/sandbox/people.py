"""What people do in their chats: write, press, send, forward, edit, block; and what bots get to see of it."""

from dataclasses import replace
from typing import Any

from bot.sandbox.errors import ControlError
from bot.sandbox.model import Bot, Chat, Json, Message, StoredFile, User
from bot.sandbox.queries import Query
from bot.sandbox.state import State
from bot.sandbox.texts import typed_text
from bot.sandbox.wire import (
    audio_body,
    bot_json,
    chat_json,
    document_body,
    message_json,
    photo_body,
    user_json,
    video_body,
    voice_body,
)

FOLDERS = {"photo": "photos", "voice": "voice", "audio": "music", "video": "videos", "document": "documents"}
_FILES = FOLDERS.keys()
_BODIES = {"photos": photo_body, "voice": voice_body, "music": audio_body, "videos": video_body}


def chat_of(state: State, user: User, which: str | int | None) -> Chat:
    """The chat meant by ``which`` (None: this person's with the first bot), if they are in it."""
    chat = state.private_chat(state.first_bot, user) if which in (None, "") else state.chat(str(which))
    if chat.migrated_to is not None:
        chat = state.chat(chat.migrated_to)
    if user.id not in chat.members:
        raise ControlError(f"{user.name} is not in that chat", 403)
    return chat


def message_of(chat: Chat, ident: int) -> Message:
    message = chat.messages.get(ident)
    if message is None or message.deleted:
        raise ControlError(f"no message {ident} in this chat", 404)
    return message


def _sees(bot: Bot, chat: Chat, message: Message) -> bool:
    """Group privacy: commands not meant for another bot, replies to this bot, what was sent through it."""
    if chat.type == "private" or not bot.privacy or message.via_bot == bot.id:
        return True
    original = chat.messages.get(message.reply_to) if message.reply_to is not None else None
    if original is not None and original.sender == bot.id:
        return True
    first = next(iter(message.body.get("entities", ())), None)
    if first is None or first["type"] != "bot_command" or first["offset"] != 0:
        return False
    _, _, addressee = message.body["text"][: first["length"]].partition("@")
    return not addressee or addressee.lower() == bot.username.lower()


def _tell(state: State, chat: Chat, message: Message, kind: str) -> None:
    for bot in state.bots_in(chat):
        if _sees(bot, chat, message):
            state.updates.push(bot, kind, message_json(state, message))


def _post(state: State, user: User, chat: Chat, body: Json, **more: Any) -> Message:
    if chat.blocked:
        raise ControlError(f"{user.name} has blocked this bot")
    if not chat.started:
        chat.started = True
        state.save_chat(chat)
    reply_to = more.get("reply_to")
    if reply_to is not None:
        message_of(chat, reply_to)
    message = state.add_message(chat, user.id, body, **more)
    _tell(state, chat, message, "message")
    return message


def say(state: State, user: User, chat: Chat, text: str, reply_to: int | None = None) -> Message:
    """Send ``text``; over 4,096 characters it goes as several messages, as apps do. The last of them."""
    bodies = typed_text(text)
    if not bodies:
        raise ControlError("nothing to send")
    sent = [_post(state, user, chat, body, reply_to=reply_to) for body in bodies]
    return sent[-1]


def share_contact(state: State, user: User, chat: Chat, contact: Json, reply_to: int | None = None) -> Message:
    return _post(state, user, chat, {"contact": contact}, reply_to=reply_to)


def own_contact(user: User) -> Json:
    contact: Json = {"phone_number": user.phone.removeprefix("+"), "first_name": user.first_name}
    if user.last_name:
        contact["last_name"] = user.last_name
    return contact | {"user_id": user.id}


def send_file(
    state: State,
    user: User,
    chat: Chat,
    stored: StoredFile,
    caption: str = "",
    reply_to: int | None = None,
    *,
    album: str = "",
    forwarded: bool = False,
) -> Message:
    """Send a stored file, as what it was stored as; with others of the same ``album`` it is shown together."""
    body = _BODIES.get(stored.path.partition("/")[0], document_body)(stored)
    if album:
        body["media_group_id"] = album
    if caption:
        body |= _captioned(typed_text(caption)[0])
    hidden = {"type": "hidden_user", "date": state.clock.timestamp(), "sender_user_name": "Somebody"}
    return _post(state, user, chat, body, reply_to=reply_to, forward=hidden if forwarded else None)


def _captioned(typed: Json) -> Json:
    """A text as the caption of a file."""
    entities = {"caption_entities": typed["entities"]} if "entities" in typed else {}
    return {"caption": typed["text"]} | entities


def forward(state: State, user: User, source: Message, chat: Chat) -> Message:
    sender = state.bots.get(source.sender)
    origin = source.forward or {
        "type": "user",
        "date": source.date,
        "sender_user": bot_json(sender) if sender else user_json(state.users[source.sender]),
    }
    return _post(state, user, chat, dict(source.body), forward=origin)


def forward_text(state: State, user: User, text: str, of: str, chat: Chat) -> Message:
    """Forward what somebody wrote in a chat that is not here."""
    bodies = typed_text(text)
    if len(bodies) != 1:
        raise ControlError("a message is 1 to 4096 characters")
    origin: Json = {"type": "hidden_user", "date": state.clock.timestamp(), "sender_user_name": of or "Hidden"}
    known = next((one for one in state.users.values() if one.key == of), None)
    if known is not None:
        origin = {"type": "user", "date": state.clock.timestamp(), "sender_user": user_json(known)}
    return _post(state, user, chat, bodies[0], forward=origin)


def _own(user: User, chat: Chat, ident: int) -> Message:
    message = message_of(chat, ident)
    if message.sender != user.id:
        raise ControlError("only one's own messages can be changed", 403)
    return message


def edit(state: State, user: User, chat: Chat, ident: int, text: str) -> Message:
    """Change one's own text, or the caption of one's own file."""
    message = _own(user, chat, ident)
    bodies = typed_text(text)
    if len(bodies) != 1:
        raise ControlError("a message is 1 to 4096 characters")
    changed = bodies[0]
    if "text" not in message.body:
        if not message.body.keys() & _FILES:
            raise ControlError("that message has no text")
        rest = {name: value for name, value in message.body.items() if not name.startswith("caption")}
        changed = rest | _captioned(changed)
    if changed == message.body:
        return message
    message.body = changed
    message.edited = state.clock.timestamp()
    state.save_message(message, "edited")
    _tell(state, chat, message, "edited_message")
    return message


def delete(state: State, chat: Chat, user: User, ident: int) -> None:
    """Delete for everyone: one's own anywhere, any in a private chat. Bots are not told, as in Telegram."""
    message = message_of(chat, ident) if chat.type == "private" else _own(user, chat, ident)
    message.deleted = True
    state.save_message(message, "deleted")


def press(state: State, user: User, chat: Chat, message: Message, data: str) -> Query:
    """Press an inline button; the query's ``answer`` is the bot's toast."""
    bot = state.bots.get(message.sender) or state.bots[message.via_bot or 0]
    query = state.queries.ask(bot.id, user.id, chat.key)
    payload = {
        "id": query.id,
        "from": user_json(user),
        "message": message_json(state, message),
        "chat_instance": str(abs(hash((bot.id, chat.id)))),
        "data": data,
    }
    state.updates.push(bot, "callback_query", payload)
    return query


def ask_inline(state: State, user: User, chat: Chat, bot: Bot, text: str, offset: str = "") -> Query:
    query = state.queries.ask(bot.id, user.id, chat.key)
    kind = "sender" if chat.type == "private" and bot.id in chat.members else chat.type
    payload = {
        "id": query.id,
        "from": user_json(user),
        "query": text[:256],
        "offset": offset,
        "chat_type": kind,
    }
    state.updates.push(bot, "inline_query", payload)
    return query


def send_inline_result(
    state: State, user: User, chat: Chat, bot: Bot, body: Json, markup: Json | None, reply_to: int | None = None
) -> Message:
    return _post(state, user, chat, body, via_bot=bot.id, markup=markup, reply_to=reply_to)


def set_blocked(state: State, user: User, chat: Chat, blocked: bool) -> None:
    """Block or unblock the bot of a private chat; the bot learns it by ``my_chat_member``."""
    if chat.type != "private":
        raise ControlError("only a private chat can be blocked")
    if chat.blocked == blocked:
        return
    chat.blocked = blocked
    state.save_chat(chat)
    bot = state.bots_in(chat)[0]
    state.updates.push(bot, "my_chat_member", _membership(state, user, chat, bot, *_states(blocked)))
    state.bus.publish("chat", chat.key)


def _states(gone: bool) -> tuple[str, str]:
    return ("member", "kicked") if gone else ("kicked", "member")


def _membership(state: State, user: User, chat: Chat, bot: Bot, old: str, new: str) -> Json:
    def member(status: str) -> Json:
        return {"user": bot_json(bot), "status": status} | ({"until_date": 0} if status == "kicked" else {})

    return {
        "chat": chat_json(state, chat),
        "from": user_json(user),
        "date": state.clock.timestamp(),
        "old_chat_member": member(old),
        "new_chat_member": member(new),
    }


def migrate(state: State, chat: Chat) -> Chat:
    """Turn a group into a supergroup with a new id; both get the service message bots know it by."""
    if chat.type != "group" or chat.migrated_to is not None:
        raise ControlError("only a group can become a supergroup")
    new_id = -1_000_000_000_000 - abs(chat.id)
    upgraded = Chat(str(new_id), new_id, "supergroup", chat.title, chat.name, list(chat.members))
    chat.migrated_to = new_id
    state.save_chat(chat)
    state.save_chat(upgraded)
    actor = state.people_in(chat)[0]
    for room, body in (
        (chat, {"migrate_to_chat_id": new_id}),
        (upgraded, {"migrate_from_chat_id": chat.id}),
    ):
        message = state.add_message(room, actor.id, body)
        for bot in state.bots_in(room):
            state.updates.push(bot, "message", message_json(state, message))
    state.bus.publish("people")
    return upgraded


def set_language(state: State, user: User, code: str) -> User:
    return state.save_user(replace(user, language_code=code))
