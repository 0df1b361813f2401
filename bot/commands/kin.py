"""The relatives of a customer one by one: picking, changing a field, removing; each can be undone."""

from collections.abc import Mapping
from typing import Any

from bot.call import Call
from bot.commands import card, conversation
from bot.commands.paging import page_of
from bot.registry import PASS, Passed, button, dialog
from bot.reply import Reply
from cdm_core import changes, chats, family, family_writes
from cdm_core.access import CustomerRef
from cdm_core.errors import CdmError
from cdm_core.family import Relative
from cdm_core.family_fields import cleared, read_field
from cdm_core.family_writes import Written
from cdm_core.note_contacts import read
from cdm_core.profile_line import clears
from cdm_core.words import RelativeField
from templates.actions import FamilyStep, Tab
from templates.keyboards import family as keyboards
from templates.keyboards.labels import PAGE

ASKED = "kin_field"


@button("kin")
async def menu(call: Call) -> Reply:
    """The fields of a relative."""
    ref, relative = await _pressed(call)
    return await show_fields(call, ref, relative)


@button("kin_field")
async def field(call: Call) -> Reply:
    assert call.action is not None
    ref, relative = await _pressed(call)
    return await _ask(call, ref, relative, RelativeField(str(call.action.args[2])), edit=True)


@dialog(ASKED)
@conversation.answer
async def answered(call: Call) -> Reply | Passed:
    """The new value. What cannot be one is asked again; a note typed instead ends the question."""
    assert call.chat.dialog is not None
    asked = call.chat.dialog
    field, said = RelativeField(asked["field"]), str(asked["said"])
    ref = await call.customer(int(asked["customer_id"]))
    relative = await _relative(call, ref, int(asked["relative_id"]))
    if tells_of_a_call(call):
        await _stop(call)
        return PASS
    try:
        values = cleared(field) if clears(call.text) else {}
        values = values or _values(call, field, call.text, said)
    except CdmError as error:
        if error.code != "bad_value":
            raise
        return await _ask(call, ref, relative, field, refused=error.facts, edit=False)
    return await _set(call, ref, relative.relative_id, values, edit=False)


@button("kin_is")
async def relationship(call: Call) -> Reply:
    assert call.action is not None
    ref, relative = await _pressed(call)
    return await _set(call, ref, relative.relative_id, {"relationship": call.action.args[2]})


@button("kin_gender")
async def gender(call: Call) -> Reply:
    assert call.action is not None
    ref, relative = await _pressed(call)
    return await _set(call, ref, relative.relative_id, {"gender": call.action.args[2]})


@button("kin_clear")
async def clear(call: Call) -> Reply:
    assert call.action is not None
    ref, relative = await _pressed(call)
    emptied = cleared(RelativeField(str(call.action.args[2])))
    if not emptied:
        return Reply(None, toast="toasts/old_button")
    return await _set(call, ref, relative.relative_id, emptied)


@button("kin_gone")
async def remove(call: Call) -> Reply:
    """Asks first."""
    assert call.action is not None
    ref, relative = await _pressed(call)
    if call.action.args[2] != 1:
        return show_removal(call, ref, relative)
    written = await family_writes.remove(
        call.session, call.staff, ref, relative.relative_id, now=call.now, thresholds=call.thresholds
    )
    return await show_written(call, ref, written, edit=True)


@button("revert_both")
@conversation.once
async def undo_both(call: Call) -> Reply:
    """Undoes what was changed at once, of a relative and of the couple; 0 stands for no second change."""
    assert call.action is not None
    customer_id, *ids = (int(argument) for argument in call.action.args)
    ref = await call.customer(customer_id)
    undone = [
        await changes.undo_change(call.session, call.staff, ref, change_id, now=call.now, thresholds=call.thresholds)
        for change_id in ids
        if change_id
    ]
    return await _tab(call, ref, change=undone[0].change)


async def pick(call: Call, ref: CustomerRef, step: FamilyStep, page: int) -> Reply:
    """Which relative to change or to remove; the only one is meant at once."""
    everyone = await family.relatives(call.session, call.staff, ref, call.thresholds, now=call.now)
    if len(everyone) == 1:
        only = everyone[0]
        return show_removal(call, ref, only) if step is FamilyStep.REMOVE else await show_fields(call, ref, only)
    shown = await _tab(call, ref, page=page)
    if not everyone:
        return shown
    opened = page_of(everyone, page)
    shown.template = "family/pick"
    shown.facts["step"] = step
    shown.buttons = keyboards.pick(
        call.speech,
        step,
        customer_id=ref.customer_id,
        relative_ids=[relative.relative_id for relative in opened.shown],
        first=opened.first,
        page=opened.number,
        has_older=opened.remaining > 0,
        from_queue=card.queued(call),
    )
    return shown


