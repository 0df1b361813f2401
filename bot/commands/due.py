"""/due: the calls that were promised."""

from bot.call import Call
from bot.commands.group_day import counts
from bot.commands.paging import numbered, page_of
from bot.registry import button, command
from bot.reply import Reply
from cdm_core import due as promised
from templates.keyboards import lists


@command("due", in_groups=counts("due"))
async def due(call: Call) -> Reply:
    return await _list(call, 0, edit=False)


@button("due")
async def due_page(call: Call) -> Reply:
    """From another message's button: a message of its own; its own pages in place."""
    assert call.action is not None
    own = bool(call.reply_to and "due" in call.reply_to.context)
    return await _list(call, max(0, int(call.action.args[0])), edit=own)


async def _list(call: Call, wanted: int, *, edit: bool) -> Reply:
    found = await promised.promises(call.session, call.staff, call.thresholds, now=call.now)
    page = page_of(found.all, wanted)
    return Reply(
        "due",
        edit=edit,
        context={
            "due": page.number,
            "entries": numbered(page.shown, page.first),
        },
        buttons=lists.due(
            call.speech,
            customer_ids=[promise.customer_id for promise in page.shown],
            page=page.number,
            remaining=page.remaining,
        ),
        promises=page.shown,
        first=page.first,
        due=found.due,
        overdue=found.overdue,
        total=len(found.all),
    )
