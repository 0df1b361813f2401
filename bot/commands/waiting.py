"""Notes that wait for whose they are: asked by name or button, and kept when something else comes in between."""

from collections.abc import Sequence

from bot.call import Call
from bot.commands import attach, conversation, customer, echoes
from bot.commands.paging import numbered, page_of
from bot.registry import PASS, Passed, Replies, button, dialog
from bot.reply import Reply
from cdm_core import chats, contact_files, waiting_notes
from cdm_core.access import CustomerRef
from cdm_core.errors import CdmError
from cdm_core.hits import Hits
from cdm_core.note_contacts import read, surely_names
from cdm_core.notes.judge import TextKind, looks_like_note
from cdm_core.notes.note import Note
from cdm_core.query import parse_query
from cdm_core.search import search
from cdm_core.waiting_notes import WaitingNote
from cdm_core.words import Outcome
from templates.keyboards import notes as keyboards

WHOSE = "note_whose"


async def keep(call: Call, text: str) -> WaitingNote:
    """Save what was typed before asking about it."""
    return await waiting_notes.keep(
        call.session, call.staff, text, origin=echoes.message_key(call), said_at=call.said_at
    )


async def ask_whose(call: Call, note: WaitingNote, *, lost: bool = False) -> Reply:
    """``lost``: it answers a message that nobody knows any more."""
    await conversation.ask(call, WHOSE, note=note.note_id)
    return Reply("notes/whose", context={"note": note.note_id}, text=note.text, lost=lost)


async def log(call: Call, ref: CustomerRef, note: WaitingNote, *, text: str | None = None, edit: bool = False) -> Reply:
    """It is this customer's; ``text`` is what of it is said of them, by default all."""
    text = note.text if text is None else text
    await waiting_notes.settle(call.session, note, now=call.now)
    came_with, files = await contact_files.take_waiting(call.session, note.note_id)
    at, origin = note.said_at, note.origin
    if files:
        said = await attach.attach(call, ref, text, files, at=at, origin=origin, came_with=came_with, edit=edit)
    else:
        said = await echoes.log_note(call, ref, text, at=at, origin=origin, edit=edit)
    said.context = {**(said.context or {}), "note": note.note_id}
    return said


async def about(call: Call, customer_id: int, text: str, *, note: Note | None = None) -> Replies:
    """Log what was typed about this customer, ``note`` if it was read already; where a colleague has them by now, say
    so and keep the text."""
    try:
        ref = await call.customer(customer_id)
    except CdmError as refusal:
        return await refused(call, refusal, await keep(call, text))
    return await echoes.log_note(call, ref, text, note=note)


async def note_or_search(call: Call, customer_id: int, text: str) -> Replies:
    """Whether the text, kept, is a note about this customer or a search; without letters and digits it can be none."""
    wordless = not any(letter.isalnum() for letter in text)
    ask = keyboards.keep_as_note if wordless else keyboards.note_or_search
    waits = await keep(call, text)
    try:
        ref = await call.customer(customer_id)
    except CdmError as refusal:
        return await refused(call, refusal, waits)
    return Reply(
        "notes/note_or_search",
        context={"note": waits.note_id},
        buttons=ask(call.speech, customer_id=customer_id),
        text=text,
        customer=ref,
        wordless=wordless,
    )


async def refused(call: Call, refusal: CdmError, note: WaitingNote) -> Sequence[Reply]:
    """Why the customer may not be seen, and that what was typed about them is kept."""
    return [await conversation.refused(call, refusal), kept(call, note)]


async def give(call: Call, who: str, note: WaitingNote, found: Hits | None = None) -> Replies:
    """Log it with the one customer that ``who`` finds; with several ask which, with none say so and ask again."""
    found = found or await find(call, who)
    visible = found.visible
    if len(visible) == 1:
        return await log(call, await call.customer(visible[0].customer_id), note)
    if visible:
        return _choices(call, who, note, found, 0)
    nobody = await customer.find(call, who, waiting=None if found.hits else note.text)
    await conversation.ask(call, WHOSE, note=note.note_id, who=who)
    return [nobody, kept(call, note)] if found.hits else nobody


async def give_waiting(call: Call, ref: CustomerRef) -> Reply | None:
    """Log the note whose customer is being asked for, if one is."""
    asked = call.chat.dialog or {}
    if asked.get("name") != WHOSE or conversation.over(call, asked):
        return None
    note = await _open(call, asked)
    return None if note is None else await log(call, ref, note)


async def give_kept(call: Call, ref: CustomerRef) -> Reply | None:
    """Log the note that the pressed message keeps, if it does and nobody said whose it is."""
    note = await _pressed(call)
    return None if isinstance(note, Reply) else await log(call, ref, note)


async def find(call: Call, who: str) -> Hits:
    query = parse_query(who, call.thresholds.country)
    return await search(call.session, call.staff, call.thresholds, query, now=call.now)


