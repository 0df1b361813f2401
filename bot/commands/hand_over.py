"""A colleague's customer: asking for it, answering who asks, and /assign of managers."""

from functools import partial
from typing import Any

from bot import telling
from bot.call import Call
from bot.commands import card, customer
from bot.registry import button, command
from bot.reply import Reply
from cdm_core import hand_overs, owners
from cdm_core import staff as people
from cdm_core.access import CustomerRef, may_direct
from cdm_core.changes import Change
from cdm_core.errors import CdmError
from cdm_core.owners import Assigned
from cdm_core.query import parse_query
from cdm_core.search import search
from cdm_core.staff import Staff
from cdm_core.words import Role
from templates.keyboards import colleagues as keyboards

_NOBODY = ("-", "–", "—")


@button("handover")
async def ask(call: Call) -> Reply:
    """Asked once and not answered: a toast. Who may see the customer by now gets the card."""
    assert call.action is not None
    asked = await hand_overs.ask(
        call.session, call.staff, int(call.action.args[0]), now=call.now, thresholds=call.thresholds
    )
    if asked is None:
        return await card.show(call, int(call.action.args[0]))
    if asked.before is not None:
        return Reply(None, toast="toasts/already_done", at=asked.before)
    of = asked.customer
    for reader in asked.readers:
        await telling.tell(
            call,
            reader,
            "colleagues/asked_for",
            customer_id=of.customer_id,
            context=_answered_to(of.customer_id, call.staff),
            buttons=partial(keyboards.asked_for, customer_id=of.customer_id, hand_over_id=asked.hand_over_id),
            asker=call.staff.name,
            customer=of,
            owner=of.owner.name if reader.id != of.owner.id else None,
        )
    return Reply(
        "colleagues/asked",
        edit=True,
        buttons=keyboards.write_to_owner(call.speech, customer_id=of.customer_id),
        customer=of,
        readers=[reader.name for reader in asked.readers],
    )


@button("answer")
async def answer(call: Call) -> Reply:
    assert call.action is not None
    customer_id, hand_over_id, granted = (int(argument) for argument in call.action.args)
    try:
        answered = await hand_overs.answer(
            call.session,
            call.staff,
            customer_id,
            hand_over_id,
            granted=bool(granted),
            now=call.now,
            thresholds=call.thresholds,
        )
    except CdmError as error:
        if error.code != "no_such_request":
            raise
        return Reply(None, toast="toasts/old_button")
    if answered.before is not None:
        return Reply(None, toast="toasts/already_done", at=answered.before)
    ref = answered.customer
    owner = await people.get(call.session, ref.owner_id) if ref.owner_id is not None else None
    if answered.granted:
        await _hand(call, ref, answered.asker)
    else:
        await _keep(call, ref, answered.asker, owner)
    for other in answered.refused:
        await _keep(call, ref, other, owner)
    return Reply(
        "colleagues/answered",
        edit=True,
        customer_id=ref.customer_id,
        buttons=keyboards.given(call.speech, customer_id=ref.customer_id, change_id=answered.change_id),
        customer=ref,
        asker=answered.asker.name,
        granted=answered.granted,
    )


@command("assign", role=Role.MANAGER, args="<phone | name | id> <colleague>")
async def assign(call: Call) -> Reply:
    """The colleague is the end of what was typed; "-" for nobody."""
    heir, who = await _heir(call)
    if not who:
        return Reply("colleagues/assign_usage")
    found = await search(
        call.session, call.staff, call.thresholds, parse_query(who, call.thresholds.country), now=call.now
    )
    if len(found.hits) != 1 or found.hits[0].masked:
        return await customer.find(call, who)
    ref = await call.customer(found.hits[0].customer_id)
    assigned = await owners.assign(call.session, call.staff, ref, heir, now=call.now)
    if assigned.change_id is not None:
        await _tell_assigned(call, assigned, heir)
    return Reply(
        "colleagues/assigned",
        customer_id=ref.customer_id,
        buttons=keyboards.given(call.speech, customer_id=ref.customer_id, change_id=assigned.change_id),
        customer=ref,
        owner=heir.name if heir else None,
    )


async def taken_back(call: Call, ref: CustomerRef, change: Change) -> None:
    """Whoever had got the customer by this change of owner is told that it is over."""
    had, has = ((values or {}).get("owner_id") for values in (change.after, change.before))
    if had is not None and had != call.staff.id:
        owner = await people.get(call.session, has) if has is not None else None
        await _keep(call, ref, await people.get(call.session, had), owner)


async def _heir(call: Call) -> tuple[Staff | None, str]:
    """Whom the last words name, as many as do, and the words before them; "-" is nobody."""
    words = call.text.split()
    if len(words) < 2:
        return None, ""
    if words[-1] in _NOBODY:
        return None, " ".join(words[:-1])
    directed = [person for person in await people.active(call.session) if may_direct(call.staff, person)]
    for start in range(1, len(words)):
        named = " ".join(words[start:])
        found = people.called(named, directed)
        if len(found) == 1:
            return found[0], " ".join(words[:start])
        if found:
            raise CdmError("which_person", who=named, names=[person.name for person in found])
    raise CdmError("nobody_called", who=words[-1])


async def _hand(call: Call, ref: CustomerRef, to: Staff) -> None:
    await telling.tell(
        call,
        to,
        "colleagues/received",
        customer_id=ref.customer_id,
        buttons=partial(keyboards.received, customer_id=ref.customer_id),
        customer=ref,
        by=call.staff.name,
    )


async def _keep(call: Call, ref: CustomerRef, asker: Staff, owner: Staff | None) -> None:
    """The customer is with ``owner``, so ``asker`` learns no more of it than before."""
    await telling.tell(
        call,
        asker,
        "colleagues/stays",
        context=_answered_to(ref.customer_id, owner) if owner else None,
        buttons=partial(keyboards.write_to_owner, customer_id=ref.customer_id),
        customer=ref,
        owner=owner.name if owner else None,
    )


def _answered_to(customer_id: int, writer: Staff) -> dict[str, Any]:
    """What an answer to the message means: words to ``writer`` about the customer."""
    return {"letter": {"about": customer_id, "by": writer.id}}


async def _tell_assigned(call: Call, assigned: Assigned, heir: Staff | None) -> None:
    """Both whom it concerns, but for whoever did it."""
    if heir is not None and heir.id != call.staff.id:
        await _hand(call, assigned.customer, heir)
    if assigned.former_id is not None and assigned.former_id != call.staff.id:
        await _keep(call, assigned.customer, await people.get(call.session, assigned.former_id), heir)
