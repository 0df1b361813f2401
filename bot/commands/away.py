"""Days away: one's own behind /settings, a colleague's with /away, for those who direct them."""

from datetime import date

from bot import notices
from bot.call import Call
from bot.commands import conversation, settings, waiting
from bot.registry import PASS, Passed, button, command, dialog
from bot.reply import Reply
from cdm_core import absences, audit, chats, day_ranges
from cdm_core import staff as people
from cdm_core.absences import Absence
from cdm_core.access import may_direct
from cdm_core.errors import CdmError
from cdm_core.note_contacts import read
from cdm_core.notes.judge import TextKind, looks_like_note
from cdm_core.staff import Staff
from cdm_core.words import Role
from templates.actions import AwayStep
from templates.keyboards import settings as keyboards

ASKED = "leave_days"
_LONGEST_STRETCH = 4
"""Words of an answer that may be days nobody could read."""

_OLD = Reply(None, toast="toasts/old_button")


@command("away", role=Role.MANAGER, args="[who] [days]")
async def away(call: Call) -> Reply:
    """Who of the reader's people is away; of one of them the days, or days for them."""
    directed = [person for person in await people.active(call.session) if may_direct(call.staff, person)]
    if not call.text:
        found = await absences.ahead(call.session, [person.id for person in directed], today=call.speech.today)
        return Reply("away_all", absences=found)
    person, said = _who(call.text, directed)
    if not said:
        return await _menu(call, person)
    days = day_ranges.read(said, call.speech.today, call.thresholds.country)
    if days is None:
        return await _ask(call, person, unread=True)
    return await _announce(call, person, *days)


@button("away")
async def press(call: Call) -> Reply:
    assert call.action is not None
    person = await _directed(call, int(call.action.args[0]))
    if person is None:
        return _OLD
    match AwayStep(str(call.action.args[1])):
        case AwayStep.PICK:
            return await _ask(call, person)
        case AwayStep.UNTIL:
            shown = await _menu(call, person)
            shown.buttons = keyboards.away_until(call.speech, staff_id=person.id)
            return shown
        case AwayStep.MENU:
            return await _menu(call, person)


@button("leave")
async def leave(call: Call) -> Reply:
    """The days the button says, which may be over by now."""
    assert call.action is not None
    person = await _directed(call, int(call.action.args[0]))
    try:
        first, last = (date.fromisoformat(str(day)) for day in call.action.args[1:])
    except ValueError:
        return _OLD
    if person is None or last < first:
        return _OLD
    if first < call.speech.today:
        return Reply(None, toast="toasts/day_over")
    return await _announce(call, person, first, last)


@button("return")
async def returned(call: Call) -> Reply:
    """Back early, or never gone; pressed twice, back all the same."""
    assert call.action is not None
    found = await absences.get(call.session, int(call.action.args[0]))
    person = await _directed(call, found.staff_id) if found else call.staff
    if person is None:
        return _OLD
    ended = found and await absences.cancel(call.session, found.absence_id, today=call.speech.today)
    if ended:
        await _put_on_record(call, person, ended, ended=True)
    return await settings.show(call, call.staff) if person.id == call.staff.id else await _menu(call, person)


@dialog(ASKED)
@conversation.answer
async def picked(call: Call) -> Reply | Passed:
    """The days typed; a note, or who is found by the text, ends the question."""
    assert call.chat.dialog is not None
    person = await _directed(call, int(call.chat.dialog["staff_id"]))
    days = day_ranges.read(call.text, call.speech.today, call.thresholds.country)
    if person is not None and days is not None:
        announced = await _announce(call, person, *days)
        await chats.stop_asking(call.session, call.chat.chat_id)
        return announced
    note = looks_like_note(read(call.text, call.said_at, call.thresholds)) is TextKind.NOTE
    long = len(call.text.split()) > _LONGEST_STRETCH
    if person is None or note or long or (await waiting.find(call, call.text)).hits:
        await chats.stop_asking(call.session, call.chat.chat_id)
        return PASS
    return _asking(call, person, unread=True)


def _who(text: str, directed: list[Staff]) -> tuple[Staff, str]:
    """Whom the first words name, as many as do, and the words after them."""
    words = text.split()
    for count in range(len(words), 0, -1):
        found = people.called(" ".join(words[:count]), directed)
        if len(found) == 1:
            return found[0], " ".join(words[count:])
        if found:
            raise CdmError("which_person", who=" ".join(words[:count]), names=[person.name for person in found])
    raise CdmError("nobody_called", who=text)


async def _directed(call: Call, staff_id: int) -> Staff | None:
    """The person, if the reader decides for them and they are still here."""
    if staff_id == call.staff.id:
        return call.staff
    try:
        person = await people.get(call.session, staff_id)
    except CdmError:
        return None
    return person if person.active and may_direct(call.staff, person) else None


async def _announce(call: Call, person: Staff, first: date, last: date) -> Reply:
    absence = await absences.add(
        call.session, person, first, last, by=call.staff, now=call.now, today=call.speech.today
    )
    await _put_on_record(call, person, absence, ended=False)
    return await _menu(call, person)


async def _put_on_record(call: Call, person: Staff, absence: Absence, *, ended: bool) -> None:
    """In the audit log; and whoever did not do it themselves is told."""
    first, last = absence.first.isoformat(), absence.last.isoformat()
    act = "leave_ended" if ended else "leave"
    await audit.record(call.session, call.now, call.staff, act, of=person.id, first=first, last=last)
    if person.id != call.staff.id:
        await notices.leave(call.session, person, call.staff, absence, ended=ended, key=call.key, speech=call.speech)


async def _menu(call: Call, person: Staff) -> Reply:
    found = await absences.ahead(call.session, [person.id], today=call.speech.today)
    own = person.id == call.staff.id
    return Reply(
        "away",
        edit=True,
        buttons=keyboards.away(
            call.speech,
            staff_id=person.id,
            own=own,
            absences=[(one.absence_id, one.first, one.last) for one in found],
        ),
        name=None if own else person.name,
        absences=found,
    )


async def _ask(call: Call, person: Staff, *, unread: bool = False) -> Reply:
    await conversation.ask(call, ASKED, staff_id=person.id)
    return _asking(call, person, unread=unread)


def _asking(call: Call, person: Staff, *, unread: bool) -> Reply:
    return Reply("away_pick", name=None if person.id == call.staff.id else person.name, unread=unread)
