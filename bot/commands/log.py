"""Logging by message: /log, an answer to a card or a list, plain text after a card, and a message changed later."""

from dataclasses import fields
from datetime import datetime
from typing import Any

from bot.call import Call
from bot.commands import card, customer, echoes
from bot.registry import PASS, Passed, Replies, button, command, dialog, edited, text
from bot.reply import Reply
from cdm_core import chats, corrections, interactions
from cdm_core.access import CustomerRef
from cdm_core.digits import ascii_digits
from cdm_core.errors import CdmError
from cdm_core.hits import Hits
from cdm_core.interactions import Contact
from cdm_core.note_contacts import contact_of_note, line_and_what, read, short_id_and_what, who_and_what
from cdm_core.notes.judge import TextKind, looks_like_note
from cdm_core.notes.note import Note
from cdm_core.query import MAX_QUERY, parse_query
from cdm_core.search import search
from cdm_core.words import Outcome, QueryKind
from templates.keyboards import notes as keyboards
from templates.keyboards.labels import PAGE

WHOSE = "note_whose"
ABOUT = "note_about"


@command("log", args="[who] <what happened>")
async def log(call: Call) -> Replies:
    """Whom: named first, else the customer of the message replied to, else the current one."""
    if not call.text:
        return Reply("notes/usage")
    if call.reply_to is not None and (entries := call.reply_to.context.get("entries")):
        listed = await _of_list(call, entries)
        if listed is not PASS:
            return listed
    note = _read(call)
    who, what = who_and_what(call.text, note, call.thresholds.country)
    if not who:
        who, what = short_id_and_what(call.text, call.said_at, call.thresholds)
    present = _present(call)
    if who and (not who[0].isalpha() or present is None or await _known(call, who)):
        return await _for(call, who, what)
    if present is not None:
        return await _note(call, await call.customer(present), _kept(call, call.text), note=note)
    return await _ask_whose(call)


@text
async def typed(call: Call) -> Replies | Passed:
    """A note about the customer answered to, or about the current one if it reads like one; else not for us."""
    if call.reply_to is not None and (entries := call.reply_to.context.get("entries")):
        return await _of_list(call, entries)
    if call.reply_to is not None and call.reply_to.customer_id is not None:
        return await _note(call, await call.customer(call.reply_to.customer_id), _kept(call, call.text))
    note = _read(call)
    if call.chat.current_customer_id is not None:
        return await _after_card(call, call.chat.current_customer_id, note)
    if looks_like_note(note) is not TextKind.NOTE:
        return PASS
    who, what = who_and_what(call.text, note, call.thresholds.country)
    return await _for(call, who, what) if who and what and await _known(call, who) else await _ask_whose(call)


@button("note")
async def keep_note(call: Call) -> Reply:
    """The text that was asked about is a note of this customer."""
    assert call.action is not None
    kept = _kept_in(call)
    if kept is None:
        return Reply(None, toast="toasts/old_button")
    before = await interactions.logged_from(call.session, call.staff, kept["origin"])
    if before is not None:
        return Reply(None, toast="toasts/already_done", at=before.written)
    return await _note(call, await call.customer(int(call.action.args[0])), kept, edit=True)


@button("search")
async def search_instead(call: Call) -> Reply:
    """The text that was asked about is a search."""
    kept = _kept_in(call)
    if kept is None:
        return Reply(None, toast="toasts/old_button")
    found = await customer.find(call, kept["text"])
    found.edit = True
    return found


@button("write")
async def write(call: Call) -> Reply:
    assert call.action is not None
    ref = await call.customer(int(call.action.args[0]))
    return await _ask_what(call, ref)


@dialog(ABOUT)
@echoes.answer
async def written(call: Call) -> Reply:
    assert call.chat.dialog is not None
    await chats.stop_asking(call.session, call.chat.chat_id)
    return await _note(call, await call.customer(int(call.chat.dialog["customer_id"])), _kept(call, call.text))


