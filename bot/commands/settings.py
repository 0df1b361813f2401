"""/settings: a person's language, hour of the morning list, working days and alerts, each changed in place."""

from dataclasses import replace
from datetime import time

from bot.call import Call
from bot.commands import start
from bot.registry import Replies, button, command
from bot.reply import Reply
from cdm_core import absences
from cdm_core import staff as people
from cdm_core.staff import Staff
from cdm_core.words import Language
from templates.keyboards import settings as keyboards


@command("settings")
async def settings(call: Call) -> Reply:
    return await show(call, call.staff)


@button("settings")
async def open_settings(call: Call) -> Reply:
    return await show(call, call.staff)


@button("language")
async def choose_language(call: Call) -> Replies:
    """In place, under a welcome too; the keys that stay come anew."""
    assert call.action is not None
    person = await people.change(call.session, call.staff.id, language=Language(str(call.action.args[0])))
    if call.reply_to is not None and call.reply_to.context.get("welcome"):
        shown = start.welcome(call.speech, person, demo=call.thresholds.demo, edit=True)
    else:
        shown = await show(call, person)
    return shown if person.language == call.staff.language else [shown, start.keys(call.speech, person)]


@button("digest")
async def choose_digest_hour(call: Call) -> Reply:
    assert call.action is not None
    hour = time(int(call.action.args[0]) % 24)
    return await show(call, await people.change(call.session, call.staff.id, digest_time=hour))


@button("alerts")
async def choose_alerts(call: Call) -> Reply:
    assert call.action is not None
    return await show(call, await people.change(call.session, call.staff.id, alerts=bool(call.action.args[0])))


@button("workdays")
async def working_days(call: Call) -> Reply:
    return await _working_days(call, call.staff)


@button("workday")
async def choose_working_day(call: Call) -> Reply:
    """On or off, as the button said: a second press changes nothing."""
    assert call.action is not None
    number, works = (int(argument) for argument in call.action.args)
    days = call.staff.working_days | {number} if works else call.staff.working_days - {number}
    if not days:
        return Reply(None, toast="toasts/one_day")
    if number not in keyboards.WEEK:
        return Reply(None, toast="toasts/old_button")
    return await _working_days(call, await people.change(call.session, call.staff.id, working_days=days))


async def show(call: Call, person: Staff) -> Reply:
    """The settings as they are now, in place of what was pressed."""
    speech = replace(call.speech, language=person.language)
    ahead = await absences.ahead(call.session, [person.id], today=speech.today)
    away = ahead[0] if ahead else None
    return Reply(
        "settings",
        edit=True,
        buttons=keyboards.settings(
            speech,
            staff_id=person.id,
            alerts=person.alerts,
            away_now=away.absence_id if away and away.covers(speech.today) else None,
        ),
        speech=speech,
        name=person.name,
        role=person.role,
        team=person.team,
        digest_at=person.digest_time,
        working_days=person.working_days,
        alerts=person.alerts,
        away=away,
    )


async def _working_days(call: Call, person: Staff) -> Reply:
    shown = await show(call, person)
    shown.buttons = keyboards.working_days(call.speech, works_on=person.working_days)
    return shown
