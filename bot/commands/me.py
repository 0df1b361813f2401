"""/me: what I got done today, against yesterday, with a picture of the hours; the week behind a button."""

import asyncio

from bot.call import Call
from bot.registry import button, command
from bot.reply import Reply
from cdm_core import my_day
from cdm_core.outbox import File
from cdm_core.results import results
from templates import pictures
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
    return Reply(
        "me",
        edit=True,
        photo=await _picture(call),
        buttons=lists.me(call.speech, due=day.due),
        name=call.staff.name,
        day=day,
    )


async def _picture(call: Call) -> File | None:
    """The hours of today before yesterday's, once there is a call to show. Drawn aside: other chats do not wait."""
    hours = await my_day.by_hour(call.session, call.staff, now=call.now, zone=call.thresholds.zone)
    if not hours:
        return None
    drawn = await asyncio.to_thread(
        pictures.calls_by_hour,
        call.speech,
        calls={one.hour: one.calls for one in hours},
        answered={one.hour: one.answered for one in hours},
        before={one.hour: one.before for one in hours},
    )
    return File("photo", "calls.png", drawn)


async def _week(call: Call) -> Reply:
    zone = call.thresholds.zone
    week = await results(call.session, call.staff.id, last=call.speech.today, days=_WEEK, zone=zone)
    return Reply("me_week", edit=True, buttons=lists.me_week(call.speech), name=call.staff.name, results=week)
