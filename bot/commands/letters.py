"""Messages between colleagues about a customer: to its owner, and back by an answer to the message or its button."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from bot import telling
from bot.call import Call
from bot.commands import card, conversation
from bot.registry import PASS, Passed, button, dialog, text
from bot.reply import Reply
from cdm_core import audit, chats, colleagues
from cdm_core import staff as people
from cdm_core.access import access_customer
from cdm_core.query import parse_query
from cdm_core.staff import Staff
from cdm_core.words import QueryKind
from templates.keyboards import colleagues as keyboards

ASKED = "letter"
LONGEST = 1_000
"""Letters of a message."""


@button("message")
async def write(call: Call) -> Reply:
    """To the owner, or who answers for them today."""
    assert call.action is not None
    customer_id = int(call.action.args[0])
    of = await colleagues.with_colleague(call.session, call.staff, call.thresholds, customer_id)
    if of is None:
        return await card.show(call, customer_id)
    readers = await colleagues.answering(call.session, of.owner, asker=call.staff)
    return await _ask(call, of.customer_id, readers)


@button("reply")
async def reply(call: Call) -> Reply:
    """To whoever wrote the message that the button is under."""
    letter = _letter(call)
    if letter is None:
        return Reply(None, toast="toasts/old_button")
    return await _ask(call, letter["about"], await _writer(call, letter))


@dialog(ASKED)
@conversation.answer
async def written(call: Call) -> Reply | Passed:
    """A number instead of the message is a search."""
    assert call.chat.dialog is not None
    asked = call.chat.dialog
    if parse_query(call.text, call.thresholds.country).kind in (QueryKind.PHONE, QueryKind.NUMBER, QueryKind.ID):
        await chats.stop_asking(call.session, call.chat.chat_id)
        return PASS
    return await _send(call, asked["about"], await _readers(call, asked))


@text
async def answered(call: Call) -> Reply | Passed:
    """An answer to a colleague's message goes back to them, one to the question what to write to whom it is for."""
    asked = call.reply_to.context.get("writing") if call.reply_to else None
    if asked is not None:
        return await _send(call, asked["about"], await _readers(call, asked))
    letter = _letter(call)
    return PASS if letter is None else await _send(call, letter["about"], await _writer(call, letter))


async def _ask(call: Call, customer_id: int, readers: Sequence[Staff]) -> Reply:
    if not readers:
        return Reply("colleagues/sent", to=())
    wanted: dict[str, Any] = {"about": customer_id, "to": [reader.id for reader in readers]}
    await conversation.ask(call, ASKED, **wanted)
    seen = await _seen(call, call.staff, customer_id)
    return Reply("colleagues/write", context={"writing": wanted}, to=[reader.name for reader in readers], **seen)


async def _send(call: Call, customer_id: int, readers: Sequence[Staff]) -> Reply:
    if len(call.text) > LONGEST:
        return Reply("colleagues/too_long", letters=len(call.text), limit=LONGEST)
    await chats.stop_asking(call.session, call.chat.chat_id)
    here = [reader for reader in readers if reader.active]
    for reader in here:
        seen = await _seen(call, reader, customer_id)
        card_of = None if seen["masked"] else seen["customer"].customer_id
        await telling.tell(
            call,
            reader,
            "colleagues/letter",
            context={"letter": {"about": customer_id, "by": call.staff.id}},
            buttons=partial(keyboards.letter, customer_id=card_of),
            by=call.staff.name,
            text=call.text,
            **seen,
        )
    to = [reader.id for reader in here]
    await audit.record(call.session, call.now, call.staff, "letter", customer_id=customer_id, to=to)
    return Reply("colleagues/sent", to=[reader.name for reader in here])


async def _seen(call: Call, reader: Staff, customer_id: int) -> dict[str, Any]:
    """The customer as ``reader`` may know it."""
    of = await colleagues.with_colleague(call.session, reader, call.thresholds, customer_id)
    if of is not None:
        return {"customer": of, "masked": True}
    ref = await access_customer(call.session, reader, call.thresholds, customer_id)
    return {"customer": ref, "masked": False}


async def _readers(call: Call, asked: dict[str, Any]) -> list[Staff]:
    return [await people.get(call.session, reader) for reader in asked["to"]]


async def _writer(call: Call, letter: dict[str, Any]) -> tuple[Staff, ...]:
    writer = await people.get(call.session, letter["by"])
    return (writer,) if writer.active else ()


def _letter(call: Call) -> dict[str, Any] | None:
    """The colleague's message that was answered or pressed."""
    return call.reply_to.context.get("letter") if call.reply_to else None
