"""[↩️ Undo] under what was changed by hand: the tab again, as it was before."""

from bot import questions
from bot.call import Call
from bot.commands import card, conversation, echoes, hand_over
from bot.registry import Replies, button
from bot.reply import Reply
from cdm_core import changes
from cdm_core.changes import Change
from cdm_core.words import ChangeKind
from templates.actions import Tab

_PLACES = {ChangeKind.RELATIVE: Tab.FAMILY, ChangeKind.LEFT_OUT: Tab.INSIGHTS}


@button("revert")
@conversation.once
async def revert(call: Call) -> Replies:
    assert call.action is not None
    return await take_back(call, int(call.action.args[0]), int(call.action.args[1]), edit=True)


async def take_back(call: Call, customer_id: int, change_id: int, *, edit: bool = False) -> Replies:
    """Raises as ``undo_change`` and ``access_customer`` do."""
    ref = await changes.customer_of(call.session, call.staff, call.thresholds, customer_id, change_id)
    undone = await changes.undo_change(
        call.session, call.staff, ref, change_id, now=call.now, thresholds=call.thresholds
    )
    if undone.change.kind is ChangeKind.OWNER:
        await hand_over.taken_back(call, undone.customer, undone.change)
    await questions.retell(call, customer_id)
    shown = await show(call, undone.change, edit=edit)
    return [shown, *await echoes.question_again(call, undone.customer)]


async def show(call: Call, change: Change, *, edit: bool) -> Reply:
    """Where a change is seen, with a line that says it: the card for a change of its owner, nothing but the line for a
    call that was moved."""
    queue = card.queue_of(call)
    if change.kind is ChangeKind.OWNER:
        return await card.show(call, change.customer_id, edit=edit, queue=queue)
    if change.kind is ChangeKind.FOLLOW_UP:
        ref = await call.customer(change.customer_id)
        due_at = (change.before or {})["due_at"]
        return Reply(
            "notes/follow_up", edit=edit, customer_id=ref.customer_id, customer=ref, due_at=due_at, undone=True
        )
    place = _PLACES.get(change.kind, Tab.PROFILE)
    return await card.show_tab(call, change.customer_id, place, from_queue=queue is not None, edit=edit, change=change)
