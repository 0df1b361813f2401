"""What is said of a logged contact: an echo with undo and fix, an offer to call again, or one question."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot import questions, urgent
from bot.call import Call
from bot.commands.conversation import ask, make_current
from bot.reply import Reply
from cdm_core import (
    calendar,
    call_questions,
    call_times,
    consents,
    details,
    interactions,
    logged_before,
    outbox,
    question_copies,
)
from cdm_core import staff as people
from cdm_core.access import CustomerRef
from cdm_core.contact_files import SentFile
from cdm_core.contacts import UNREACHED, Contact
from cdm_core.interactions import Logged
from cdm_core.note_contacts import contact_of_note, read
from cdm_core.notes.note import Need, Note
from cdm_core.words import EventType, Outcome
from templates.keyboards import notes as keyboards

ORDER_ASKED = "order_details"
_COLLEAGUES = timedelta(hours=2)
"""A colleague's contact this fresh is told to whoever logs another."""

_TRY_AGAIN = UNREACHED - {Outcome.WRONG_NUMBER}
_CALLS_AGAIN = _TRY_AGAIN | {Outcome.CALLBACK_REQUESTED}


async def log(call: Call, customer: CustomerRef, contact: Contact) -> Logged:
    """Log it and make the customer the chat's current one."""
    logged = await interactions.log(call.session, call.staff, customer, contact, now=call.now)
    await urgent.retell(call, customer.customer_id)
    await make_current(call, customer.customer_id)
    return logged


async def log_note(
    call: Call,
    ref: CustomerRef,
    text: str,
    *,
    at: datetime | None = None,
    origin: str | None = None,
    note: Note | None = None,
    edit: bool = False,
) -> Reply:
    """Log what was typed and say what was understood: ``note``, if the text was read already.

    ``at`` and ``origin`` tell when and with which message it was typed, by default just now and with this one.
    """
    said_at = at or call.said_at
    note = note or read(text, said_at, call.thresholds)
    contact = contact_of_note(note, text, said_at=said_at, origin=origin or message_key(call))
    return await echo(call, await log(call, ref, contact), note=note, edit=edit)


def message_key(call: Call, message_id: int | None = None) -> str:
    """What names this message, or another of the chat, as the origin of what is logged from it."""
    return f"{call.chat.chat_id}:{message_id or call.message_id}"


async def echo(
    call: Call,
    logged: Logged,
    *,
    note: Note | None = None,
    changed: bool = False,
    was: Contact | None = None,
    kept: str | None = None,
    files: Sequence[SentFile] = (),
    edit: bool = False,
) -> Reply:
    """The answer to what was logged; ``note`` is what it was read from, where something of it is still to be said.

    ``was``: the contact before its text was changed; ``files`` are those that came with it.
    """
    contact, customer_id = logged.contact, logged.customer.customer_id
    no_calls = await consents.calls_forbidden(call.session, customer_id)
    question = await _question(call, logged, note, edit=edit, no_calls=no_calls) if note else None
    if question is not None:
        return question
    since = call.now - _COLLEAGUES
    colleague = await logged_before.others_lately(call.session, call.staff, customer_id, since=since)
    claimer = None if logged.held_by is None else (await people.get(call.session, logged.held_by)).name
    unparsed = note.unparsed if note else ()
    if contact.outcome_code in _TRY_AGAIN and contact.follow_up_at is None and not no_calls:
        again_at = call_times.again_at(call.now, call.thresholds)
        return Reply(
            "notes/unreached",
            edit=edit,
            customer_id=customer_id,
            context=echoed(logged.interaction_id),
            buttons=keyboards.no_answer(
                call.speech, customer_id=customer_id, interaction_id=logged.interaction_id, again_at=again_at
            ),
            logged=logged,
            again_at=again_at,
            was=was,
            unparsed=unparsed,
            colleague=colleague,
            claimer=claimer,
        )
    if contact.outcome_code is Outcome.ORDER_CONFIRMED and logged.order is None and not logged.waiting:
        await ask(call, ORDER_ASKED, customer_id=customer_id, interaction_id=logged.interaction_id)
    phone = await _new_phone(call, customer_id, note) if note and kept != "phone" else None
    occasion = note.occasion if note and kept != "occasion" else None
    return Reply(
        "notes/logged",
        edit=edit,
        customer_id=customer_id,
        context=echoed(logged.interaction_id),
        buttons=keyboards.echo(
            call.speech,
            customer_id=customer_id,
            interaction_id=logged.interaction_id,
            phone=phone is not None,
            occasion=EventType(occasion.event_type) if occasion else None,
            order=_order_question(logged),
            reasons=contact.outcome_code is Outcome.NOT_INTERESTED and contact.reason is None,
        ),
        logged=logged,
        changed=changed,
        was=was,
        unparsed=unparsed,
        new_phone=phone,
        occasion=occasion,
        kept=kept,
        files=files,
        unpromised=logged.unpromised or (no_calls and contact.outcome_code in _CALLS_AGAIN),
        long=note is not None and Need.CONFIRM_DURATION in note.needs,
        colleague=None if changed else colleague,
        claimer=claimer,
    )


