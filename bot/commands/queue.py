"""/queue: what waits and what is in trouble, to try again or to drop."""

from datetime import timedelta

from bot.call import Call
from bot.commands.paging import page_of
from bot.registry import button, command
from bot.reply import Reply
from cdm_core import retries, troubles
from cdm_core.words import Role, TroubleKind
from templates.actions import TroubleStep
from templates.keyboards import admin as keyboards

_LONG = 60.0
"""Seconds after which the age of the oldest is worth a word."""


@command("queue", role=Role.ADMIN)
async def queue(call: Call) -> Reply:
    return await _list(call, 0, edit=False)


@button("queue", role=Role.ADMIN)
async def queue_page(call: Call) -> Reply:
    """From the message of a trouble or from the list's own pages: in place."""
    assert call.action is not None
    return await _list(call, max(0, int(call.action.args[0])), edit=True)


@button("trouble", role=Role.ADMIN)
async def trouble(call: Call) -> Reply:
    """Show one, try it again or drop it; what another admin has dealt with is told so."""
    assert call.action is not None
    kind, ident, step = call.action.args
    named = TroubleKind(str(kind)), int(ident)
    found = await troubles.get(call.session, *named, now=call.now)
    if found is None:
        listed = await _list(call, 0, edit=True)
        listed.toast = "toasts/settled_already"
        return listed
    if step == TroubleStep.SHOW:
        shown = keyboards.trouble(call.speech, group=named)
        return Reply("trouble", edit=True, buttons=shown, trouble=found, done=None, number=0, over=0)
    if step == TroubleStep.RETRY:
        retried = await retries.retry(call.session, call.staff, found, now=call.now)
        number, over = retried.number, retried.over
    else:
        number, over = await retries.drop(call.session, call.staff, found, now=call.now), 0
    buttons = keyboards.settled(call.speech)
    return Reply("trouble", edit=True, buttons=buttons, trouble=found, done=str(step), number=number, over=over)


async def _list(call: Call, wanted: int, *, edit: bool) -> Reply:
    found = await troubles.queue(call.session, now=call.now)
    page = page_of(found.troubles, wanted)
    oldest = call.now - timedelta(seconds=found.oldest_seconds) if found.oldest_seconds >= _LONG else None
    return Reply(
        "queue",
        edit=edit,
        buttons=keyboards.queue(
            call.speech,
            groups=[(one.kind, one.id) for one in page.shown],
            page=page.number,
            remaining=page.remaining,
        ),
        queue=found,
        shown=page.shown,
        first=page.first,
        oldest=oldest,
    )