async def show_written(call: Call, ref: CustomerRef, written: Written, *, edit: bool, ask_work: bool = False) -> Reply:
    """The tab at the page of the relative, with what was changed and its undoing."""
    made = written.changes
    change = await changes.change(call.session, ref.customer_id, made[0]) if made else None
    beside = made[1] if len(made) > 1 else None
    if change is not None and change.relative_id is None:
        beside = 0
    everyone = await family.relatives(call.session, call.staff, ref, call.thresholds, now=call.now)
    places = (place for place, one in enumerate(everyone) if one.relative_id == written.relative_id)
    return await _tab(
        call,
        ref,
        page=next(places, 0) // PAGE,
        change=change,
        beside=beside,
        work_of=written.relative_id if ask_work else None,
        edit=edit,
    )


async def show_fields(call: Call, ref: CustomerRef, relative: Relative) -> Reply:
    await _stop(call)
    return card.behind(
        call,
        ref,
        "family/relative",
        keyboards.fields(
            call.speech,
            customer_id=ref.customer_id,
            relative_id=relative.relative_id,
            from_queue=card.queued(call),
        ),
        edit=True,
        relative=relative,
    )


def show_removal(call: Call, ref: CustomerRef, relative: Relative) -> Reply:
    return card.behind(
        call,
        ref,
        "family/remove",
        keyboards.remove(
            call.speech,
            customer_id=ref.customer_id,
            relative_id=relative.relative_id,
            from_queue=card.queued(call),
        ),
        edit=True,
        relative=relative,
    )


def tells_of_a_call(call: Call) -> bool:
    """Whether the text says how a call went, so that it answers no question about the family."""
    note = read(call.text, call.said_at, call.thresholds)
    return note.outcome is not None or note.duration_s is not None


async def expect(call: Call, ref: CustomerRef, relative_id: int, field: RelativeField, *, said: str = "") -> None:
    """The next text is this field of the relative; ``said`` is the part of it that was understood no better."""
    await conversation.ask(call, ASKED, customer_id=ref.customer_id, relative_id=relative_id, field=field, said=said)


async def _ask(
    call: Call,
    ref: CustomerRef,
    relative: Relative,
    field: RelativeField,
    *,
    refused: Mapping[str, Any] | None = None,
    edit: bool,
) -> Reply:
    if field is RelativeField.RELATIONSHIP:
        buttons = keyboards.relationship(call.speech, customer_id=ref.customer_id, relative_id=relative.relative_id)
        return card.behind(
            call,
            ref,
            "family/ask_relationship",
            buttons,
            edit=edit,
            relative=relative,
        )
    if field is not RelativeField.GENDER:
        await expect(call, ref, relative.relative_id, field)
    return card.behind(
        call,
        ref,
        "family/ask_field",
        keyboards.ask(
            call.speech,
            field,
            customer_id=ref.customer_id,
            relative_id=relative.relative_id,
            clearable=relative.has(field),
        ),
        edit=edit,
        relative=relative,
        field=field,
        refused=refused,
    )


async def _set(
    call: Call, ref: CustomerRef, relative_id: int, values: Mapping[str, Any], *, edit: bool = True
) -> Reply:
    await _stop(call)
    written = await family_writes.change(
        call.session, call.staff, ref, relative_id, values, now=call.now, thresholds=call.thresholds
    )
    return await show_written(call, ref, written, edit=edit)


def _values(call: Call, field: RelativeField, text: str, said: str) -> dict[str, Any]:
    """The answer alone, else as the end of what was ``said`` before: the year of a day. Raises as ``read_field``."""
    try:
        return read_field(field, text, now=call.now, thresholds=call.thresholds)
    except CdmError:
        if not said or not text.strip().isdecimal():
            raise
        return read_field(field, f"{said} {text}", now=call.now, thresholds=call.thresholds)


async def _tab(call: Call, ref: CustomerRef, *, edit: bool = True, **shown: Any) -> Reply:
    from_queue = card.queued(call)
    reply = await card.show_tab(call, ref.customer_id, Tab.FAMILY, from_queue=from_queue, edit=edit, **shown)
    reply.context = card.queue_context(call)
    return reply


async def _pressed(call: Call) -> tuple[CustomerRef, Relative]:
    assert call.action is not None
    ref = await call.customer(int(call.action.args[0]))
    return ref, await _relative(call, ref, int(call.action.args[1]))


async def _relative(call: Call, ref: CustomerRef, relative_id: int) -> Relative:
    return await family.relative(call.session, call.staff, ref, call.thresholds, relative_id, now=call.now)


async def _stop(call: Call) -> None:
    """End the question about a field, if that is what was asked."""
    if (call.chat.dialog or {}).get("name") == ASKED:
        await chats.stop_asking(call.session, call.chat.chat_id)
