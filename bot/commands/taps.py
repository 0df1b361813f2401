"""One-tap outcomes on cards and reminders, the times of ⏰, and do-not-call."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bot import questions, urgent
from bot.call import Call
from bot.commands import card, conversation, echoes
from bot.registry import PASS, Handler, Passed, Replies, button, dialog
from bot.reply import Reply
from cdm_core import call_questions, call_times, chats, consents, corrections, follow_ups, logged_before
from cdm_core.access import CustomerRef
from cdm_core.contacts import Contact
from cdm_core.interactions import Logged
from cdm_core.note_contacts import When, read, when
from cdm_core.notes.judge import TextKind, looks_like_note
from cdm_core.words import InteractionType, Outcome
from templates.actions import Later, unstamp
from templates.keyboards import card as card_keyboards
from templates.keyboards import notes as keyboards

PICK = "pick_time"
_LONGEST_TIME = 4
"""Words of an answer that may be a time nobody could read."""

_TWICE = timedelta(minutes=2)
"""The same button of the same message again within this time is a second tap, later another contact."""


@button("log")
async def tap(call: Call) -> Reply:
    assert call.action is not None
    outcome = Outcome(str(call.action.args[2]))
    ref = await _customer(call)
    if outcome is Outcome.DO_NOT_CALL:
        return await ask_do_not_call(call, ref, from_queue=bool(call.action.args[1]))
    return await _once(call, ref, Contact(at=call.said_at, outcome_code=outcome), str(outcome))


@button("later")
async def later(call: Call) -> Replies:
    """⏰ of a card: the times in place of its buttons; a time logs that they asked to be called back."""
    assert call.action is not None
    ref = await _customer(call)
    choice = Later(str(call.action.args[2]))
    if await consents.calls_forbidden(call.session, ref.customer_id):
        shown = await card.show(call, ref.customer_id, edit=True, queue=card.queue_of(call))
        shown.toast = "toasts/no_calls"
        return shown
    if choice in (Later.MENU, Later.MOVE):
        shown = await card.show(call, ref.customer_id, edit=True, queue=card.queue_of(call))
        shown.buttons = card_keyboards.later(
            call.speech,
            customer_id=ref.customer_id,
            from_queue=bool(call.action.args[1]),
            promised=await follow_ups.open_of(call.session, ref.customer_id) is not None,
            moving=choice is Later.MOVE,
        )
        return shown
    due_at = moment_of(call, choice)
    if due_at is None:
        return await _ask_when(call, ref)
    said = await _once(call, ref, _call_back(call, due_at), "later")
    return [await card.show(call, ref.customer_id, edit=True, queue=card.queue_of(call)), said]


@button("promise")
@conversation.once
async def promise(call: Call) -> Reply:
    """Another time, or none, for what was logged."""
    assert call.action is not None
    ref = await _customer(call)
    interaction_id, choice = int(call.action.args[1]), Later(str(call.action.args[2]))
    if choice is Later.PICK:
        return await _ask_when(call, ref, interaction_id)
    due_at = moment_of(call, choice)
    return await echoes.echo(call, await _move(call, ref, interaction_id, due_at), changed=True, edit=True)


@button("at")
@conversation.once
async def at(call: Call) -> Reply:
    """The time that was offered."""
    assert call.action is not None
    ref = await _customer(call)
    interaction_id = int(call.action.args[1])
    due_at = unstamp(str(call.action.args[2]), call.thresholds.zone)
    if due_at is None or due_at <= call.now:
        return await _ask_when(call, ref, interaction_id, past=True)
    return await echoes.echo(call, await _move(call, ref, interaction_id, due_at), edit=True)


@dialog(PICK)
@conversation.answer
async def picked(call: Call) -> Reply | Passed:
    """The time typed; a text that is none and reads otherwise ends the question."""
    assert call.chat.dialog is not None
    asked = call.chat.dialog
    ref = await call.customer(int(asked["customer_id"]))
    interaction_id: int | None = asked["interaction_id"]
    typed = typed_time(call)
    if typed is None:
        await chats.stop_asking(call.session, call.chat.chat_id)
        return PASS
    if typed == When() or typed.past:
        return pick(ref, past=typed.past, unread=not typed.past)
    await chats.stop_asking(call.session, call.chat.chat_id)
    if typed.day is not None:
        return echoes.ask_time(call, await _stands(call, ref, interaction_id), typed.day)
    if interaction_id is None:
        logged = await echoes.log(call, ref, _call_back(call, typed.at))
    else:
        logged = await _move(call, ref, interaction_id, typed.at)
    return await echoes.echo(call, logged, changed=interaction_id is not None)


async def ask_do_not_call(call: Call, ref: CustomerRef, *, from_queue: bool = False) -> Reply:
    """Whether nobody is to call them any more; where a note asked it before, that question is put again."""
    asked = await call_questions.open_now(call.session, ref.customer_id)
    if asked is not None:
        return await echoes.ask_do_not_call(call, ref, asked, kept=False)
    return Reply(
        "notes/ask_do_not_call",
        customer_id=ref.customer_id,
        buttons=keyboards.ask_do_not_call(call.speech, customer_id=ref.customer_id, from_queue=from_queue),
        customer=ref,
        kept=False,
    )


def _answers(handler: Callable[[Call], Awaitable[Reply]]) -> Handler:
    """A button that works once; what it says stands below the card where that was pressed, which is shown as it is by
    now: without the question, though somebody else answered it or took its note back."""

    async def guarded(call: Call) -> Replies:
        assert call.action is not None
        said = await conversation.once(handler)(call)
        if _asks(call) or not call.action.args[1] or not isinstance(said, Reply):
            return said
        ref = await _customer(call)
        return [await card.show(call, ref.customer_id, edit=True, queue=card.queue_of(call)), said]

    return guarded


@button("dnc")
@_answers
async def do_not_call(call: Call) -> Reply:
    """Confirmed: nobody calls them any more. What its writer noted today tells of it; another note stays as it is."""
    assert call.action is not None
    ref = await _customer(call)
    interaction_id, below = int(call.action.args[1]), not _asks(call)
    contact = Contact(at=call.said_at, type=InteractionType.OTHER, outcome_code=Outcome.DO_NOT_CALL)
    if not interaction_id:
        return await _once(call, ref, contact, str(Outcome.DO_NOT_CALL), edit=True)
    if not await _answer(call, ref, interaction_id):
        return await _once(call, ref, contact, str(Outcome.DO_NOT_CALL), edit=not below)
    corrected = await corrections.correct(
        call.session,
        call.staff,
        ref,
        interaction_id,
        now=call.now,
        thresholds=call.thresholds,
        outcome_code=Outcome.DO_NOT_CALL,
    )
    await urgent.retell(call, ref.customer_id)
    return await echoes.echo(call, corrected.logged, edit=not below)


@button("calls_on")
@_answers
async def calls_go_on(call: Call) -> Reply:
    """Denied: all is as before the question; the note stays."""
    assert call.action is not None
    ref = await _customer(call)
    interaction_id = int(call.action.args[1])
    own = await _answer(call, ref, interaction_id)
    note = await call_questions.deny(call.session, call.staff, ref, interaction_id, now=call.now)
    await questions.retell(call, ref.customer_id)
    return Reply(
        "notes/calls_go_on",
        edit=_asks(call),
        customer_id=ref.customer_id,
        context=echoes.echoed(interaction_id),
        buttons=keyboards.calls_go_on(
            call.speech, customer_id=ref.customer_id, interaction_id=interaction_id if own else None
        ),
        customer=ref,
        promised=await follow_ups.open_of(call.session, ref.customer_id),
        note=note,
    )


def _asks(call: Call) -> bool:
    """Whether the pressed message is the question itself, not a card with its answers."""
    return call.reply_to is not None and call_questions.ASKS in call.reply_to.context


async def _answer(call: Call, ref: CustomerRef, interaction_id: int) -> bool:
    """Whether the note that asked is the person's own of today."""
    zone = call.thresholds.zone
    return await call_questions.answerable(call.session, call.staff, ref, interaction_id, now=call.now, zone=zone)


