"""A new lead: one tap, then the name."""

from bot.call import Call
from bot.commands import card, conversation, customer, waiting
from bot.registry import PASS, Passed, Replies, button, dialog
from bot.reply import Reply
from cdm_core import chats, leads
from cdm_core.note_contacts import read
from cdm_core.notes.judge import TextKind, looks_like_note
from cdm_core.phones import to_e164
from cdm_core.query import MAX_QUERY, parse_query
from cdm_core.words import QueryKind

ASKED = "lead_name"


@button("lead")
async def new_lead(call: Call) -> Replies:
    """Whoever has the number by now is shown instead, so a second press makes no second lead. A note that waited
    for its customer is the lead's."""
    assert call.action is not None
    phone = to_e164(str(call.action.args[0]), call.thresholds.country)
    if phone is None:
        return Reply(None, toast="toasts/old_button")
    name = str(call.reply_to.context.get("name", "")) if call.reply_to else ""
    lead = await leads.new_lead(call.session, call.staff, phone, now=call.now, name=name)
    if lead is None:
        return await customer.find(call, phone)
    ref = await call.customer(lead.customer_id)
    noted = await waiting.give_waiting(call, ref) or await waiting.give_kept(call, ref)
    if lead.name:
        shown = await card.show(call, lead.customer_id, edit=True)
    else:
        await conversation.ask(call, ASKED, customer_id=lead.customer_id)
        shown = Reply("new_lead", edit=True, customer_id=lead.customer_id, lead_id=lead.customer_id, phone=phone)
    return [shown, noted] if noted else shown


@dialog(ASKED)
@conversation.answer
async def name_lead(call: Call) -> Reply | Passed:
    """A note or a number instead of the name ends the question, a text too long for a name does not."""
    assert call.chat.dialog is not None
    note = read(call.text, call.said_at, call.thresholds)
    kind = parse_query(call.text, call.thresholds.country).kind
    if kind is QueryKind.TOO_LONG and looks_like_note(note) is not TextKind.NOTE:
        return Reply("long_name", letters=len(call.text), limit=MAX_QUERY)
    await chats.stop_asking(call.session, call.chat.chat_id)
    if kind is not QueryKind.NAME or looks_like_note(note) is TextKind.NOTE:
        return PASS
    lead = await call.customer(int(call.chat.dialog["customer_id"]))
    await leads.name_lead(call.session, call.staff, lead, call.text, now=call.now)
    return await card.show(call, lead.customer_id)
