"""Customers who may be one person: compared side by side, made one, taken back, or said to be two."""

from bot import telling, urgent
from bot.call import Call
from bot.commands import conversation, echoes
from bot.commands.paging import page_of
from bot.registry import Replies, button, command
from bot.reply import Reply
from cdm_core import duplicates, merges, unmerges
from cdm_core import staff as people
from cdm_core.access import CustomerRef
from cdm_core.errors import CdmError
from cdm_core.words import Role
from templates.keyboards import duplicates as keyboards

_ONE = Reply(None, toast="toasts/one_customer")


@command("duplicates", role=Role.MANAGER)
async def found(call: Call) -> Reply:
    """Pairs with one phone and like names, of all whom the reader may see."""
    return await _found(call, 0)


@button("duplicates")
async def found_page(call: Call) -> Reply:
    assert call.action is not None
    return await _found(call, max(0, int(call.action.args[0])), edit=True)


@button("same")
async def same(call: Call) -> Reply:
    """Both side by side. From a tab, a list or the undoing: with who had better stay first; under its own message the
    other way round."""
    one, other = await _both(call)
    own = bool(call.reply_to and "same" in call.reply_to.context)
    try:
        stays, goes = await duplicates.sides(call.session, one, other)
    except CdmError:
        return _ONE
    if not own and duplicates.stays(stays, goes) is goes:
        stays, goes = goes, stays
    return Reply(
        "duplicates/same",
        edit=own,
        customer_id=stays.customer_id,
        context={"same": goes.customer_id},
        buttons=keyboards.same(call.speech, stays=stays.customer_id, goes=goes.customer_id),
        stays=stays,
        goes=goes,
        reader_id=call.staff.id,
    )


@button("merge")
async def merge(call: Call) -> Reply:
    keep, gone = await _both(call)
    try:
        merged = await merges.merge(call.session, call.staff, keep, gone, now=call.now, thresholds=call.thresholds)
    except CdmError as error:
        if error.code != "one_customer":
            raise
        return _ONE
    ref = merged.customer
    await urgent.retell(call, ref.customer_id)
    await conversation.make_current(call, ref.customer_id)
    owner = await people.get(call.session, ref.owner_id) if ref.owner_id is not None else None
    told = None
    if merged.other_owner_id not in (None, call.staff.id) and owner is not None:
        told = await people.get(call.session, merged.other_owner_id)
        await telling.tell(call, told, "duplicates/merged_told", by=call.staff.name, merged=merged, owner=owner.name)
    return Reply(
        "duplicates/merged",
        edit=True,
        customer_id=ref.customer_id,
        buttons=keyboards.merged(call.speech, customer_id=ref.customer_id, merge_id=merged.merge_id),
        merged=merged,
        told=told.name if told else None,
    )


@button("apart")
async def apart(call: Call) -> Reply:
    one, other = await _both(call)
    if one.customer_id == other.customer_id:
        return _ONE
    await duplicates.tell_apart(call.session, call.staff, one, other, now=call.now)
    return Reply("duplicates/apart", edit=True, customer_id=one.customer_id, one=one, other=other)


@button("unmerge")
@conversation.once
async def unmerge(call: Call) -> Replies:
    assert call.action is not None
    return await take_back(call, int(call.action.args[0]), int(call.action.args[1]), edit=True)


async def take_back(call: Call, customer_id: int, merge_id: int, *, edit: bool = False) -> Replies:
    """Raises as ``unmerges.undo`` and ``access_customer`` do."""
    ref = await call.customer(customer_id)
    parted = await unmerges.undo(call.session, call.staff, ref, merge_id, now=call.now, thresholds=call.thresholds)
    for one in (parted.kept, parted.back):
        await urgent.retell(call, one.customer_id)
    said = Reply(
        "duplicates/unmerged",
        edit=edit,
        customer_id=parted.kept.customer_id,
        buttons=keyboards.unmerged(call.speech, kept_id=parted.kept.customer_id, back_id=parted.back.customer_id),
        kept=parted.kept,
        back=parted.back,
    )
    again = [await echoes.question_again(call, one) for one in (parted.kept, parted.back)]
    return [said, *again[0], *again[1]]


async def _found(call: Call, wanted: int, *, edit: bool = False) -> Reply:
    pairs, more = await duplicates.pairs(call.session, call.staff, call.thresholds)
    page = page_of(pairs, wanted)
    return Reply(
        "duplicates/found",
        edit=edit,
        buttons=keyboards.found(
            call.speech,
            pairs=[(pair.first_id, pair.second_id) for pair in page.shown],
            page=page.number,
            remaining=page.remaining,
        ),
        pairs=page.shown,
        first=page.first,
        total=len(pairs),
        more=more,
    )


async def _both(call: Call) -> tuple[CustomerRef, CustomerRef]:
    """Raises as ``access_customer`` does for either."""
    assert call.action is not None
    return await call.customer(int(call.action.args[0])), await call.customer(int(call.action.args[1]))
