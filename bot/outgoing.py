"""From a command's answer to outbox messages: worded, split, with the Bot API's arguments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.reply import Choice, Choices, KeptFile, PhoneContact, Reply
from cdm_core.outbox import OutMessage
from cdm_core.words import MessageKind
from templates import markup, payload
from templates.render import render, render_both, render_plain
from templates.speech import Speech
from templates.text import truncate

CAPTION_LIMIT = 1024
CONTACT_NAME_LIMIT = 60
TOAST_LIMIT = 200
_ROOM_FOR_AGAIN = 60


@dataclass(frozen=True, slots=True)
class Answered:
    """Where an answer goes. ``pressed`` is the Telegram id of the pressed message, if it can be edited."""

    chat_id: int
    staff_id: int | None
    key: str
    speech: Speech
    pressed: int | None = None


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """The answer to a press or an inline query, which waits for it: a Bot API method and its arguments. It does not
    go through the outbox, since too late it is worth nothing."""

    method: str
    arguments: Mapping[str, Any]


def messages(replies: Sequence[Reply], to: Answered) -> list[OutMessage]:
    """The outbox messages of ``replies``; their deduplication keys count within ``to.key``."""
    made: list[OutMessage] = []
    for reply in replies:
        for message in _messages_of(reply, to):
            made.append(replace(message, dedup_key=f"reply:{to.key}:{len(made)}"))
    return made


def says(update_key: str, message_key: str) -> bool:
    """Whether the message with this deduplication key is of the answer to the update with this key."""
    return message_key.rpartition(":")[0] == f"reply:{update_key}"


def toast(replies: Sequence[Reply], speech: Speech) -> str | None:
    """The line a press is answered with: that of the first reply that has one."""
    for reply in replies:
        if reply.toast is not None:
            return render_plain(reply.toast, reply.speech or speech, **reply.facts)[:TOAST_LIMIT]
    return None


def press_answer(query_id: str, toast: str | None = None) -> QueryAnswer:
    return QueryAnswer("answerCallbackQuery", {"callback_query_id": query_id, "text": toast})


def inline_answer(query_id: str, found: Choices, speech: Speech) -> QueryAnswer:
    """Never kept by Telegram: what may be seen changes, and differs between people."""
    return QueryAnswer(
        "answerInlineQuery",
        {
            "inline_query_id": query_id,
            "results": [_article(choice, speech) for choice in found.choices],
            "next_offset": found.next_offset,
            "cache_time": 0,
            "is_personal": True,
        },
    )


def _article(choice: Choice, speech: Speech) -> dict[str, Any]:
    title, _, below = render_plain(choice.template, speech, **choice.facts).partition("\n")
    message = choice.message
    assert message.template is not None
    said = render(message.template, message.speech or speech, **message.facts)
    article = {
        "type": "article",
        "id": choice.key,
        "title": title,
        "description": below,
        "input_message_content": payload.found(said),
    }
    return article | ({"reply_markup": message.buttons.to_markup()} if message.buttons else {})


def again(speech: Speech) -> str:
    """The line that marks a message which may have been sent before."""
    return render("again", speech)


def _messages_of(reply: Reply, to: Answered) -> list[OutMessage]:
    if reply.template is None:
        return []
    speech = reply.speech or to.speech
    words = render_both if reply.both else render
    text = words(reply.template, speech, **reply.facts)
    file = reply.photo or reply.document
    pieces = markup.split(text, (CAPTION_LIMIT if file or reply.kept_file else markup.MESSAGE_LIMIT) - _ROOM_FOR_AGAIN)
    methods = [_first_method(reply, to), *("sendMessage" for _ in pieces[1:])]
    contact = [_contact(reply.contact, reply, to)] if reply.contact else []
    return contact + [
        OutMessage(
            dedup_key="",
            chat_id=to.chat_id,
            kind=MessageKind.REPLY,
            method=method,
            payload=_payload(method, piece, reply, to.pressed, last=number == len(pieces)),
            staff_id=to.staff_id,
            customer_id=reply.customer_id,
            context=reply.context,
            edits=reply.edits if method == "editMessageText" else None,
            again=again(speech),
            files=(file,) if file and number == 1 else (),
        )
        for number, (method, piece) in enumerate(zip(methods, pieces, strict=True), 1)
    ]


def _contact(contact: PhoneContact, reply: Reply, to: Answered) -> OutMessage:
    return OutMessage(
        dedup_key="",
        chat_id=to.chat_id,
        kind=MessageKind.REPLY,
        method="sendContact",
        payload={"phone_number": contact.phone, "first_name": truncate(contact.name, CONTACT_NAME_LIMIT)},
        staff_id=to.staff_id,
        customer_id=reply.customer_id,
        again=again(reply.speech or to.speech),
    )


def _first_method(reply: Reply, to: Answered) -> str:
    if reply.kept_file:
        return f"send{reply.kept_file.kind.capitalize()}"
    if reply.photo:
        return "sendPhoto"
    if reply.document:
        return "sendDocument"
    return "editMessageText" if reply.edits or (reply.edit and to.pressed) else "sendMessage"


def _payload(method: str, text: str, reply: Reply, pressed: int | None, *, last: bool) -> dict[str, Any]:
    editing = method == "editMessageText"
    keyboard = (reply.buttons or (None if editing else reply.reply_keyboard)) if last else None
    if not editing and method != "sendMessage":
        kept = _kept(reply.kept_file) if reply.kept_file else {}
        return payload.caption(text, keyboard, silent=reply.silent) | kept
    made = payload.said(text, keyboard, silent=reply.silent and not editing)
    return made | {"message_id": pressed} if editing and reply.edits is None else made


def _kept(kept: KeptFile) -> dict[str, Any]:
    """The file by its id, or the place of our copy for the sender to read."""
    if kept.file_id is not None:
        return {kept.kind: kept.file_id}
    return {"$stored": {kept.kind: {"name": kept.name, "stored": kept.stored_name}}}
