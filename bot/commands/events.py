"""/events: birthdays and anniversaries of today and the days ahead."""

import re

from bot.call import Call
from bot.commands.group_day import counts
from bot.commands.paging import numbered, page_of
from bot.registry import button, command
from bot.reply import Reply
from cdm_core import occasions
from cdm_core.clock import local_date
from cdm_core.digits import ascii_digits
from templates.keyboards import lists

WEEK = 7
MOST_DAYS = 90


@command("events", args="[days]", in_groups=counts("events"))
async def events(call: Call) -> Reply:
    asked = re.match(r"\d{1,4}", ascii_digits(call.text).strip())
    return await _list(call, int(asked[0]) if asked else WEEK, 0, edit=False)


@button("events")
async def events_page(call: Call) -> Reply:
    """From another message's button: a message of its own; its own pages in place."""
    assert call.action is not None
    days, page = (int(argument) for argument in call.action.args)
    own = bool(call.reply_to and "events" in call.reply_to.context)
    return await _list(call, days, max(0, page), edit=own)


async def _list(call: Call, days: int, wanted: int, *, edit: bool) -> Reply:
    days = min(max(days, 1), MOST_DAYS)
    households = await occasions.upcoming(
        call.session,
        call.staff,
        call.thresholds,
        first=local_date(call.now, call.thresholds.zone),
        days=days + 1,
        now=call.now,
    )
    page = page_of(households, wanted)
    shown = await occasions.details(call.session, page.shown)
    return Reply(
        "events",
        edit=edit,
        context={"events": days, "entries": numbered(shown, page.first)},
        buttons=lists.events(
            call.speech,
            customer_ids=[one.customer_id for one in shown],
            days_ahead=days,
            page=page.number,
            remaining=page.remaining,
        ),
        calls=shown,
        first=page.first,
        days=days,
        total=len(households),
    )
