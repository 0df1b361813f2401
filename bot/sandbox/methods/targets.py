"""Which chat a call means, whether the bot may write there, and the writing itself."""

from typing import Any

from bot.sandbox.args import Args
from bot.sandbox.errors import bad_request, forbidden
from bot.sandbox.markup import read_markup
from bot.sandbox.methods.registry import Call
from bot.sandbox.model import Chat, Json, Message
from bot.sandbox.wire import message_json


def target(call: Call, name: str = "chat_id") -> Chat:
    """The chat that ``name`` means to this bot, whether or not it may write there."""
    if not call.args.text(name):
        raise bad_request(f"{name} is empty")
    ident = call.args.integer(name)
    if ident in call.state.users:
        return call.state.private_chat(call.bot, call.state.users[ident])
    if ident in call.state.bots:
        raise forbidden("bots can't send messages to bots")
    chat = call.state.group_for_bot(ident) if ident < 0 else None
    if chat is None:
        raise bad_request("chat not found")
    if chat.migrated_to is not None:
        what = "group chat was upgraded to a supergroup chat"
        raise bad_request(what, migrate_to_chat_id=chat.migrated_to)
    if call.bot.id not in chat.members:
        raise forbidden(f"bot was kicked from the {chat.type} chat")
    return chat


def writable(call: Call) -> Chat:
    """The call's chat, where the bot may write; 403 where it may not."""
    chat = target(call)
    if chat.blocked:
        raise forbidden("bot was blocked by the user")
    if chat.type == "private" and not chat.started:
        raise forbidden("bot can't initiate conversation with a user")
    return chat


def message_in(call: Call, chat: Chat, ident: int, missing: str) -> Message:
    """A message that is still there; ``missing`` is the complaint where it is not."""
    message = chat.messages.get(ident)
    if message is None or message.deleted:
        raise bad_request(missing)
    call.entry.message_id = ident
    return message


def post(call: Call, chat: Chat, body: Json, **more: Any) -> Json:
    """Send ``body`` with the options common to all send methods; the Message as the bot sees it."""
    reply_to = _reply_to(call, chat)
    inline, keyboard = read_markup(call.args)
    message = call.state.add_message(
        chat,
        call.bot.id,
        body,
        reply_to=reply_to,
        markup=inline,
        keyboard=keyboard,
        silent=call.args.flag("disable_notification"),
        **more,
    )
    if keyboard is not None:
        chat.keyboard = keyboard if "keyboard" in keyboard else None
        call.state.save_chat(chat)
    call.entry.message_id = message.id
    call.entry.silent = message.silent
    call.entry.text = (body.get("text") or body.get("caption") or "")[:200]
    return message_json(call.state, message)


def _reply_to(call: Call, chat: Chat) -> int | None:
    wanted = Args(call.args.mapping("reply_parameters", "reply parameters"), {})
    ident = wanted.integer("message_id") or call.args.integer("reply_to_message_id")
    if not ident:
        return None
    original = chat.messages.get(ident)
    if original is not None and not original.deleted:
        return ident
    if wanted.flag("allow_sending_without_reply") or call.args.flag("allow_sending_without_reply"):
        return None
    raise bad_request("message to be replied not found")
