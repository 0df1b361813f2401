"""Notes that say themselves whose they are: a number or a name in them, and the card at hand is not theirs."""

from bot.call import Call
from bot.commands import waiting
from bot.registry import Replies
from bot.reply import Reply
from cdm_core.errors import CdmError
from cdm_core.hits import Hit, Hits
from cdm_core.names import essential, phonetic, tokens
from cdm_core.note_contacts import mentioned, short_id_and_what, surely_names, who_and_what
from cdm_core.notes.judge import TextKind, looks_like_note
from cdm_core.notes.note import Note
from cdm_core.words import Outcome
from templates.keyboards import notes as keyboards

_MOST = 4
"""Others offered beside the card at hand."""

_SHORTEST_NAME = 3
_ENDINGS = ("কে", "রে", "এর", "র", "ke", "re", "er", "r")
"""What a name may end in where something is said of its bearer: "rahimke", "রহিমের"."""

_OF_MONEY = (Outcome.ORDER_CONFIRMED, Outcome.INTERESTED)


async def elsewhere(call: Call, note: Note, present: int | None, *, answered: bool = False) -> Replies | None:
    """What is answered where the text, read as ``note``, names another customer than ``present``, whose card it would
    be written on; None where it does not.

    An id or a phone at the start is sure: the note is theirs. A bare number, a name at the start, or an id further on
    is asked about. ``answered``: the text answers a message about ``present``, or the question what happened: names
    are part of what is said then, and what is sure is asked about.
    """
    who, what = who_and_what(call.text, note, call.thresholds.country)
    if surely_names(who, call.thresholds.country):
        return await _sure(call, note, present, who, what, answered=answered) if what else None
    if present is None:
        return None
    if (named := await _mentioned(call, present)) is not None:
        return await _ask(call, present, named, "")
    if answered or looks_like_note(note) is not TextKind.NOTE or _is_amount(note, who):
        return None
    if not who:
        who, what = short_id_and_what(call.text, call.said_at, call.thresholds)
    if not who or not what:
        return None
    found = await named_by(call, who)
    return await _ask(call, present, found, what) if _others(found, present) else None


async def named_by(call: Call, who: str) -> Hits:
    """The customers that ``who`` finds; by a name those alone who are called so, whatever case it stands in."""
    if not any(letter.isalpha() for letter in who) or "@" in who:
        return await waiting.find(call, who)
    for name in (who, *(who.removesuffix(ending) for ending in _ENDINGS if who.endswith(ending))):
        if len(name) < _SHORTEST_NAME:
            continue
        called = tuple(hit for hit in (await waiting.find(call, name)).hits if _is_called(hit, name))
        if called:
            return Hits(called)
    return Hits()


async def _sure(call: Call, note: Note, present: int | None, who: str, what: str, *, answered: bool) -> Replies | None:
    kind = looks_like_note(note)
    by_id = who.startswith("#")
    if not by_id and kind is not TextKind.NOTE:
        return None
    found = await waiting.find(call, who)
    if present is not None and not _others(found, present) and found.hits:
        return await waiting.about(call, present, what)
    if not by_id and not found.hits and note.outcome in (None, Outcome.WRONG_NUMBER):
        return None
    if present is not None and (answered or not (by_id or found.hits)):
        return await _ask(call, present, found, what)
    if kind is not TextKind.NOTE and len(found.visible) == 1:
        return await waiting.note_or_search(call, found.visible[0].customer_id, what)
    return await waiting.give(call, who, await waiting.keep(call, what), found)


async def _mentioned(call: Call, present: int) -> Hits | None:
    """The others whose ids are written somewhere in the text."""
    found = [await waiting.find(call, who) for who in mentioned(call.text)[:_MOST]]
    hits = tuple(hit for one in found if _others(one, present) for hit in one.hits)
    return Hits(hits) if hits else None


async def _ask(call: Call, present: int, found: Hits, what: str) -> Replies:
    """Whose note it is, with those it may mean above the card at hand; ``what`` is said of whoever else it is."""
    kept = await waiting.keep(call, call.text)
    try:
        ref = await call.customer(present)
    except CdmError as refusal:
        return await waiting.refused(call, refusal, kept)
    others = [hit for hit in found.visible if hit.customer_id != present][:_MOST]
    entries = {str(number): hit.customer_id for number, hit in enumerate(others, 1)}
    entries[str(len(others) + 1)] = present
    return Reply(
        "notes/named",
        context={"note": kept.note_id, "entries": entries, "present": present, "what": what},
        buttons=keyboards.named(call.speech, entries=entries, note_id=kept.note_id),
        text=call.text,
        others=others,
        present=ref,
    )


def _others(found: Hits, present: int) -> bool:
    """Whether somebody is found, and the one at hand is not among them."""
    return bool(found.hits) and all(hit.customer_id != present for hit in found.hits)


def _is_called(hit: Hit, name: str) -> bool:
    called = {phonetic(word) for word in tokens(f"{hit.name} {hit.relative or ''}")}
    return all(phonetic(word) in called for word in essential(name))


def _is_amount(note: Note, who: str) -> bool:
    """Whether the number at the start is what an order comes to: "2450 cod order confirmed"."""
    told = note.payment is not None or bool(note.products) or note.outcome in _OF_MONEY
    return told and who.isdecimal() and note.amount == int(who)
