"""Voice notes, photos, papers, sound and video: kept with a contact, and got back from its tab."""

from typing import Any

from bot.call import Call
from bot.commands import attach, conversation, echoes, log, waiting
from bot.registry import PASS, Passed, Replies, button, file
from bot.reply import KeptFile, Reply
from cdm_core import chats, contact_files, waiting_notes
from cdm_core.access import CustomerRef
from cdm_core.contact_files import ContactFile, SentFile
from cdm_core.digits import ascii_digits
from cdm_core.errors import CdmError
from cdm_core.note_contacts import line_and_what, read, surely_names, who_and_what
from cdm_core.query import parse_query
from cdm_core.waiting_notes import WaitingNote
from cdm_core.words import QueryKind
from templates.keyboards import files as keyboards
from templates.keyboards import notes as note_keyboards


@file
async def sent(call: Call) -> Replies:
    """With the customer of the message answered to, or whose note was asked for; else it is asked whose it is."""
    joined = await _join_album(call) if call.album else PASS
    if joined is not PASS:
        return joined
    if not call.forwarded:
        entries = call.reply_to.context.get("entries") if call.reply_to else None
        if entries:
            return await _of_list(call, entries)
        asked_about = log.asked_about(call)
        present = (call.reply_to and call.reply_to.customer_id) or asked_about
        if asked_about is not None and present == asked_about:
            await chats.stop_asking(call.session, call.chat.chat_id)
        who, what = _named(call)
        if present is not None and not await _of_another(call, who, present):
            return await _give(call, present, call.text)
        if who and (found := await waiting.find(call, who)).hits:
            return await waiting.give(call, who, await _wait(call, what), found)
    note = await _wait(call, call.text)
    phones = _phones(call)
    if phones and (found := await waiting.find(call, phones)).hits:
        visible = [hit.customer_id for hit in found.visible]
        return (
            await _ask_with(call, note, visible[0])
            if len(visible) == 1
            else await waiting.give(call, phones, note, found)
        )
    current = call.chat.current_customer_id
    return await waiting.ask_whose(call, note) if current is None else await _ask_with(call, note, current)


@button("files")
async def get_back(call: Call) -> Replies:
    """The files of a contact: as Telegram has them, or our copies where another bot received them."""
    assert call.action is not None
    ref = await call.customer(int(call.action.args[0]))
    interaction_id = int(call.action.args[1])
    found = (await contact_files.of_interactions(call.session, ref, [interaction_id])).get(interaction_id, ())
    if not found:
        return Reply(None, toast="toasts/old_button")
    replies = [_again(call, ref, one) for one in found]
    return [one for one in replies if one is not None] or Reply(None, toast="toasts/file_away")


@button("unfile")
@conversation.once
async def take_back(call: Call) -> Reply:
    assert call.action is not None
    ref = await call.customer(int(call.action.args[0]))
    return await undo_files(call, ref, int(call.action.args[1]), edit=True)


async def undo_files(call: Call, ref: CustomerRef, file_id: int, *, edit: bool = False) -> Reply:
    """Take back the file and what came with it; the contact stays. Raises as ``contact_files.detach`` does."""
    zone = call.thresholds.zone
    gone = await contact_files.detach(call.session, call.staff, ref, file_id, now=call.now, zone=zone)
    return Reply("notes/file_undone", edit=edit, customer_id=ref.customer_id, customer=ref, files=gone)


async def _join_album(call: Call) -> Replies | Passed:
    """One of several sent together goes where the first one went, without a word; unless it has words of its own."""
    origin = _came_with(call)
    place = await contact_files.place_of(call.session, origin)
    if place is not None:
        if call.text:
            return await _give(call, place.customer_id, call.text)
        files = [_file(call)]
        await contact_files.add(
            call.session, place.customer_id, place.interaction_id, files, origin=origin, now=call.now
        )
        return None
    note_id = await contact_files.waiting_album(call.session, origin)
    note = None if note_id is None else await waiting_notes.find(call.session, call.staff, note_id)
    if note is None:
        return PASS
    await _wait_with(call, note)
    if call.text:
        await waiting_notes.reworded(call.session, call.staff, note.origin, f"{note.text}\n{call.text}".strip())
    return None


