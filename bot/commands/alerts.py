"""[🙋 I'll call] under an urgent alert."""

from bot import urgent
from bot.call import Call
from bot.commands import conversation
from bot.registry import button
from bot.reply import Reply
from cdm_core import alerts
from cdm_core import staff as people


@button("claim")
async def claim(call: Call) -> Reply:
    """Of several at once one gets it; everybody's copy says who."""
    assert call.action is not None
    customer_id, alert_id = (int(argument) for argument in call.action.args)
    ref = await call.customer(customer_id)
    taken = await alerts.claim(
        call.session, call.staff, ref.customer_id, alert_id, now=call.now, limits=call.thresholds
    )
    await urgent.retell(call, ref.customer_id)
    if taken is None or taken.staff_id is None:
        return Reply(None, toast="toasts/alert_over", customer_id=ref.customer_id)
    if taken.staff_id != call.staff.id:
        winner = await people.get(call.session, taken.staff_id)
        return Reply(None, toast="toasts/was_first", customer_id=ref.customer_id, name=winner.name)
    await conversation.make_current(call, ref.customer_id)
    return Reply(None, toast="toasts/yours", customer_id=ref.customer_id, until=taken.until)
