"""Logging by message: /log, an answer to a card or a list, plain text after a card, and a message changed later."""

from dataclasses import fields
from typing import Any

from bot import urgent
from bot.call import Call
from bot.commands import card, conversation, customer, echoes, naming, waiting
from bot.commands.paging import page_of
from bot.registry import PASS, Passed, Replies, button, command, dialog, edited, text
from bot.reply import Reply
from cdm_core import call_questions, chats, corrections, logged_before, waiting_notes
from cdm_core import undo as undoing
from cdm_core.access import CustomerRef
from cdm_core.contacts import Contact
from cdm_core.digits import ascii_digits
from cdm_core.errors import CdmError
from cdm_core.logged_before import Origin
from cdm_core.note_contacts import contact_of_note, line_and_what, read, short_id_and_what, surely_names, who_and_what
from cdm_core.notes.judge import TextKind, looks_like_note
from cdm_core.notes.note import Need, Note
from cdm_core.query import MAX_QUERY, parse_query
from cdm_core.words import Outcome, QueryKind
from templates.keyboards import notes as keyboards

ABOUT = "note_about"


@command("log", args="[who] <what happened>", editable=True)
async def log(call: Call) -> Replies:
    """Whom: named first, else the customer of the message replied to, else the current one."""
    if not call.text:
        return await _usage(call)
    if call.reply_to is not None and (entries := call.reply_to.context.get("entries")):
        listed = await _of_list(call, entries)
        if listed is not PASS:
            return listed
    note = _read(call)
    if Need.SEVERAL_CUSTOMERS in note.needs:
        return await _ask_of_each(call, _present(call))
    who, what = who_and_what(call.text, note, call.thresholds.country)
    if not who:
        who, what = short_id_and_what(call.text, call.said_at, call.thresholds)
    present = _present(call)
    if who and (not who[0].isalpha() or present is None or await _known(call, who)):
        return await _for(call, who, what)
    if present is not None:
        return await waiting.about(call, present, call.text, note=note)
    return await _keep_and_ask(call)


@text
async def typed(call: Call) -> Replies | Passed:
    """A note about the customer answered to, or about the current one if it reads like one; else not for us."""
    note = _read(call)
    if call.reply_to is not None and (entries := call.reply_to.context.get("entries")):
        elsewhere = await naming.elsewhere(call, note, None)
        return elsewhere if elsewhere is not None else await _of_list(call, entries)
    if call.reply_to is not None and call.reply_to.customer_id is not None:
        return await _about(call, call.reply_to.customer_id)
    if call.answered is not None and call.reply_to is None:
        return await _answer_to_unknown(call)
    if Need.SEVERAL_CUSTOMERS in note.needs and looks_like_note(note) is not TextKind.SEARCH:
        return await _ask_of_each(call, call.chat.current_customer_id)
    if (elsewhere := await naming.elsewhere(call, note, call.chat.current_customer_id)) is not None:
        return elsewhere
    if call.chat.current_customer_id is not None:
        return await _after_card(call, call.chat.current_customer_id, note)
    if looks_like_note(note) is not TextKind.NOTE:
        return await _too_long(call) if _is_too_long(call) else PASS
    who, what = who_and_what(call.text, note, call.thresholds.country)
    return await _for(call, who, what) if who and what and await _known(call, who) else await _keep_and_ask(call)


@button("waiting")
async def other_waiting(call: Call) -> Reply:
    """Another page of the notes that wait."""
    assert call.action is not None
    return await _usage(call, max(0, int(call.action.args[0])), edit=True)


@button("write")
async def write(call: Call) -> Reply:
    assert call.action is not None
    ref = await call.customer(int(call.action.args[0]))
    return await _ask_what(call, ref)


@dialog(ABOUT)
@conversation.answer
async def written(call: Call) -> Replies:
    assert call.chat.dialog is not None
    await chats.stop_asking(call.session, call.chat.chat_id)
    return await _about(call, int(call.chat.dialog["customer_id"]))