async def _of_list(call: Call, entries: dict[str, int]) -> Replies:
    """An answer to a list: "2", or "2 kotha hoise"; else it is asked which line is meant."""
    alone = ascii_digits(call.text).strip()
    number, what = (int(alone), "") if alone in entries else line_and_what(call.text)
    if number is not None and str(number) in entries:
        return await _give(call, entries[str(number)], what)
    if len(entries) == 1:
        (only,) = entries.values()
        return await _give(call, only, call.text)
    note = await _wait(call, call.text)
    return Reply(
        "notes/which_line",
        context={"note": note.note_id},
        buttons=note_keyboards.choose(call.speech, entries=entries),
        text=note.text,
    )


async def _ask_with(call: Call, note: WaitingNote, customer_id: int) -> Replies:
    try:
        ref = await call.customer(customer_id)
    except CdmError as refusal:
        return await waiting.refused(call, refusal, note)
    return Reply(
        "notes/file_with",
        context={"note": note.note_id},
        customer_id=customer_id,
        buttons=keyboards.keep_with(call.speech, customer_id=customer_id, note_id=note.note_id),
        customer=ref,
        files=[_file(call)],
        text=note.text,
    )


async def _give(call: Call, customer_id: int, text: str) -> Replies:
    """Keep the file with this customer; where a colleague has them by now, say so and keep it waiting."""
    try:
        ref = await call.customer(customer_id)
    except CdmError as refusal:
        return await waiting.refused(call, refusal, await _wait(call, text))
    return await attach.attach(
        call,
        ref,
        text,
        [_file(call)],
        at=call.said_at,
        origin=echoes.message_key(call),
        came_with=_came_with(call),
    )


async def _wait(call: Call, text: str) -> WaitingNote:
    """Save the file, with its caption, before asking about it."""
    note = await waiting.keep(call, text)
    await _wait_with(call, note)
    return note


async def _wait_with(call: Call, note: WaitingNote) -> None:
    assert call.message_id is not None
    await contact_files.wait(
        call.session, note.note_id, _file(call), message_id=call.message_id, origin=_came_with(call)
    )


def _named(call: Call) -> tuple[str, str]:
    """Whom the caption names at its start by number, and the rest of it."""
    who, what = who_and_what(call.text, read(call.text, call.said_at, call.thresholds), call.thresholds.country)
    return (who, what) if who and not who[0].isalpha() else ("", call.text)


async def _of_another(call: Call, who: str, present: int) -> bool:
    """Whether the caption names, by id or phone, somebody else than whom the file answers."""
    if not surely_names(who, call.thresholds.country):
        return False
    hits = (await waiting.find(call, who)).hits
    return all(hit.customer_id != present for hit in hits) and (bool(hits) or who.startswith("#"))


def _phones(call: Call) -> str:
    query = parse_query(call.text, call.thresholds.country)
    return ", ".join((query.value, *query.more)) if query.kind is QueryKind.PHONE else ""


def _again(call: Call, ref: CustomerRef, one: ContactFile) -> Reply | None:
    """The file as a message; None where neither this bot nor we have it."""
    sent = one.sent
    known: dict[str, Any] = {}
    if sent.bot_id == call.bot_id:
        known = {"file_id": sent.file_id}
    elif one.stored_name is not None:
        known = {"stored_name": one.stored_name}
    if not known:
        return None
    name = sent.file_name or one.stored_name or sent.kind
    return Reply(
        "kept_file",
        kept_file=KeptFile(sent.kind, name.rpartition("/")[2], **known),
        customer_id=ref.customer_id,
        customer=ref,
        at=one.at,
    )


def _file(call: Call) -> SentFile:
    assert call.file is not None
    return call.file


def _came_with(call: Call) -> str:
    """What names the message, or the album that it is part of."""
    return f"{call.chat.chat_id}:{call.album}" if call.album else echoes.message_key(call)