def kept(call: Call, note: WaitingNote, about: int | None = None) -> Reply:
    """The text is safe, and a tap away."""
    return Reply(
        "notes/kept",
        context={"note": note.note_id},
        buttons=keyboards.kept(call.speech, note_id=note.note_id, customer_id=about),
        text=note.text,
    )


async def left(call: Call, replies: Sequence[Reply]) -> Reply | None:
    """Something else came in between: the question is over, the note stays."""
    assert call.chat.dialog is not None
    note = await _open(call, call.chat.dialog)
    if note is None or any(note.note_id in (reply.context or {}).get("notes", ()) for reply in replies):
        return None
    await chats.stop_asking(call.session, call.chat.chat_id, only=call.chat.dialog)
    about = next((reply.customer_id for reply in replies if reply.customer_id is not None), None)
    offered = about is not None and await _may_be_of(call, note, call.chat.dialog.get("who"), about)
    return kept(call, note, about if offered else None)


async def _may_be_of(call: Call, note: WaitingNote, who: str | None, customer_id: int) -> bool:
    """Whether one tap may give the note to a customer who merely came next: none that named another by an id or a
    phone, and none that ends all calls."""
    if read(note.text, note.said_at, call.thresholds).outcome is Outcome.DO_NOT_CALL:
        return False
    if who is None or not surely_names(who, call.thresholds.country):
        return True
    return any(hit.customer_id == customer_id for hit in (await find(call, who)).visible)


@dialog(WHOSE, left=left)
@conversation.answer
async def whose(call: Call) -> Replies | Passed:
    """Whose note it is; another note instead is taken for itself."""
    assert call.chat.dialog is not None
    note = await _open(call, call.chat.dialog)
    if note is None or looks_like_note(read(call.text, call.said_at, call.thresholds)) is TextKind.NOTE:
        await chats.stop_asking(call.session, call.chat.chat_id)
        return PASS
    found = await find(call, call.text)
    if found.hits:
        await chats.stop_asking(call.session, call.chat.chat_id)
    return await give(call, call.text, note, found)


@button("whose")
async def ask_for(call: Call) -> Reply:
    """A note that was left: whose is it?"""
    assert call.action is not None
    note = await _pressed(call, int(call.action.args[0]))
    return note if isinstance(note, Reply) else await ask_whose(call, note)


@button("note")
async def keep_note(call: Call) -> Reply:
    """The text that was asked about is a note of this customer."""
    assert call.action is not None
    note = await _pressed(call)
    if isinstance(note, Reply):
        return note
    ref = await call.customer(int(call.action.args[0]))
    asked = call.reply_to.context if call.reply_to else {}
    named = asked.get("present") not in (None, ref.customer_id)
    return await log(call, ref, note, text=(asked["what"] or None) if named else None, edit=True)


@button("search")
async def search_instead(call: Call) -> Reply:
    """The text that was asked about is a search."""
    note = await _pressed(call)
    if isinstance(note, Reply):
        return note
    await waiting_notes.settle(call.session, note, now=call.now)
    found = await customer.find(call, note.text)
    found.edit = True
    return found


@button("choose")
async def other_choices(call: Call) -> Replies:
    """Another page of the customers that the note may be of."""
    assert call.action is not None
    note = await _pressed(call)
    if isinstance(note, Reply):
        return note
    assert call.reply_to is not None
    who = str(call.reply_to.context.get("search", ""))
    found = await find(call, who)
    if all(hit.masked for hit in found.hits):
        return await customer.find(call, who)
    return _choices(call, who, note, found, max(0, int(call.action.args[0])), edit=True)


def _choices(call: Call, who: str, note: WaitingNote, found: Hits, page: int, *, edit: bool = False) -> Reply:
    visible = found.visible
    opened = page_of(visible, page)
    entries = numbered(opened.shown, opened.first)
    return Reply(
        "notes/choose",
        edit=edit,
        context={"note": note.note_id, "search": who, "entries": entries},
        buttons=keyboards.choose(call.speech, entries=entries, page=opened.number, remaining=opened.remaining),
        **customer.listed(call, who, opened, total=len(visible), more=found.more),
        text=note.text,
    )


async def _open(call: Call, asked: dict[str, object]) -> WaitingNote | None:
    """The note that is asked about, while nobody has said whose it is."""
    note = await waiting_notes.find(call.session, call.staff, int(str(asked["note"])))
    return None if note is None or note.settled_at is not None else note


async def _pressed(call: Call, note_id: int | None = None) -> WaitingNote | Reply:
    """The note of the button, else of the pressed message; or what to say where it is settled or forgotten."""
    context = call.reply_to.context if call.reply_to else {}
    wanted = note_id if note_id is not None else context.get("note")
    note = None if wanted is None else await waiting_notes.find(call.session, call.staff, int(wanted))
    if note is None:
        return Reply(None, toast="toasts/old_button")
    return note if note.settled_at is None else Reply(None, toast="toasts/already_done", at=note.settled_at)