@dialog(WHOSE)
@echoes.answer
async def whose(call: Call) -> Replies | Passed:
    """Whose note it is; another note instead is taken for itself."""
    assert call.chat.dialog is not None
    if looks_like_note(_read(call)) is TextKind.NOTE:
        await chats.stop_asking(call.session, call.chat.chat_id)
        return PASS
    kept = {key: call.chat.dialog[key] for key in ("text", "origin", "at")}
    found = await _search(call, call.text)
    if found.hits:
        await chats.stop_asking(call.session, call.chat.chat_id)
    return await _give(call, call.text, found, kept)


@edited
async def changed(call: Call) -> Replies | Passed:
    """A note that its writer changed is understood anew."""
    origin = _origin(call)
    before = await interactions.logged_from(call.session, call.staff, origin)
    if before is None:
        return PASS
    ref = await call.customer(before.customer_id)
    what = call.text
    note = read(what, before.written, call.thresholds)
    who, rest = who_and_what(what, note, call.thresholds.country)
    if who and rest and not who[0].isalpha():
        what, note = rest, read(rest, before.written, call.thresholds)
    contact = contact_of_note(note, what, said_at=before.written, origin=origin)
    try:
        corrected = await corrections.correct(
            call.session,
            call.staff,
            ref,
            before.interaction_id,
            now=call.now,
            thresholds=call.thresholds,
            **_fields(contact),
        )
    except CdmError as error:
        if error.code != "nothing_to_undo":
            raise
        return Reply("notes/too_late")
    return await echoes.echo(call, corrected.logged, note=note, changed=True)


async def give_waiting(call: Call, ref: CustomerRef) -> Reply | None:
    """Log the note that waits for its customer, if one does."""
    asked = call.chat.dialog or {}
    if asked.get("name") != WHOSE or datetime.fromisoformat(asked["until"]) <= call.now:
        return None
    return await _note(call, ref, {key: asked[key] for key in ("text", "origin", "at")})


async def _note(
    call: Call, ref: CustomerRef, kept: dict[str, Any], *, note: Note | None = None, edit: bool = False
) -> Reply:
    """Log the text with the customer and say what was understood: ``note``, if the text was read already."""
    at = datetime.fromisoformat(kept["at"])
    note = note or read(kept["text"], at, call.thresholds)
    contact = contact_of_note(note, kept["text"], said_at=at, origin=kept["origin"])
    return await echoes.echo(call, await echoes.log(call, ref, contact), note=note, edit=edit)


async def _after_card(call: Call, customer_id: int, note: Note) -> Replies | Passed:
    kind = looks_like_note(note)
    if kind is TextKind.NOTE and note.outcome is not Outcome.WRONG_NUMBER and await _names_another(call, customer_id):
        kind = TextKind.EITHER
    wordless = not any(letter.isalnum() for letter in call.text)
    if kind is TextKind.NOTE:
        return await _note(call, await call.customer(customer_id), _kept(call, call.text), note=note)
    if parse_query(call.text, call.thresholds.country).kind is QueryKind.TOO_LONG:
        return Reply(
            "errors/too_long",
            context=_kept(call, call.text),
            buttons=keyboards.keep_as_note(call.speech, customer_id=customer_id),
            letters=len(call.text),
            limit=MAX_QUERY,
        )
    if kind is TextKind.SEARCH and not wordless:
        return PASS
    ask = keyboards.keep_as_note if wordless else keyboards.note_or_search
    return Reply(
        "notes/note_or_search",
        context=_kept(call, call.text),
        buttons=ask(call.speech, customer_id=customer_id),
        text=call.text,
        customer=await call.customer(customer_id),
        wordless=wordless,
    )


async def _names_another(call: Call, customer_id: int) -> bool:
    """Whether the text holds the phone of somebody known who is not this customer."""
    query = parse_query(call.text, call.thresholds.country)
    if query.kind is not QueryKind.PHONE:
        return False
    found = await search(call.session, call.staff, call.thresholds, query, now=call.now)
    return bool(found.hits) and all(hit.customer_id != customer_id for hit in found.hits)


