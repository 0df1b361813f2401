"""/me: what I got done today, against yesterday; the week behind a button."""

from bot.call import Call
from bot.registry import button, command
from bot.reply import Reply
from cdm_core import my_day
from templates.keyboards import lists

_WEEK = 7


@command("me")
async def me(call: Call) -> Reply:
    return await _today(call)


@button("me")
async def press(call: Call) -> Reply:
    """Today for one day back, else the week."""
    assert call.action is not None
    return await _today(call) if int(call.action.args[0]) <= 1 else await _week(call)


async def _today(call: Call) -> Reply:
    day = await my_day.my_day(call.session, call.staff, call.thresholds, now=call.now)
    return Reply("me", edit=True, buttons=lists.me(call.speech, due=day.due), name=call.staff.name, day=day)


async def _week(call: Call) -> Reply:
    zone = call.thresholds.zone
    results = await my_day.results(call.session, call.staff.id, last=call.speech.today, days=_WEEK, zone=zone)
    return Reply("me_week", edit=True, buttons=lists.me_week(call.speech), name=call.staff.name, results=results)
