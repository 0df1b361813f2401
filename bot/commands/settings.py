"""/settings: a person's language and the hour of the morning list."""

from dataclasses import replace
from datetime import time

from bot.call import Call
from bot.commands import start
from bot.registry import Replies, button, command
from bot.reply import Reply
from cdm_core import staff as people
from cdm_core.staff import Staff
from cdm_core.words import Language
from templates.keyboards import start as keyboards


@command("settings")
async def settings(call: Call) -> Reply:
    return _shown(call, call.staff)


@button("settings")
async def open_settings(call: Call) -> Reply:
    return _shown(call, call.staff)


@button("language")
async def choose_language(call: Call) -> Replies:
    """In place, under a welcome too; the keys that stay come anew."""
    assert call.action is not None
    person = await people.change(call.session, call.staff.id, language=Language(str(call.action.args[0])))
    if call.reply_to is not None and call.reply_to.context.get("welcome"):
        shown = start.welcome(call.speech, person, demo=call.thresholds.demo, edit=True)
    else:
        shown = _shown(call, person)
    return shown if person.language == call.staff.language else [shown, start.keys(call.speech, person)]


@button("digest")
async def choose_digest_hour(call: Call) -> Reply:
    assert call.action is not None
    hour = time(int(call.action.args[0]) % 24)
    return _shown(call, await people.change(call.session, call.staff.id, digest_time=hour))


def _shown(call: Call, person: Staff) -> Reply:
    speech = replace(call.speech, language=person.language)
    return Reply(
        "settings",
        edit=True,
        buttons=keyboards.settings(speech),
        speech=speech,
        name=person.name,
        role=person.role,
        team=person.team,
        digest_at=person.digest_time,
    )
