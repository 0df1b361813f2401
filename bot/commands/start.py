"""/start: the way in by an invitation, and what it says to those who are in already."""

from dataclasses import replace
from datetime import timedelta

from bot.call import Call, Visit
from bot.commands import calls, card, dropoffs, due, events
from bot.registry import Replies, command, stranger
from bot.reply import Reply
from cdm_core import audit, chats, invites
from cdm_core.errors import CdmError
from cdm_core.staff import Staff
from cdm_core.words import ChatType
from templates.keyboards import start as keyboards
from templates.speech import Speech

_NEUTRAL_LINE_EVERY = timedelta(hours=1)
_CARD = "c_"
_LISTS = {f"l_{one.name}": one for one in (calls.call_list, due.due, events.events, dropoffs.dropoffs)}


@command("start", args="[code]", groups=True, listed=False)
async def start(call: Call) -> Replies:
    """A link ``?start=c_123`` opens the card, ``?start=l_due`` a list of the day; another invitation gives its role and
    team; else a welcome back."""
    if call.chat.type is ChatType.GROUP:
        buttons = keyboards.open_in_private(call.speech, bot_username=call.bot_username)
        return Reply("errors/sign_in_private", buttons=buttons)
    linked = call.text.removeprefix(_CARD)
    if call.text.startswith(_CARD) and linked.isascii() and linked.isdecimal() and len(linked) < 19:
        return await card.show(call, int(linked))
    if call.text in _LISTS:
        return await _LISTS[call.text].handler(replace(call, text=""))
    person = await _accepted(call)
    if person is not None:
        return _let_in(call.speech, person, demo=call.thresholds.demo)
    return Reply(
        "welcome_back",
        reply_keyboard=keyboards.persistent(call.speech.language),
        name=call.staff.name,
        demo=call.thresholds.demo,
    )


@stranger("start")
async def visit(visit: Visit) -> Replies:
    """In by a valid code; any other answer is the same line, at most once an hour."""
    person = None
    if visit.text:
        person = await invites.accept(
            visit.session,
            visit.text.strip(),
            chat_id=visit.chat.chat_id,
            telegram_user_id=visit.user_id,
            telegram_name=visit.user_name,
            language=visit.speech.language,
            now=visit.now,
        )
    if person is not None:
        await audit.record(visit.session, visit.now, person, "signed_in", role=person.role)
        return _let_in(visit.speech, person, demo=visit.thresholds.demo)
    told_at = visit.chat.told_at
    if told_at is not None and told_at > visit.now - _NEUTRAL_LINE_EVERY:
        return None
    await chats.told(visit.session, visit.chat.chat_id, now=visit.now)
    return Reply("stranger", both=True)


async def _accepted(call: Call) -> Staff | None:
    if not call.text or call.staff.telegram_user_id is None:
        return None
    try:
        return await invites.accept(
            call.session,
            call.text.strip(),
            chat_id=call.chat.chat_id,
            telegram_user_id=call.staff.telegram_user_id,
            telegram_name=call.staff.name,
            language=call.staff.language,
            now=call.now,
        )
    except CdmError as error:
        if error.code != "too_many_tries":
            raise
        return None


def welcome(speech: Speech, person: Staff, *, demo: bool, edit: bool = False) -> Reply:
    """What to do next, in the person's language."""
    speech = replace(speech, language=person.language)
    return Reply(
        "welcome",
        edit=edit,
        buttons=keyboards.welcome(speech),
        speech=speech,
        context={"welcome": True},
        name=person.name,
        role=person.role,
        team=person.team,
        digest_at=person.digest_time,
        demo=demo,
    )


def keys(speech: Speech, person: Staff) -> Reply:
    """The keys that stay, in the person's language."""
    speech = replace(speech, language=person.language)
    return Reply("keys", reply_keyboard=keyboards.persistent(speech.language), speech=speech)


def _let_in(speech: Speech, person: Staff, *, demo: bool) -> list[Reply]:
    return [welcome(speech, person, demo=demo), keys(speech, person)]