async def _once(call: Call, ref: CustomerRef, contact: Contact, what: str, *, edit: bool = False) -> Reply:
    """Log the tap, unless it is the second one on the same button."""
    origin = f"{call.chat.chat_id}:{call.message_id}:{what}"
    before = await logged_before.logged_from(call.session, call.staff, origin, since=call.now - _TWICE)
    if before is not None:
        return Reply(None, toast="toasts/already_done", at=before.written)
    logged = await echoes.log(call, ref, replace(contact, origin=origin))
    if await echoes.asks_time(call, logged):
        return echoes.ask_time(call, logged, None, edit=edit)
    return await echoes.echo(call, logged, edit=edit)


async def _move(call: Call, ref: CustomerRef, interaction_id: int, due_at: datetime | None) -> Logged:
    """What was logged, with its promise at another time."""
    corrected = await corrections.correct(
        call.session,
        call.staff,
        ref,
        interaction_id,
        now=call.now,
        thresholds=call.thresholds,
        follow_up_at=due_at,
    )
    await urgent.retell(call, ref.customer_id)
    await conversation.make_current(call, ref.customer_id)
    return corrected.logged


async def _stands(call: Call, ref: CustomerRef, interaction_id: int | None) -> Logged:
    """What was logged, or the wish to be called back, logged now that a day is known."""
    if interaction_id is None:
        return await echoes.log(call, ref, _call_back(call, None))
    return await corrections.standing(
        call.session, call.staff, ref, interaction_id, now=call.now, zone=call.thresholds.zone
    )


