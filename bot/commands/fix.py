"""[✏️ Fix] under an echo: what was logged is undone and logged again with what the agent corrects."""

from typing import Any

from bot import urgent
from bot.call import Call
from bot.commands import conversation, customer, echoes, waiting
from bot.commands.paging import numbered, page_of
from bot.registry import PASS, Passed, Replies, button, dialog
from bot.reply import Reply
from cdm_core import chats, corrections
from cdm_core.access import CustomerRef
from cdm_core.digits import ascii_digits
from cdm_core.hits import Hits
from cdm_core.interactions import Logged
from cdm_core.note_contacts import contact_of_note, read
from cdm_core.notes.judge import TextKind, looks_like_note
from cdm_core.order_writes import Which
from cdm_core.words import Outcome, Reason
from templates.actions import FixField
from templates.keyboards import fixes

WHO = "fix_customer"
LENGTH = "fix_minutes"
_LONGEST_MINUTES = 24 * 60
_MENUS = {
    FixField.OUTCOME: fixes.fix_outcome,
    FixField.REASON: fixes.fix_reason,
    FixField.MINUTES: fixes.fix_minutes,
    FixField.FOLLOW_UP: fixes.fix_follow_up,
}


@button("fix")
@conversation.once
async def fix(call: Call) -> Reply:
    assert call.action is not None
    field = FixField(str(call.action.args[2]))
    stands = await _standing(call)
    customer_id, interaction_id = stands.customer.customer_id, stands.interaction_id
    await _stop_asking(call)
    if field is FixField.BACK:
        return await echoes.echo(call, stands, edit=True)
    if field is FixField.ORDER:
        await conversation.ask(call, echoes.ORDER_ASKED, customer_id=customer_id, interaction_id=interaction_id)
        return Reply("notes/ask_order", customer_id=customer_id, customer=stands.customer)
    if field is FixField.CUSTOMER:
        await conversation.ask(call, WHO, customer_id=customer_id, interaction_id=interaction_id)
        return Reply("notes/ask_customer", customer_id=customer_id, customer=stands.customer)
    ids = {"customer_id": customer_id, "interaction_id": interaction_id}
    if field is FixField.MINUTES:
        await conversation.ask(call, LENGTH, **ids)
    own = stands.contact.outcome_code is Outcome.ORDER_CONFIRMED and (stands.order is None or stands.order.created)
    return Reply(
        "notes/fix",
        edit=True,
        customer_id=customer_id,
        context=echoes.echoed(interaction_id),
        buttons=_MENUS[field](call.speech, **ids) if field in _MENUS else fixes.fix(call.speech, **ids, order=own),
        logged=stands,
        field=field,
    )


@button("retell")
@conversation.once
async def retell(call: Call) -> Replies:
    """It went otherwise. Do-not-call has its own question."""
    assert call.action is not None
    outcome = Outcome(str(call.action.args[2]))
    if outcome is Outcome.DO_NOT_CALL:
        return Reply(None, toast="toasts/old_button")
    return await _corrected(call, outcome_code=outcome)


@button("reason")
@conversation.once
async def reason(call: Call) -> Replies:
    assert call.action is not None
    return await _corrected(call, reason=Reason(str(call.action.args[2])))


@button("minutes")
@conversation.once
async def minutes(call: Call) -> Replies:
    assert call.action is not None
    await _stop_asking(call)
    return await _corrected(call, duration_seconds=60 * min(max(int(call.action.args[2]), 0), _LONGEST_MINUTES))


@dialog(LENGTH)
@conversation.answer
async def length(call: Call) -> Replies | Passed:
    """How many minutes it took, typed: "12", "12 min". Anything else ends the question."""
    assert call.chat.dialog is not None
    asked = call.chat.dialog
    await chats.stop_asking(call.session, call.chat.chat_id)
    seconds = _seconds(call)
    if seconds is None:
        return PASS
    ref, interaction_id = await call.customer(int(asked["customer_id"])), int(asked["interaction_id"])
    await _standing_of(call, ref, interaction_id)
    corrected = await _correct(call, ref, interaction_id, edit=False, duration_seconds=seconds)
    return [*corrected, *await echoes.former(call, ref, interaction_id)]


@button("move")
@conversation.once
async def move(call: Call) -> Replies:
    """It was another customer, chosen of several."""
    assert call.action is not None
    customer_id, interaction_id, other = map(int, call.action.args)
    ref, to = await call.customer(customer_id), await call.customer(other)
    moved = await _correct(call, ref, interaction_id, edit=True, to=to)
    return [*moved, *await echoes.former(call, ref, interaction_id, to=to)]


@dialog(WHO)
@conversation.answer
async def who(call: Call) -> Replies | Passed:
    """Whose it really was; a note typed instead ends the question."""
    assert call.chat.dialog is not None
    ref = await call.customer(int(call.chat.dialog["customer_id"]))
    interaction_id = int(call.chat.dialog["interaction_id"])
    if looks_like_note(read(call.text, call.said_at, call.thresholds)) is TextKind.NOTE:
        await chats.stop_asking(call.session, call.chat.chat_id)
        return PASS
    found = await waiting.find(call, call.text)
    visible = found.visible
    if not visible:
        return await customer.find(call, call.text)
    await chats.stop_asking(call.session, call.chat.chat_id)
    if len(visible) == 1:
        to = await call.customer(visible[0].customer_id)
        moved = await _correct(call, ref, interaction_id, edit=False, to=to)
        return [*moved, *await echoes.former(call, ref, interaction_id, to=to)]
    return _whom(call, ref, interaction_id, call.text, found, 0)


