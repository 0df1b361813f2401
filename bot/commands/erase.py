"""/erase WHO: forgetting a person for good, after one clear question."""

from bot import telling, urgent
from bot.call import Call
from bot.commands import card
from bot.commands.whom import whom
from bot.registry import button, command
from bot.reply import Reply
from cdm_core import erasure
from cdm_core import staff as people
from cdm_core.words import Role
from templates.keyboards import erasure as keyboards


@command("erase", role=Role.ADMIN, args="<phone | name | id>")
async def erase(call: Call) -> Reply:
    """What would be lost and what would stay. Without arguments: the customer of the message replied to, else the
    current one."""
    ref = await whom(call, call.text)
    if isinstance(ref, Reply):
        return ref
    return Reply(
        "erasure/ask",
        customer_id=ref.customer_id,
        buttons=keyboards.ask(call.speech, customer_id=ref.customer_id),
        extent=await erasure.extent(call.session, ref),
    )


@button("erase", role=Role.ADMIN)
async def answered(call: Call) -> Reply:
    """Confirmed, or not. The colleague who looked after the customer is told, copies of what rang are reworded."""
    assert call.action is not None
    ref = await call.customer(int(call.action.args[0]))
    if not int(call.action.args[1]):
        return await card.show(call, ref.customer_id, edit=True)
    erased = await erasure.erase(call.session, call.staff, ref, now=call.now, thresholds=call.thresholds)
    await urgent.retell(call, ref.customer_id)
    told = None
    if erased.owner_id not in (None, call.staff.id):
        owner = await people.get(call.session, erased.owner_id)
        if owner.active:
            told = owner.name
            about = ref.customer_id
            await telling.tell(call, owner, "erasure/told", customer_id=about, erased=erased, by=call.staff.name)
    return Reply("erasure/done", edit=True, customer_id=ref.customer_id, erased=erased, told=told)