async def _question(call: Call, logged: Logged, note: Note, *, edit: bool, no_calls: bool) -> Reply | None:
    """What has to be asked before the note is understood: whether to stop all calls, or the time to call again."""
    if Need.CONFIRM_DO_NOT_CALL in note.needs and not no_calls:
        return await ask_do_not_call(call, logged.customer, logged.interaction_id, kept=True, edit=edit)
    if not {Need.TIME, Need.DATE} & set(note.needs) or note.outcome in _TRY_AGAIN or no_calls:
        return None
    return ask_time(call, logged, note.follow_up_date, past=Need.PAST in note.needs, edit=edit)


async def ask_do_not_call(
    call: Call, customer: CustomerRef, interaction_id: int, *, kept: bool, edit: bool = False
) -> Reply:
    """Whether all calls stop after what was logged; the customer's earlier questions give way to this one.

    ``kept``: a text was saved just now.
    """
    await questions.give_way(call, customer.customer_id)
    return Reply(
        "notes/ask_do_not_call",
        edit=edit,
        customer_id=customer.customer_id,
        context={**echoed(interaction_id), call_questions.ASKS: True},
        buttons=keyboards.ask_do_not_call(call.speech, customer_id=customer.customer_id, interaction_id=interaction_id),
        customer=customer,
        kept=kept,
    )


async def question_again(call: Call, customer: CustomerRef) -> list[Reply]:
    """The question whether all calls stop, where something was taken back or corrected so that an older note holds them
    again, and no message asks of it; else nothing."""
    asked = await question_copies.unasked(call.session, customer.customer_id)
    return [] if asked is None else [await ask_do_not_call(call, customer, asked, kept=False)]


async def _new_phone(call: Call, customer_id: int, note: Note) -> str | None:
    """The phone to be confirmed: their own, said once more, is none."""
    if note.new_phone is None or await details.has_phone(call.session, customer_id, note.new_phone):
        return None
    return note.new_phone


def told_besides(call: Call, logged: Logged) -> Note:
    """What the text of a contact tells besides it, to be confirmed once more where nothing of it is kept; without
    questions, which were asked before."""
    return replace(read(logged.contact.description or "", logged.contact.at, call.thresholds), needs=())


def _order_question(logged: Logged) -> keyboards.OrderQuestion | None:
    if logged.waiting:
        return keyboards.OrderQuestion(waiting=[order.order_id for order in logged.waiting])
    order = logged.order
    if order is not None and order.said is not None:
        return keyboards.OrderQuestion(order_id=order.order_id, amount=order.amount, said=order.said)
    if order is not None and order.unclear:
        line = order.unclear[0]
        chosen = [product.product_id for product in line.choices]
        return keyboards.OrderQuestion(line_no=line.line_no, products=chosen)
    return None


async def asks_time(call: Call, logged: Logged) -> bool:
    """Whether they want to be called, nobody knows when, and may be called at all."""
    if logged.contact.outcome_code is not Outcome.CALLBACK_REQUESTED or logged.contact.follow_up_at is not None:
        return False
    return not await consents.calls_forbidden(call.session, logged.customer.customer_id)


def ask_time(call: Call, logged: Logged, day: date | None, *, past: bool = False, edit: bool = False) -> Reply:
    """At what time to call again, on ``day`` where one was said; ``past``: the time that was said is over."""
    customer_id = logged.customer.customer_id
    return Reply(
        "notes/ask_time",
        edit=edit,
        customer_id=customer_id,
        context=echoed(logged.interaction_id),
        buttons=keyboards.ask_time(
            call.speech,
            customer_id=customer_id,
            interaction_id=logged.interaction_id,
            options=call_times.offers(day, call.now, call.thresholds),
        ),
        customer=logged.customer,
        day=day,
        past=past,
        day_off=day is not None and calendar.day_off(day, call.thresholds),
        kept=bool(logged.contact.description),
    )


def echoed(interaction_id: int) -> dict[str, int]:
    """The context by which ``former`` finds a message that tells of this interaction."""
    return {"interaction": interaction_id}


async def former(
    call: Call, customer: CustomerRef, interaction_id: int, *, to: CustomerRef | None = None
) -> list[Reply]:
    """The message that told of the interaction before a text corrected it, or moved it ``to`` another customer, says
    so and has no buttons any more. Empty where there is none."""
    told = await outbox.last_said(call.session, call.chat.chat_id, customer.customer_id, **echoed(interaction_id))
    if told is None:
        return []
    return [Reply("notes/former", edits=told, customer_id=customer.customer_id, customer=customer, to=to)]
