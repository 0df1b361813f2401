"""Chats and messages as a person sees them, for the page and for tests."""

from bot.sandbox.model import Chat, Json, Message, User
from bot.sandbox.state import State

_EXCERPT = 80


def person_seen(user: User) -> Json:
    return {
        "id": user.id,
        "key": user.key,
        "name": user.name,
        "username": user.username,
        "language": user.language_code,
        "phone": user.phone,
        "title": user.title,
    }


def sender_seen(state: State, ident: int) -> Json:
    if ident in state.bots:
        return {"id": ident, "name": state.bots[ident].name, "bot": True}
    return {"id": ident, "name": state.users[ident].name, "bot": False, "key": state.users[ident].key}


def excerpt(body: Json) -> str:
    """One line that stands for a message in lists and quotes."""
    text: str = body.get("text") or body.get("caption") or ""
    if not text:
        icons = {"photo": "🖼", "document": "📎", "voice": "🎤", "audio": "🎤", "video": "🖼", "contact": "👤"}
        text = next((icon for field, icon in icons.items() if field in body), "")
        if "document" in body:
            text += f" {body['document']['file_name']}"
        if "contact" in body:
            text += f" {body['contact']['first_name']}"
    return " ".join(text.split())[:_EXCERPT]


def message_seen(state: State, message: Message) -> Json:
    """A message with its buttons; ``text`` is the text or the caption, ``entities`` mark it (UTF-16 units)."""
    body = message.body
    seen: Json = {
        "id": message.id,
        "seq": message.seq,
        "chat": message.chat,
        "date": message.date,
        "from": sender_seen(state, message.sender),
        "text": body.get("text") or body.get("caption") or "",
        "entities": body.get("entities") or body.get("caption_entities") or [],
        "edited": message.edited,
        "deleted": message.deleted,
        "silent": message.silent,
        "buttons": (message.markup or {}).get("inline_keyboard", []),
    }
    for field in ("photo", "document", "voice", "audio", "video", "contact"):
        if field in body:
            seen[field] = body[field][-1] if field == "photo" else body[field]
    if "migrate_to_chat_id" in body or "migrate_from_chat_id" in body:
        seen["service"] = "migrated"
    if message.forward is not None:
        sender = message.forward.get("sender_user", {})
        name = f"{sender.get('first_name', '')} {sender.get('last_name', '')}".strip()
        seen["forwarded_from"] = name or message.forward.get("sender_user_name", "")
    if message.via_bot is not None:
        seen["via"] = state.bots[message.via_bot].username
    if message.reply_to is not None:
        original = state.chats[message.chat].messages.get(message.reply_to)
        if original is not None and not original.deleted:
            name = sender_seen(state, original.sender)["name"]
            seen["reply_to"] = {"id": original.id, "name": name, "text": excerpt(original.body)}
    return seen


def visible(chat: Chat) -> list[Message]:
    return [message for message in chat.messages.values() if not message.deleted]


def chat_seen(state: State, chat: Chat, user: User) -> Json:
    """A chat as one line of this person's list, with what its input field needs."""
    shown = visible(chat)
    last = shown[-1] if shown else None
    read = chat.read.get(str(user.id), 0)
    unread = [one for one in shown if one.id > read and one.sender != user.id]
    bots = state.bots_in(chat)
    private = chat.type == "private"
    return {
        "key": chat.key,
        "face": bots[0].id if private and bots else chat.id,
        "type": chat.type,
        "title": bots[0].name if private and bots else chat.title,
        "bot": bots[0].username if bots else "",
        "members": len(chat.members),
        "started": chat.started or not private,
        "blocked": chat.blocked,
        "keyboard": chat.keyboard,
        "unread": len(unread),
        "unread_ringing": any(not one.silent for one in unread),
        "read": read,
        "last": None if last is None else message_seen(state, last) | {"excerpt": excerpt(last.body)},
        "description": (bots[0].profile.get("description/" + user.language_code[:2]) if bots else "")
        or (bots[0].profile.get("description/", "") if bots else ""),
    }


def chats_of(state: State, user: User) -> list[Json]:
    """This person's chats, the one with the newest message first; those with bots exist from the start."""
    for bot in state.bots.values():
        if not bot.revoked:
            state.private_chat(bot, user)
    own = [one for one in state.chats.values() if user.id in one.members and one.migrated_to is None]
    seen = [chat_seen(state, chat, user) for chat in own]
    return sorted(seen, key=lambda one: -(one["last"] or {"date": 0})["date"])
