"""Taking back: the button under an echo, which turns it into what was undone, and /undo for the last one."""

from bot import urgent
from bot.call import Call
from bot.commands import conversation, duplicates, echoes, files
from bot.commands.changes import take_back
from bot.registry import Replies, button, command
from bot.reply import Reply
from cdm_core import changes, contact_files, unmerges
from cdm_core import undo as undoing
from templates.keyboards import notes as keyboards


@command("undo")
async def undo_last(call: Call) -> Replies:
    """Whichever came last today: a contact logged, a file added to one, a change made by hand, or a merge."""
    zone = call.thresholds.zone
    change = await changes.last_change_of(call.session, call.staff, now=call.now, zone=zone)
    merge = await unmerges.last_of(call.session, call.staff, now=call.now, zone=zone)
    since = max((made.at for made in (change, merge) if made), default=None)
    added = await contact_files.last_attached(call.session, call.staff, now=call.now, zone=zone, since=since)
    since = added.at if added else since
    logged = await undoing.last_of(call.session, call.staff, now=call.now, zone=zone, since=since)
    if logged is not None:
        return await _undo(call, *logged)
    if added is not None:
        return await files.undo_files(call, await call.customer(added.customer_id), added.file_id)
    if merge is not None and merge.at == since:
        return await duplicates.take_back(call, merge.customer_id, merge.merge_id)
    return await take_back(call, change.customer_id, change.change_id) if change else Reply("toasts/nothing_to_undo")


@button("undo")
@conversation.once
async def undo(call: Call) -> Replies:
    assert call.action is not None
    return await _undo(call, int(call.action.args[0]), int(call.action.args[1]), edit=True)


async def _undo(call: Call, customer_id: int, interaction_id: int, *, edit: bool = False) -> Replies:
    ref = await undoing.customer_of(call.session, call.staff, call.thresholds, customer_id, interaction_id)
    undone = await undoing.undo(call.session, call.staff, ref, interaction_id, now=call.now, thresholds=call.thresholds)
    await urgent.retell(call, customer_id)
    await conversation.make_current(call, customer_id)
    said = Reply(
        "notes/undone",
        edit=edit,
        customer_id=customer_id,
        buttons=keyboards.undone(call.speech, customer_id=customer_id),
        undone=undone,
    )
    return [said, *await echoes.question_again(call, ref)]
