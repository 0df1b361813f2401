"""/due: the calls that were promised."""

from bot.call import Call
from bot.registry import button, command
from bot.reply import Reply
from cdm_core import due as promised
from templates.keyboards import lists
from templates.keyboards.labels import PAGE


@command("due")
async def due(call: Call) -> Reply:
    return await _list(call, 0, edit=False)


@button("due")
async def due_page(call: Call) -> Reply:
    """From another message's button: a message of its own; its own pages in place."""
    assert call.action is not None
    own = bool(call.reply_to and "due" in call.reply_to.context)
    return await _list(call, max(0, int(call.action.args[0])), edit=own)


async def _list(call: Call, page: int, *, edit: bool) -> Reply:
    found = await promised.promises(call.session, call.staff, call.thresholds, now=call.now)
    page = min(page, max(0, len(found.all) - 1) // PAGE)
    shown = found.all[page * PAGE : (page + 1) * PAGE]
    return Reply(
        "due",
        edit=edit,
        context={
            "due": page,
            "entries": {str(page * PAGE + n): promise.customer_id for n, promise in enumerate(shown, 1)},
        },
        buttons=lists.due(
            call.speech,
            customer_ids=[promise.customer_id for promise in shown],
            page=page,
            remaining=len(found.all) - page * PAGE - len(shown),
        ),
        promises=shown,
        first=page * PAGE + 1,
        due=found.due,
        overdue=found.overdue,
        total=len(found.all),
    )
