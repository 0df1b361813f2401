"""sendMessage, the edits, deleteMessage, copyMessage, forwardMessage."""

from typing import Any

from bot.sandbox.errors import bad_request
from bot.sandbox.markup import read_inline_markup
from bot.sandbox.methods.registry import Call, method
from bot.sandbox.methods.targets import message_in, post, target, writable
from bot.sandbox.model import Chat, Json, Message
from bot.sandbox.texts import read_text
from bot.sandbox.wire import message_json, sender_json

DELETABLE_SECONDS = 48 * 3600
_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


@method("sendMessage")
async def send_message(call: Call) -> Json:
    chat = writable(call)
    return post(call, chat, read_text(call.args))


def _editable(call: Call) -> Message:
    chat = target(call)
    message = message_in(call, chat, call.args.integer("message_id"), "message to edit not found")
    if message.sender != call.bot.id or message.forward is not None or message.keyboard is not None:
        raise bad_request("message can't be edited")
    return message


def _edit(call: Call, message: Message, body: Json, markup: Json | None) -> Json:
    if body == message.body and markup == message.markup:
        raise bad_request(_NOT_MODIFIED)
    changed = body != message.body
    message.body, message.markup = body, markup
    if changed:
        message.edited = call.state.clock.timestamp()
    call.entry.text = (body.get("text") or body.get("caption") or "")[:200]
    call.state.save_message(message, "edited")
    return message_json(call.state, message)


@method("editMessageText")
async def edit_message_text(call: Call) -> Json:
    message = _editable(call)
    if "text" not in message.body:
        raise bad_request("there is no text in the message to edit")
    body = read_text(call.args)
    return _edit(call, message, body, read_inline_markup(call.args))


@method("editMessageCaption")
async def edit_message_caption(call: Call) -> Json:
    message = _editable(call)
    if "text" in message.body or "contact" in message.body:
        raise bad_request("there is no caption in the message to edit")
    kept = {name: value for name, value in message.body.items() if not name.startswith("caption")}
    return _edit(call, message, kept | read_text(call.args, "caption"), read_inline_markup(call.args))


@method("editMessageReplyMarkup")
async def edit_message_reply_markup(call: Call) -> Json:
    message = _editable(call)
    return _edit(call, message, message.body, read_inline_markup(call.args))


def _delete(call: Call, chat: Chat, message: Message) -> None:
    own = message.sender == call.bot.id or chat.type == "private"
    if not own or call.state.clock.timestamp() - message.date > DELETABLE_SECONDS:
        raise bad_request("message can't be deleted")
    message.deleted = True
    call.state.save_message(message, "deleted")


@method("deleteMessage")
async def delete_message(call: Call) -> bool:
    chat = target(call)
    _delete(call, chat, message_in(call, chat, call.args.integer("message_id"), "message to delete not found"))
    return True


@method("deleteMessages")
async def delete_messages(call: Call) -> bool:
    chat = target(call)
    for ident in call.args.items("message_ids", "message identifiers") or []:
        message = chat.messages.get(ident) if isinstance(ident, int) else None
        if message is not None and not message.deleted:
            _delete(call, chat, message)
    return True


def _source(call: Call, missing: str) -> Message:
    chat = target(call, "from_chat_id")
    return message_in(call, chat, call.args.integer("message_id"), missing)


@method("copyMessage")
async def copy_message(call: Call) -> Json:
    chat = writable(call)
    body: dict[str, Any] = dict(_source(call, "message to copy not found").body)
    if "caption" in call.args and "text" not in body:
        body.pop("caption", None)
        body.pop("caption_entities", None)
        body |= read_text(call.args, "caption")
    return {"message_id": post(call, chat, body)["message_id"]}


@method("forwardMessage")
async def forward_message(call: Call) -> Json:
    chat = writable(call)
    source = _source(call, "message to forward not found")
    origin = source.forward or {
        "type": "user",
        "date": source.date,
        "sender_user": sender_json(call.state, source.sender),
    }
    return post(call, chat, dict(source.body), forward=origin)