@edited
async def changed(call: Call) -> Replies | Passed:
    """A note that its writer changed is understood anew; one that tells of several customers by now stays as it was."""
    origin = echoes.message_key(call)
    before = await logged_before.logged_from(call.session, call.staff, origin)
    if before is None:
        reworded = await waiting_notes.reworded(call.session, call.staff, origin, call.text)
        return PASS if reworded is None else await waiting.ask_whose(call, reworded)
    ref = await undoing.customer_of(
        call.session, call.staff, call.thresholds, before.customer_id, before.interaction_id
    )
    what = await _without_who(call, before)
    if what is None:
        return Reply("notes/several", text=call.text, customer=ref, another=True)
    note = read(what, before.written, call.thresholds)
    if Need.SEVERAL_CUSTOMERS in read(call.text, before.written, call.thresholds).needs:
        return Reply("notes/several", text=call.text, customer=ref, another=False)
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
    await urgent.retell(call, ref.customer_id)
    said = await echoes.echo(call, corrected.logged, note=note, changed=True, was=corrected.before)
    asks = call_questions.ASKS in (said.context or {})
    again = [] if asks else await echoes.question_again(call, ref)
    return [said, *await echoes.former(call, ref, before.interaction_id), *again]


async def _without_who(call: Call, before: Origin) -> str | None:
    """What the changed text says, without the line of a list, the number or the name that says of whom; None where
    that is another customer by now."""
    number, rest = line_and_what(call.text)
    entries = call.reply_to.context.get("entries", {}) if call.reply_to else {}
    if rest and number is not None and before.customer_id in (number, entries.get(str(number))):
        return rest
    country = call.thresholds.country
    who, rest = who_and_what(call.text, read(call.text, before.written, call.thresholds), country)
    if not who or not rest:
        return call.text
    if who == f"#{before.customer_id}":  # also where a colleague has the customer by now
        return rest
    found = await waiting.find(call, who)
    if any(hit.customer_id == before.customer_id for hit in found.hits):
        return rest
    return None if surely_names(who, country) and (found.hits or who.startswith("#")) else call.text


async def _after_card(call: Call, customer_id: int, note: Note) -> Replies | Passed:
    kind = looks_like_note(note)
    if kind is TextKind.NOTE and note.outcome is not Outcome.WRONG_NUMBER and await _names_another(call, customer_id):
        kind = TextKind.EITHER
    wordless = not any(letter.isalnum() for letter in call.text)
    if kind is TextKind.NOTE:
        return await waiting.about(call, customer_id, call.text, note=note)
    if _is_too_long(call):
        return await _too_long(call, customer_id)
    if kind is TextKind.SEARCH and not wordless:
        return PASS
    return await waiting.note_or_search(call, customer_id, call.text)


async def _about(call: Call, customer_id: int) -> Replies:
    """A text in answer to the customer's card is a note, whatever it says, but where it names another."""
    note = _read(call)
    if Need.SEVERAL_CUSTOMERS in note.needs:
        return await _ask_of_each(call, customer_id)
    elsewhere = await naming.elsewhere(call, note, customer_id, answered=True)
    return elsewhere if elsewhere is not None else await waiting.about(call, customer_id, call.text, note=note)


async def _ask_of_each(call: Call, customer_id: int | None) -> Reply:
    """A note is about one customer: it is kept, and may be given to the one at hand whole."""
    kept = await waiting.keep(call, call.text)
    return Reply(
        "notes/several",
        context={"note": kept.note_id},
        buttons=keyboards.kept(call.speech, note_id=kept.note_id, customer_id=customer_id),
        text=call.text,
        customer=None,
        another=False,
    )


async def _answer_to_unknown(call: Call) -> Replies:
    """An answer to one's own note is about the same customer; to a card long forgotten: about whom it says."""
    own = await logged_before.logged_from(call.session, call.staff, echoes.message_key(call, call.answered))
    if own is not None:
        return await _about(call, own.customer_id)
    return await waiting.ask_whose(call, await waiting.keep(call, call.text), lost=True)


