"""Which handler a message or a press goes to, whether who sent it may, and what the open question has to say then."""

import difflib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot import outgoing
from bot.call import Call
from bot.incoming import Incoming, Kind
from bot.registry import PASS, Command, Dialog, Handler, Press, Routes, all_of, allows
from bot.reply import Reply, about
from cdm_core import chats
from cdm_core import staff as people
from cdm_core.words import ChatType, Role
from templates.actions import Action, decode
from templates.keyboards.start import label_action


async def answer(routes: Routes, incoming: Incoming, call: Call) -> tuple[str | None, Sequence[Reply]]:
    """What was done, for the audit log, and the replies; None where nobody expects an answer."""
    private = call.chat.type is ChatType.PRIVATE
    match incoming.kind:
        case Kind.COMMAND:
            command = routes.commands[incoming.command]
            await _stop_asking(call)
            replies = await _permitted(command, command.handler, call)
            return f"/{command.name}", [*replies, *await _left(routes, call, replies)]
        case Kind.UNKNOWN_COMMAND if private:
            return "unknown_command", [_unknown(routes, incoming.command, call.staff.role)]
        case Kind.PRESS:
            done, replies = await _pressed(routes, decode(incoming.data), call)
            opened = about(replies) is not None
            return done, [*replies, *(await _left(routes, call, replies) if opened else ())]
        case Kind.TEXT if private:
            typed = label_action(incoming.text)
            if typed is not None and typed.name in routes.presses:
                await _stop_asking(call)
                done, replies = await _pressed(routes, typed, call)
                return done, [*replies, *await _left(routes, call, replies)]
            return "text", await _text(routes, call)
        case Kind.FORWARD if private and routes.forwards:
            replies = all_of(await routes.forwards[0].handler(call))
            return "forwarded", [*replies, *await _left(routes, call, replies)]
        case Kind.FILE if private and routes.files:
            replies = all_of(await routes.files[0].handler(call))
            return "file", [*replies, *(await _left(routes, call, replies) if replies else ())]
        case Kind.CONTACT if private and routes.contacts:
            replies = all_of(await routes.contacts[0].handler(call))
            return "contact", [*replies, *await _left(routes, call, replies)]
        case Kind.EDIT if private and _may_be_changed(routes, incoming.command):
            return "edited_text", await _edited(routes, incoming.command, call)
        case Kind.FOREIGN if private:
            return "unreadable", [Reply("errors/unreadable")]
    return None, ()


async def _text(routes: Routes, call: Call) -> Sequence[Reply]:
    asked = _asked(routes, call)
    if asked is not None and _to_the_question(call) and (replies := await asked.handler(call)) is not PASS:
        await chats.asked_again(call.session, call.chat.chat_id, said_by=call.key)
        return all_of(replies)
    for route in routes.texts:
        if (replies := await route.handler(call)) is not PASS:
            said = all_of(replies)
            return [*said, *await _left(routes, call, said)]
    return [Reply("errors/unreadable")]


def _asked(routes: Routes, call: Call) -> Dialog | None:
    """The question that was open when this was said."""
    return routes.dialogs.get(str(call.chat.dialog.get("name"))) if call.chat.dialog else None


async def _edited(routes: Routes, command: str, call: Call) -> Sequence[Reply]:
    """Where nothing came of a text before its writer changed it, it is a text, or a command, like any other."""
    for edited in routes.edits:
        if (replies := await edited.handler(call)) is not PASS:
            return all_of(replies)
    if command:
        return await _permitted(routes.commands[command], routes.commands[command].handler, call)
    for route in routes.texts:
        if (replies := await route.handler(call)) is not PASS:
            return all_of(replies)
    return ()


def _may_be_changed(routes: Routes, command: str) -> bool:
    """Whether a message is read again when its writer changes it: a plain text, or a command that says so."""
    return not command or (command in routes.commands and routes.commands[command].editable)


def _to_the_question(call: Call) -> bool:
    """Whether the text may answer what is asked: it replies to nothing, or to the question."""
    if call.answered is None:
        return True
    asked_by = (call.chat.dialog or {}).get("asked_by", ())
    return call.reply_to is not None and any(outgoing.says(key, call.reply_to.key) for key in asked_by)


async def _stop_asking(call: Call) -> None:
    """A command is no answer: it ends the question that was open."""
    if call.chat.dialog is not None:
        await chats.stop_asking(call.session, call.chat.chat_id)


async def _left(routes: Routes, call: Call, replies: Sequence[Reply]) -> Sequence[Reply]:
    """What the open question has to say where something else came instead of its answer and had these replies."""
    asked = _asked(routes, call)
    said = await asked.left(call, replies) if asked is not None and asked.left is not None else None
    return () if said is None else (said,)


async def _pressed(routes: Routes, action: Action | None, call: Call) -> tuple[str, Sequence[Reply]]:
    route = routes.presses.get(action.name) if action else None
    if action is None or route is None:
        return "old_button", [Reply(None, toast="toasts/old_button")]
    return f"press:{action.name}", await _permitted(route, route.handler, replace(call, action=action))


async def _permitted(route: Command | Press, handler: Handler, call: Call) -> Sequence[Reply]:
    if call.chat.type is ChatType.GROUP and not route.groups:
        if call.text or not isinstance(route, Command) or route.in_groups is None:
            return [_told(call, "errors/private_only")]
        handler = route.in_groups
    if not allows(call.staff.role, route.role):
        lead = await people.lead_name(call.session, call.staff) if route.role is Role.MANAGER else None
        return [_told(call, "errors/no_permission", command=route.name, role=route.role, lead=lead)]
    return all_of(await handler(call))


def _told(call: Call, template: str, **facts: Any) -> Reply:
    """A press is refused in a toast, a command in a message."""
    return Reply(None, toast=template, **facts) if call.action else Reply(template, **facts)


def _unknown(routes: Routes, typed: str, role: Role) -> Reply:
    known = [command.name for command in routes.listed(role)]
    closest = difflib.get_close_matches(typed.lower(), known, n=1, cutoff=0.6)
    return Reply("errors/unknown_command", command=f"/{typed}", closest=closest[0] if closest else None)