@button("moves")
@conversation.once
async def other_whom(call: Call) -> Reply:
    """Another page of those whose it may be."""
    stands = await _standing(call)
    assert call.action is not None
    who = str(call.reply_to.context.get("search", "")) if call.reply_to else ""
    page = max(0, int(call.action.args[2]))
    found = await waiting.find(call, who)
    return _whom(call, stands.customer, stands.interaction_id, who, found, page, edit=True)


def _whom(
    call: Call, ref: CustomerRef, interaction_id: int, who: str, found: Hits, page: int, *, edit: bool = False
) -> Reply:
    visible = found.visible
    opened = page_of(visible, page)
    entries = numbered(opened.shown, opened.first)
    return Reply(
        "hits",
        edit=edit,
        context={"search": who},
        buttons=fixes.move(
            call.speech,
            customer_id=ref.customer_id,
            interaction_id=interaction_id,
            entries=entries,
            page=opened.number,
            remaining=opened.remaining,
        ),
        **customer.listed(call, who, opened, total=len(visible), more=found.more),
    )


@dialog(echoes.ORDER_ASKED)
@conversation.answer
async def order_details(call: Call) -> Replies | Passed:
    """What the confirmed order is: amount, payment, products. Anything else ends the question."""
    assert call.chat.dialog is not None
    asked = call.chat.dialog
    await chats.stop_asking(call.session, call.chat.chat_id)
    said = contact_of_note(read(call.text, call.said_at, call.thresholds), call.text, said_at=call.said_at, origin="")
    if said.amount is None and not said.products:
        return PASS
    ref, interaction_id = await call.customer(int(asked["customer_id"])), int(asked["interaction_id"])
    stands = await _standing_of(call, ref, interaction_id)
    told = {"amount": said.amount, "payment": said.payment, "products": said.products}
    description = "\n".join(filter(None, [stands.contact.description, call.text]))
    changes = {name: value for name, value in told.items() if value}
    corrected = await _correct(call, ref, interaction_id, edit=False, description=description, **changes)
    return [*corrected, *await echoes.former(call, ref, interaction_id)]


@button("order")
@conversation.once
async def order(call: Call) -> Replies:
    """Which order it is: one of those that wait, or a new one of what was said."""
    assert call.action is not None
    stands = await _standing(call)
    order_id = int(call.action.args[2])
    if stands.order is not None and stands.order.order_id == order_id:
        return await echoes.echo(call, stands, changed=True, edit=True)
    text, at = stands.contact.description or "", stands.contact.at
    said = contact_of_note(read(text, at, call.thresholds), text, said_at=at, origin="")
    which = Which(order_id) if order_id else Which(fresh=True)
    return await _corrected(
        call, which=which, amount=said.amount if not order_id else None, payment=said.payment, products=said.products
    )


@button("product")
@conversation.once
async def product(call: Call) -> Reply:
    """Which product a line of the new order is."""
    assert call.action is not None
    stands = await _standing(call)
    line_no, product_id = map(int, call.action.args[2:])
    await corrections.name_product(call.session, call.staff, stands, line_no, product_id, now=call.now)
    return await echoes.echo(call, await _standing(call), changed=True, edit=True)


def _seconds(call: Call) -> int | None:
    """The length that is all the text says; a number alone is minutes."""
    alone = ascii_digits(call.text)
    note = read(f"{alone} min" if alone.isdecimal() else call.text, call.said_at, call.thresholds)
    if note.outcome is not Outcome.CONNECTED or note.unparsed or not note.duration_s:
        return None
    others = (note.reason, note.amount, note.follow_up_at, note.follow_up_date, note.occurred_at, note.new_phone)
    return note.duration_s if not any(others) and note.duration_s <= 60 * _LONGEST_MINUTES else None


async def _stop_asking(call: Call) -> None:
    """A button pressed instead is no answer."""
    if (call.chat.dialog or {}).get("name") in (WHO, LENGTH):
        await chats.stop_asking(call.session, call.chat.chat_id)


async def _standing(call: Call) -> Logged:
    assert call.action is not None
    return await _standing_of(call, await call.customer(int(call.action.args[0])), int(call.action.args[1]))


async def _standing_of(call: Call, ref: CustomerRef, interaction_id: int) -> Logged:
    return await corrections.standing(
        call.session, call.staff, ref, interaction_id, now=call.now, zone=call.thresholds.zone
    )


async def _corrected(call: Call, **changes: Any) -> list[Reply]:
    assert call.action is not None
    ref = await call.customer(int(call.action.args[0]))
    return await _correct(call, ref, int(call.action.args[1]), edit=True, **changes)


async def _correct(call: Call, ref: CustomerRef, interaction_id: int, *, edit: bool, **changes: Any) -> list[Reply]:
    """Moved to another customer, what was kept with it is dropped: the echo offers it anew."""
    corrected = await corrections.correct(
        call.session, call.staff, ref, interaction_id, now=call.now, thresholds=call.thresholds, **changes
    )
    now_of = corrected.logged.customer
    for customer_id in sorted({ref.customer_id, now_of.customer_id}):
        await urgent.retell(call, customer_id)
    await conversation.make_current(call, now_of.customer_id)
    if "outcome_code" in changes and await echoes.asks_time(call, corrected.logged):
        said = echoes.ask_time(call, corrected.logged, None, edit=edit)
    else:
        besides = echoes.told_besides(call, corrected.logged) if "to" in changes else None
        said = await echoes.echo(call, corrected.logged, note=besides, changed=True, edit=edit)
    again = await echoes.question_again(call, now_of)
    if now_of.customer_id != ref.customer_id:
        again += await echoes.question_again(call, ref)
    return [said, *again]