async def _names_another(call: Call, customer_id: int) -> bool:
    """Whether the text holds the phone of somebody known who is not this customer."""
    if parse_query(call.text, call.thresholds.country).kind is not QueryKind.PHONE:
        return False
    found = await waiting.find(call, call.text)
    return bool(found.hits) and all(hit.customer_id != customer_id for hit in found.hits)


async def _of_list(call: Call, entries: dict[str, int]) -> Replies | Passed:
    """An answer to a list: "2 kotha hoise"; the number alone opens the card."""
    alone = ascii_digits(call.text).strip()
    if alone in entries:
        return await card.show(call, entries[alone])
    number, what = line_and_what(call.text)
    if number is not None and what and str(number) in entries:
        return await waiting.about(call, entries[str(number)], what)
    if looks_like_note(_read(call)) is not TextKind.NOTE:
        return PASS
    if len(entries) == 1:
        (only,) = entries.values()
        return await waiting.about(call, only, call.text)
    kept = await waiting.keep(call, call.text)
    return Reply(
        "notes/which_line",
        context={"note": kept.note_id},
        buttons=keyboards.choose(call.speech, entries=entries),
        text=call.text,
    )


async def _for(call: Call, who: str, what: str) -> Replies:
    found = await waiting.find(call, who)
    if what:
        return await waiting.give(call, who, await waiting.keep(call, what), found)
    if len(found.hits) != 1 or found.hits[0].masked:
        return await customer.find(call, who)
    return await _ask_what(call, await call.customer(found.hits[0].customer_id))


async def _keep_and_ask(call: Call) -> Reply:
    return await waiting.ask_whose(call, await waiting.keep(call, call.text))


async def _ask_what(call: Call, ref: CustomerRef) -> Reply:
    await conversation.ask(call, ABOUT, customer_id=ref.customer_id)
    return Reply("notes/write", customer_id=ref.customer_id, customer=ref)


async def _usage(call: Call, page: int = 0, *, edit: bool = False) -> Reply:
    """How it is typed, and what was typed before and still waits."""
    opened = page_of(await waiting_notes.waiting(call.session, call.staff), page)
    ids = [note.note_id for note in opened.shown]
    return Reply(
        "notes/usage",
        edit=edit,
        context={"notes": ids} if ids else None,
        buttons=keyboards.waiting(
            call.speech, note_ids=ids, first=opened.first, page=opened.number, remaining=opened.remaining
        ),
        waiting=[note.text for note in opened.shown],
        first=opened.first,
    )


async def _too_long(call: Call, customer_id: int | None = None) -> Reply:
    kept = await waiting.keep(call, call.text)
    return Reply(
        "errors/too_long",
        context={"note": kept.note_id},
        buttons=keyboards.keep_as_note(call.speech, customer_id=customer_id, note_id=kept.note_id),
        letters=len(call.text),
        limit=MAX_QUERY,
    )


def _is_too_long(call: Call) -> bool:
    return parse_query(call.text, call.thresholds.country).kind is QueryKind.TOO_LONG


async def _known(call: Call, who: str) -> bool:
    return bool((await waiting.find(call, who)).hits)


def _read(call: Call) -> Note:
    return read(call.text, call.said_at, call.thresholds)


def asked_about(call: Call) -> int | None:
    """The customer of whom it is asked what happened."""
    asked = call.chat.dialog or {}
    return int(asked["customer_id"]) if asked.get("name") == ABOUT and not conversation.over(call, asked) else None


def _present(call: Call) -> int | None:
    return (call.reply_to and call.reply_to.customer_id) or call.chat.current_customer_id


def _fields(contact: Contact) -> dict[str, Any]:
    """What a changed text says anew: everything but where and when it was said."""
    names = {field.name for field in fields(contact)} - {"source", "origin", "subject", "outcome"}
    return {name: getattr(contact, name) for name in names}
