"""Changing a profile: [✏️ Edit] with its menu of fields, an answer to what is asked, and /edit in one line."""

from collections.abc import Mapping
from typing import Any

from bot.call import Call
from bot.commands import card, changes, conversation
from bot.commands.whom import whom
from bot.registry import PASS, Passed, Replies, button, command, dialog
from bot.reply import Reply
from cdm_core import chats, profile, profile_writes
from cdm_core.access import CustomerRef
from cdm_core.errors import CdmError
from cdm_core.note_contacts import read
from cdm_core.notes.judge import TextKind, looks_like_note
from cdm_core.profile_line import ProfileLine, clears, profile_line
from cdm_core.query import parse_query
from cdm_core.words import ProfileField, QueryKind
from templates.actions import Tab
from templates.keyboards import profile as keyboards

ASKED = "profile_value"
_LIKE_NOTES = frozenset(
    {
        ProfileField.AVAILABLE_TIME,
        ProfileField.ADDRESS,
        ProfileField.SOURCE,
        ProfileField.TAGS,
        ProfileField.DATE_OF_BIRTH,
        ProfileField.ANNIVERSARY_DATE,
    }
)
"""What is said of these may read like a note and is none."""

_WITH_NUMBERS = _LIKE_NOTES | {ProfileField.PHONE}
_NUMBERS = (QueryKind.PHONE, QueryKind.NUMBER)


@command("edit", aliases=("profile",), args="[who] [field] [new value]")
async def edit(call: Call) -> Replies:
    """Without a field its menu, without a value a question."""
    line = profile_line(call.text)
    ref = await whom(call, line.who)
    if isinstance(ref, Reply):
        return _of_several(call, ref, line)
    if line.field is None:
        return await _menu(call, ref, 0, edit=False)
    if not (line.value or line.clear):
        return await _ask(call, ref, line.field, edit=False)
    return await _set(call, ref, line.field, None if line.clear else line.value, edit=False)


def _of_several(call: Call, found: Reply, line: ProfileLine) -> Reply:
    """Where several are found, the number of one makes the change; a value too long for a button is asked for."""
    entries: Mapping[str, int] = (found.context or {}).get("entries", {})
    if entries and line.field is not None:
        found.buttons = keyboards.of_several(
            call.speech, line.field, entries=entries, value=line.value or None, clear=line.clear
        )
    return found


@button("edit")
async def menu(call: Call) -> Reply:
    assert call.action is not None
    ref = await call.customer(int(call.action.args[0]))
    return await _menu(call, ref, int(call.action.args[1]), edit=True)


@button("field")
async def field(call: Call) -> Reply:
    assert call.action is not None
    ref = await call.customer(int(call.action.args[0]))
    return await _ask(call, ref, ProfileField(str(call.action.args[1])), edit=True)


@button("value")
async def value(call: Call) -> Reply:
    assert call.action is not None
    ref = await call.customer(int(call.action.args[0]))
    return await _set(call, ref, ProfileField(str(call.action.args[1])), str(call.action.args[2]), edit=True)


@button("clear")
async def clear(call: Call) -> Reply:
    assert call.action is not None
    ref = await call.customer(int(call.action.args[0]))
    return await _set(call, ref, ProfileField(str(call.action.args[1])), None, edit=True)


@dialog(ASKED)
@conversation.answer
async def answered(call: Call) -> Reply | Passed:
    """The new value, or that there is none. What cannot be one is asked again; a note or a number instead of it ends
    the question."""
    assert call.chat.dialog is not None
    asked = ProfileField(call.chat.dialog["field"])
    clear = clears(call.text)
    if not clear and _says_other(call, asked):
        await chats.stop_asking(call.session, call.chat.chat_id)
        return PASS
    ref = await call.customer(int(call.chat.dialog["customer_id"]))
    return await _set(call, ref, asked, None if clear else call.text, edit=False)


def _says_other(call: Call, asked: ProfileField) -> bool:
    """Whether the text looks for a customer, or tells of a call, rather than answer."""
    kind = parse_query(call.text, call.thresholds.country).kind
    if kind is QueryKind.ID or (kind in _NUMBERS and asked not in _WITH_NUMBERS):
        return True
    note = looks_like_note(read(call.text, call.said_at, call.thresholds)) is TextKind.NOTE
    return note and asked not in _LIKE_NOTES


async def _menu(call: Call, ref: CustomerRef, page: int, *, edit: bool) -> Reply:
    await _stop(call)
    await conversation.make_current(call, ref.customer_id)
    return card.behind(
        call,
        ref,
        "profile/menu",
        keyboards.fields(call.speech, customer_id=ref.customer_id, page=page, from_queue=card.queued(call)),
        edit=edit,
    )


async def _ask(
    call: Call, ref: CustomerRef, asked: ProfileField, *, edit: bool, refused: Mapping[str, Any] | None = None
) -> Reply:
    queue = card.queue_context(call) or {}
    await conversation.ask(call, ASKED, customer_id=ref.customer_id, field=asked, **queue)
    now = await profile.values(call.session, ref, asked)
    return card.behind(
        call,
        ref,
        "profile/ask",
        keyboards.ask(call.speech, asked, customer_id=ref.customer_id, clearable=any(now.values())),
        edit=edit,
        field=asked,
        now=now,
        refused=refused,
    )


async def _set(call: Call, ref: CustomerRef, asked: ProfileField, text: str | None, *, edit: bool) -> Reply:
    try:
        change = await profile_writes.set_field(
            call.session, call.staff, ref, asked, text, now=call.now, thresholds=call.thresholds
        )
    except CdmError as error:
        if error.code != "bad_value":
            raise
        return await _ask(call, ref, asked, edit=edit, refused=error.facts)
    await _stop(call)
    if change is not None:
        return await changes.show(call, change, edit=edit)
    from_queue = card.queued(call)
    return await card.show_tab(call, ref.customer_id, Tab.PROFILE, from_queue=from_queue, edit=edit)


async def _stop(call: Call) -> None:
    """End the question about a field, if that is what was asked."""
    if (call.chat.dialog or {}).get("name") == ASKED:
        await chats.stop_asking(call.session, call.chat.chat_id)
