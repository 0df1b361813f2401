"""[✏️ Fix] under an echo: what was logged is undone and logged again with what the agent corrects."""

from typing import Any

from bot.call import Call
from bot.commands import customer, echoes
from bot.registry import PASS, Passed, Replies, button, dialog
from bot.reply import Reply
from cdm_core import chats, corrections
from cdm_core.access import CustomerRef
from cdm_core.interactions import Logged
from cdm_core.note_contacts import contact_of_note, read
from cdm_core.notes.judge import TextKind, looks_like_note
from cdm_core.query import parse_query
from cdm_core.search import search
from cdm_core.words import Outcome, Reason
from templates.actions import FixField
from templates.keyboards import notes as keyboards
from templates.keyboards.labels import PAGE

WHO = "fix_customer"
_MENUS = {
    FixField.MENU: keyboards.fix,
    FixField.OUTCOME: keyboards.fix_outcome,
    FixField.REASON: keyboards.fix_reason,
    FixField.MINUTES: keyboards.fix_minutes,
    FixField.FOLLOW_UP: keyboards.fix_follow_up,
}


@button("fix")
@echoes.once
async def fix(call: Call) -> Reply:
    assert call.action is not None
    field = FixField(str(call.action.args[2]))
    stands = await _standing(call)
    customer_id, interaction_id = stands.customer.customer_id, stands.interaction_id
    if (call.chat.dialog or {}).get("name") == WHO:
        await chats.stop_asking(call.session, call.chat.chat_id)
    if field is FixField.BACK:
        return await echoes.echo(call, stands, edit=True)
    if field is FixField.CUSTOMER:
        await echoes.ask(call, WHO, customer_id=customer_id, interaction_id=interaction_id)
        return Reply("notes/ask_customer", customer_id=customer_id, customer=stands.customer)
    return Reply(
        "notes/fix",
        edit=True,
        customer_id=customer_id,
        buttons=_MENUS[field](call.speech, customer_id=customer_id, interaction_id=interaction_id),
        logged=stands,
        field=field,
    )


@button("retell")
@echoes.once
async def retell(call: Call) -> Reply:
    """It went otherwise. Do-not-call has its own question."""
    assert call.action is not None
    outcome = Outcome(str(call.action.args[2]))
    if outcome is Outcome.DO_NOT_CALL:
        return Reply(None, toast="toasts/old_button")
    return await _corrected(call, outcome_code=outcome)


@button("reason")
@echoes.once
async def reason(call: Call) -> Reply:
    assert call.action is not None
    return await _corrected(call, reason=Reason(str(call.action.args[2])))


@button("minutes")
@echoes.once
async def minutes(call: Call) -> Reply:
    assert call.action is not None
    return await _corrected(call, duration_seconds=60 * min(max(int(call.action.args[2]), 0), 24 * 60))


@button("move")
@echoes.once
async def move(call: Call) -> Reply:
    """It was another customer, chosen of several."""
    assert call.action is not None
    return await _corrected(call, to=await call.customer(int(call.action.args[2])))


@dialog(WHO)
@echoes.answer
async def who(call: Call) -> Replies | Passed:
    """Whose it really was; a note typed instead ends the question."""
    assert call.chat.dialog is not None
    ref = await call.customer(int(call.chat.dialog["customer_id"]))
    interaction_id = int(call.chat.dialog["interaction_id"])
    if looks_like_note(read(call.text, call.said_at, call.thresholds)) is TextKind.NOTE:
        await chats.stop_asking(call.session, call.chat.chat_id)
        return PASS
    found = await search(
        call.session, call.staff, call.thresholds, parse_query(call.text, call.thresholds.country), now=call.now
    )
    visible = [hit for hit in found.hits if not hit.masked]
    if not visible:
        return await customer.find(call, call.text)
    await chats.stop_asking(call.session, call.chat.chat_id)
    if len(visible) == 1:
        return await _correct(call, ref, interaction_id, edit=False, to=await call.customer(visible[0].customer_id))
    return Reply(
        "hits",
        buttons=keyboards.move(
            call.speech,
            customer_id=ref.customer_id,
            interaction_id=interaction_id,
            to=[hit.customer_id for hit in visible[:PAGE]],
        ),
        hits=visible[:PAGE],
        first=1,
        total=len(visible),
        more=found.more,
        query=call.text,
        phone=None,
        reader_id=call.staff.id,
    )


@dialog(echoes.ORDER_ASKED)
@echoes.answer
async def order_details(call: Call) -> Reply | Passed:
    """What the confirmed order is: amount, payment, products. Anything else ends the question."""
    assert call.chat.dialog is not None
    asked = call.chat.dialog
    await chats.stop_asking(call.session, call.chat.chat_id)
    note = read(call.text, call.said_at, call.thresholds)
    said = contact_of_note(note, call.text, said_at=call.said_at, origin="")
    if said.amount is None and not said.products:
        return PASS
    return await _correct(
        call,
        await call.customer(int(asked["customer_id"])),
        int(asked["interaction_id"]),
        edit=False,
        amount=said.amount,
        payment=said.payment,
        products=said.products,
        description=call.text,
    )


async def _standing(call: Call) -> Logged:
    assert call.action is not None
    ref = await call.customer(int(call.action.args[0]))
    return await corrections.standing(
        call.session, call.staff, ref, int(call.action.args[1]), now=call.now, zone=call.thresholds.zone
    )


async def _corrected(call: Call, **changes: Any) -> Reply:
    assert call.action is not None
    ref = await call.customer(int(call.action.args[0]))
    return await _correct(call, ref, int(call.action.args[1]), edit=True, **changes)


async def _correct(call: Call, ref: CustomerRef, interaction_id: int, *, edit: bool, **changes: Any) -> Reply:
    corrected = await corrections.correct(
        call.session, call.staff, ref, interaction_id, now=call.now, thresholds=call.thresholds, **changes
    )
    await echoes.make_current(call, corrected.logged.customer.customer_id)
    if changes.get("outcome_code") is Outcome.CALLBACK_REQUESTED and corrected.logged.contact.follow_up_at is None:
        return echoes.ask_time(call, corrected.logged, None, edit=edit)
    return await echoes.echo(call, corrected.logged, changed=True, edit=edit)