async def _of_list(call: Call, entries: dict[str, int]) -> Replies | Passed:
    """An answer to a list: "2 kotha hoise"; the number alone opens the card."""
    alone = ascii_digits(call.text).strip()
    if alone in entries:
        return await card.show(call, entries[alone])
    number, what = line_and_what(call.text)
    if number is not None and what and str(number) in entries:
        return await _note(call, await call.customer(entries[str(number)]), _kept(call, what))
    if looks_like_note(_read(call)) is not TextKind.NOTE:
        return PASS
    if len(entries) == 1:
        return await _note(call, await call.customer(*entries.values()), _kept(call, call.text))
    return Reply(
        "notes/which_line",
        context=_kept(call, call.text),
        buttons=keyboards.choose(call.speech, entries=entries),
        text=call.text,
    )


async def _for(call: Call, who: str, what: str) -> Replies:
    found = await _search(call, who)
    if what or len(found.hits) != 1 or found.hits[0].masked:
        return await _give(call, who, found, _kept(call, what) if what else None)
    return await _ask_what(call, await call.customer(found.hits[0].customer_id))


async def _give(call: Call, who: str, found: Hits, kept: dict[str, Any] | None) -> Replies:
    """Log ``kept`` with the one customer found; with several ask which, with none say so and wait for another name."""
    visible = [hit for hit in found.hits if not hit.masked]
    if kept is not None and not found.hits:
        await echoes.ask(call, WHOSE, **kept)
        return await customer.find(call, who, waiting=kept["text"])
    if kept is None or not visible:
        return await customer.find(call, who)
    if len(visible) == 1:
        return await _note(call, await call.customer(visible[0].customer_id), kept)
    shown = visible[:PAGE]
    return Reply(
        "notes/choose",
        context=kept,
        buttons=keyboards.choose(
            call.speech, entries={str(number): hit.customer_id for number, hit in enumerate(shown, 1)}
        ),
        hits=shown,
        first=1,
        total=len(visible),
        more=found.more,
        query=who,
        phone=None,
        reader_id=call.staff.id,
        text=kept["text"],
    )


async def _ask_whose(call: Call) -> Reply:
    await echoes.ask(call, WHOSE, **_kept(call, call.text))
    return Reply("notes/whose", text=call.text)


async def _ask_what(call: Call, ref: CustomerRef) -> Reply:
    await echoes.ask(call, ABOUT, customer_id=ref.customer_id)
    return Reply("notes/write", customer_id=ref.customer_id, customer=ref)


async def _known(call: Call, who: str) -> bool:
    return bool((await _search(call, who)).hits)


async def _search(call: Call, who: str) -> Hits:
    return await search(
        call.session, call.staff, call.thresholds, parse_query(who, call.thresholds.country), now=call.now
    )


def _read(call: Call) -> Note:
    return read(call.text, call.said_at, call.thresholds)


def _present(call: Call) -> int | None:
    return (call.reply_to and call.reply_to.customer_id) or call.chat.current_customer_id


def _origin(call: Call) -> str:
    return f"{call.chat.chat_id}:{call.message_id}"


def _kept(call: Call, what: str) -> dict[str, Any]:
    """A note as it waits for whose it is, in a message's context or in a dialog."""
    return {"text": what, "origin": _origin(call), "at": call.said_at.isoformat()}


def _kept_in(call: Call) -> dict[str, Any] | None:
    """The note that the pressed message asked about."""
    context = call.reply_to.context if call.reply_to else {}
    return context if "origin" in context and "text" in context else None


def _fields(contact: Contact) -> dict[str, Any]:
    """What a changed text says anew: everything but where and when it was said."""
    names = {field.name for field in fields(contact)} - {"source", "origin", "subject", "outcome"}
    return {name: getattr(contact, name) for name in names}
