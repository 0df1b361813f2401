"""Texts that somebody else wrote: a number in them finds the customer; nothing of them is the agent's note unasked."""

from bot.call import Call
from bot.commands import customer, waiting
from bot.registry import Replies, forwarded
from bot.reply import Reply
from cdm_core.note_contacts import read
from cdm_core.notes.judge import TextKind, looks_like_note
from cdm_core.query import parse_query
from cdm_core.words import QueryKind
from templates.keyboards import notes as keyboards


@forwarded
async def forward(call: Call) -> Replies:
    """With a number: whose it is; where it is nobody's, the text waits for the lead to be. Else, while a card is open,
    the text may be about it; without one it is a search, unless it reads like a note."""
    query = parse_query(call.text, call.thresholds.country)
    if query.kind is QueryKind.PHONE:
        found = await customer.find(call, ", ".join((query.value, *query.more)))
        if found.template == "nobody" and any(letter.isalpha() for letter in call.text):
            kept = await waiting.keep(call, call.text)
            found.context = {**(found.context or {}), "note": kept.note_id}
        return found
    current = call.chat.current_customer_id
    searchable = query.kind not in (QueryKind.TOO_LONG, QueryKind.EMPTY) and any(map(str.isalnum, call.text))
    if searchable and current is None:
        note = read(call.text, call.said_at, call.thresholds)
        if looks_like_note(note) is TextKind.SEARCH:
            return await customer.find(call, call.text)
    kept = await waiting.keep(call, call.text)
    ask = keyboards.note_or_search if searchable else keyboards.keep_as_note
    return Reply(
        "notes/note_or_search",
        context={"note": kept.note_id},
        buttons=ask(call.speech, customer_id=current, note_id=kept.note_id),
        text=call.text,
        customer=None if current is None else await call.customer(current),
        wordless=not searchable,
    )
