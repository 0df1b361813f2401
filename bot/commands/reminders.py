"""The buttons under the reminder of a promised call."""

from bot.call import Call
from bot.commands import conversation, shift, taps
from bot.registry import Replies, button
from bot.reply import Reply
from cdm_core import follow_ups, reminder_copies
from cdm_core.access import CustomerRef
from templates.actions import Later
from templates.keyboards.labels import outcomes


@button("done")
async def done(call: Call) -> Reply:
    """Nothing counts as done without an outcome: it is asked for."""
    assert call.action is not None
    customer_id, follow_up_id = (int(argument) for argument in call.action.args)
    ref = await call.customer(customer_id)
    if (over := await _over(call, ref, follow_up_id)) is not None:
        return over
    copy = await reminder_copies.copy(
        call.session, ref.customer_id, follow_up_id, call.staff.id, call.thresholds, now=call.now
    )
    await conversation.make_current(call, ref.customer_id)
    return Reply(
        "reminder",
        edit=True,
        customer_id=ref.customer_id,
        buttons=outcomes(ref.customer_id, call.speech),
        copy=copy,
        asking=True,
    )


@button("snooze")
async def snooze(call: Call) -> Replies:
    """Another time, at which it rings again; no contact is logged."""
    assert call.action is not None
    customer_id, follow_up_id, choice = call.action.args
    ref = await call.customer(int(customer_id))
    if (over := await _over(call, ref, int(follow_up_id))) is not None:
        return over
    due_at = taps.moment_of(call, Later(str(choice)))
    return await shift.ask(call, ref) if due_at is None else await shift.move(call, ref, due_at, edit=True)


async def _over(call: Call, ref: CustomerRef, follow_up_id: int) -> Reply | None:
    """The toast where this is not what is promised any more."""
    promised = await follow_ups.open_of(call.session, ref.customer_id)
    if promised is not None and promised.follow_up_id == follow_up_id:
        return None
    ended = await follow_ups.ended(call.session, ref.customer_id, follow_up_id)
    if ended is None:
        return Reply(None, toast="toasts/no_promise")
    return Reply(None, toast="toasts/already_done", at=ended)
