"""People, chats and messages in the form the Bot API gives them to bots."""

from bot.sandbox.model import Bot, Chat, Json, Message, StoredFile, User
from bot.sandbox.state import State


def user_json(user: User) -> Json:
    shown: Json = {"id": user.id, "is_bot": False, "first_name": user.first_name}
    for name in ("last_name", "username", "language_code"):
        if getattr(user, name):
            shown[name] = getattr(user, name)
    return shown


def bot_json(bot: Bot) -> Json:
    return {"id": bot.id, "is_bot": True, "first_name": bot.name, "username": bot.username}


def me_json(bot: Bot) -> Json:
    return bot_json(bot) | {
        "can_join_groups": True,
        "can_read_all_group_messages": not bot.privacy,
        "supports_inline_queries": True,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def sender_json(state: State, ident: int) -> Json:
    return bot_json(state.bots[ident]) if ident in state.bots else user_json(state.users[ident])


def chat_json(state: State, chat: Chat) -> Json:
    if chat.type != "private":
        return {"id": chat.id, "type": chat.type, "title": chat.title}
    shown = user_json(state.users[chat.id])
    return {"id": chat.id, "type": "private"} | {
        name: shown[name] for name in ("first_name", "last_name", "username") if name in shown
    }


def message_json(state: State, message: Message, *, nested: bool = True) -> Json:
    """A Message; the one it replies to is shown once, without its own."""
    chat = state.chats[message.chat]
    shown: Json = {
        "message_id": message.id,
        "from": sender_json(state, message.sender),
        "chat": chat_json(state, chat),
        "date": message.date,
    }
    if message.edited is not None:
        shown["edit_date"] = message.edited
    if message.forward is not None:
        shown["forward_origin"] = message.forward
    if message.via_bot is not None:
        shown["via_bot"] = bot_json(state.bots[message.via_bot])
    original = chat.messages.get(message.reply_to) if message.reply_to is not None else None
    if nested and original is not None and not original.deleted:
        shown["reply_to_message"] = message_json(state, original, nested=False)
    shown |= message.body
    if message.markup is not None:
        shown["reply_markup"] = message.markup
    return shown


def file_json(stored: StoredFile) -> Json:
    return {"file_id": stored.id, "file_unique_id": stored.unique_id, "file_size": stored.size}


def photo_body(stored: StoredFile) -> Json:
    return {"photo": [file_json(stored) | {"width": stored.width, "height": stored.height}]}


def document_body(stored: StoredFile) -> Json:
    return {"document": file_json(stored) | {"file_name": stored.name, "mime_type": stored.mime}}


def audio_body(stored: StoredFile) -> Json:
    named = {"file_name": stored.name, "mime_type": stored.mime}
    return {"audio": file_json(stored) | {"duration": stored.duration} | named}


def video_body(stored: StoredFile) -> Json:
    named = {"file_name": stored.name, "mime_type": stored.mime}
    return {"video": file_json(stored) | {"width": 320, "height": 240, "duration": stored.duration} | named}


def voice_body(stored: StoredFile) -> Json:
    return {"voice": file_json(stored) | {"duration": stored.duration, "mime_type": stored.mime}}
