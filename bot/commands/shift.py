"""Moving a promised call: another time for it, while nothing is said of a contact."""

from datetime import datetime
from typing import Any

from bot.call import Call
from bot.commands import conversation, taps
from bot.registry import PASS, Passed, Replies, button, dialog
from bot.reply import Reply
from cdm_core import calendar, call_times, chats, follow_ups, outbox
from cdm_core.access import CustomerRef
from templates.actions import Later
from templates.keyboards import card as keyboards

ASKED = "shift_time"


@button("shift")
async def shift(call: Call) -> Replies:
    assert call.action is not None
    ref = await call.customer(int(call.action.args[0]))
    due_at = taps.moment_of(call, Later(str(call.action.args[1])))
    return await ask(call, ref) if due_at is None else await move(call, ref, due_at, edit=True)


async def ask(call: Call, ref: CustomerRef) -> Reply:
    """When the call is to be, the time is to be typed."""
    pressed = call.reply_to.id if call.reply_to else None
    await conversation.ask(call, ASKED, customer_id=ref.customer_id, pressed=pressed)
    asks = taps.pick(ref)
    asks.context = {"asked": ASKED}
    return asks


@dialog(ASKED)
@conversation.answer
async def shifted(call: Call) -> Replies | Passed:
    """The time typed, of a day alone its late morning; a note ends the question."""
    assert call.chat.dialog is not None
    ref = await call.customer(int(call.chat.dialog["customer_id"]))
    typed = taps.typed_time(call)
    if typed is None:
        await chats.stop_asking(call.session, call.chat.chat_id)
        return PASS
    due_at = typed.at or next(iter(call_times.offers(typed.day, call.now, call.thresholds) if typed.day else ()), None)
    if due_at is None:
        return taps.pick(ref, past=typed.past, unread=not typed.past)
    return await move(call, ref, due_at)


async def move(call: Call, ref: CustomerRef, due_at: datetime, *, edit: bool = False) -> Replies:
    """Put the promised call off and say so, if ``edit`` in place of what was pressed; and where its time was asked for
    meanwhile, that is over, and whatever asked says so too: its buttons would move the call once more."""
    change_id = await follow_ups.move(call.session, call.staff, ref, due_at, now=call.now)
    over = await _stop_asking(call, ref)
    if change_id is None:
        return Reply("toasts/no_promise") if call.action is None else Reply(None, toast="toasts/no_promise")
    await conversation.make_current(call, ref.customer_id)
    rings_at = calendar.loud_at(due_at, call.thresholds)
    facts: dict[str, Any] = {"customer": ref, "due_at": due_at, "rings_at": rings_at, "undone": False}
    said = Reply(
        "notes/follow_up",
        edit=edit,
        customer_id=ref.customer_id,
        buttons=keyboards.moved(call.speech, customer_id=ref.customer_id, change_id=change_id),
        **facts,
    )
    told = call.reply_to.id if edit and call.reply_to else None
    return [said, *(Reply("notes/follow_up", edits=one, customer_id=ref.customer_id, **facts) for one in over - {told})]


async def _stop_asking(call: Call, ref: CustomerRef) -> set[int]:
    """End the question for this call's time; what asks it, and the message whose button asked for it, where it was
    open."""
    asked = call.chat.dialog or {}
    if asked.get("name") != ASKED or asked.get("customer_id") != ref.customer_id:
        return set()
    await chats.stop_asking(call.session, call.chat.chat_id, only=asked)
    question = await outbox.last_said(call.session, call.chat.chat_id, ref.customer_id, asked=ASKED)
    return {one for one in (question, asked.get("pressed")) if one is not None}