async def _ask_when(call: Call, ref: CustomerRef, interaction_id: int | None = None, *, past: bool = False) -> Reply:
    if await consents.calls_forbidden(call.session, ref.customer_id):
        return Reply(None, toast="toasts/no_calls")
    await conversation.ask(call, PICK, customer_id=ref.customer_id, interaction_id=interaction_id)
    return pick(ref, past=past)


def typed_time(call: Call) -> When | None:
    """The time that was typed, past where it is over; None for a text that is no answer to the question for one."""
    note = read(call.text, call.said_at, call.thresholds)
    if note.outcome not in (None, Outcome.CALLBACK_REQUESTED):
        return None
    typed = when(call.text, call.said_at, call.thresholds)
    if typed.at is not None and typed.at <= call.now:
        return When(past=True)
    if typed == When() and (looks_like_note(note) is TextKind.NOTE or len(call.text.split()) > _LONGEST_TIME):
        return None
    return typed


def pick(ref: CustomerRef, *, past: bool = False, unread: bool = False) -> Reply:
    """Day and hour are to be typed: at first, or because the time given is over, or because there was none in it."""
    return Reply("notes/pick", customer_id=ref.customer_id, customer=ref, past=past, unread=unread)


def _call_back(call: Call, due_at: datetime | None) -> Contact:
    return Contact(at=call.said_at, outcome_code=Outcome.CALLBACK_REQUESTED, follow_up_at=due_at, follow_up_asked=True)


def moment_of(call: Call, choice: Later) -> datetime | None:
    """The time a choice stands for; None where it is still to be picked."""
    match choice:
        case Later.HALF_HOUR:
            return call_times.from_now(call.now, timedelta(minutes=30))
        case Later.TWO_HOURS:
            return call_times.from_now(call.now, timedelta(hours=2))
        case Later.TOMORROW:
            return call_times.tomorrow(call.now, call.thresholds)
    return None


async def _customer(call: Call) -> CustomerRef:
    assert call.action is not None
    return await call.customer(int(call.action.args[0]))
