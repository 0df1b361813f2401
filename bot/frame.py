"""Around every command: who is it, may they, what time is it, what do they answer, who is told, what is recorded.

All of it happens in the caller's transaction, which the caller commits with "inbox done" in it.
"""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot import notices, outgoing
from bot.call import Call, Visit
from bot.incoming import Incoming, Kind
from bot.outgoing import QueryAnswer
from bot.registry import PASS, Command, Dialog, Handler, Press, Replies, Routes, allows
from bot.reply import Choices, Reply
from bot.scene import House, Scene
from bot.scene import scene as scene_of
from cdm_core import audit, chats, outbox
from cdm_core import staff as people
from cdm_core.errors import CdmError
from cdm_core.staff import Staff
from cdm_core.words import ChatType, Role
from templates.actions import Action, decode
from templates.keyboards.start import label_action
from templates.speech import Speech

LATE = timedelta(minutes=1)
"""A press has no time of its own; one that waited longer than this happened when it was received."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Finish:
    """What is left to do once the transaction is committed: the answer to a press or query, and whom we know now."""

    answer: QueryAnswer | None = None
    queued: bool = False
    known: tuple[int, Speech] | None = None


async def handle(
    session: AsyncSession, house: House, incoming: Incoming, key: str, received_at: datetime, *, patient: bool = False
) -> Finish:
    """Do what ``incoming`` asks for. Raises ``CdmError`` for ``refuse`` to tell in a transaction of its own.

    If ``patient``, raises ``scene.NotYetWritten`` while what is answered may still be written down.
    """
    if incoming.kind is Kind.NOTHING:
        return Finish()
    scene = await scene_of(session, house, incoming, patient=patient)
    if incoming.kind is Kind.MIGRATED:
        await chats.migrate(session, incoming.chat_id, incoming.new_chat_id)
        return Finish()
    if incoming.kind is Kind.BLOCKED:
        await notices.chat_blocked(session, incoming.chat_id, now=scene.now, zone=house.clock.zone)
        return Finish()
    if incoming.kind is Kind.INLINE:
        return await _inline(session, house, incoming, scene, key)
    if incoming.kind is Kind.UNBLOCKED or scene.chat.blocked_at is not None:
        await chats.unblocked(session, incoming.chat_id)
    if scene.staff is None:
        return await _stranger(session, house, incoming, scene, key)
    waited = house.clock.real_now() - received_at
    call = _call(session, house, incoming, scene, scene.staff, key, waited)
    action, replies = await _answer(house.routes, incoming, call)
    if action is None:
        return Finish(_unsaid(incoming, scene))
    about = _about(replies)
    listed = _listed(replies)
    details = {"customers": listed} if listed else {}
    await audit.record(session, scene.now, scene.staff, action, customer_id=about, **details)
    return await _say(session, incoming, scene, replies, key)


async def refuse(session: AsyncSession, house: House, incoming: Incoming, key: str, error: CdmError) -> Finish:
    """Tell why it could not be done, after everything else was rolled back."""
    scene = await scene_of(session, house, incoming)
    if scene.staff is None or incoming.kind is Kind.INLINE:
        return Finish(_unsaid(incoming, scene))
    if "customer_id" in error.facts:
        about = error.facts["customer_id"]
        await audit.record(session, scene.now, scene.staff, "refused", customer_id=about, why=error.code)
    return await _say(session, incoming, scene, [Reply.of_error(error, scene.speech)], key)


def _call(
    session: AsyncSession, house: House, incoming: Incoming, scene: Scene, staff: Staff, key: str, waited: timedelta
) -> Call:
    said_at = incoming.said_at or (scene.now - waited if waited > LATE else scene.now)
    return Call(
        session=session,
        staff=staff,
        chat=scene.chat,
        now=scene.now,
        said_at=min(said_at, scene.now),
        speech=scene.speech,
        thresholds=scene.thresholds,
        key=key,
        bot_username=house.bot_username,
        bot_id=house.bot_id,
        listed=tuple(command.name for command in house.routes.listed(staff.role)),
        text=incoming.text,
        message_id=incoming.message_id,
        reply_to=scene.said,
        answered=incoming.answered,
        contact=incoming.contact,
        file=incoming.file,
        album=incoming.album,
        forwarded=incoming.forwarded,
        offset=incoming.offset,
    )


async def _answer(routes: Routes, incoming: Incoming, call: Call) -> tuple[str | None, Sequence[Reply]]:
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
            opened = _about(replies) is not None
            return done, [*replies, *(await _left(routes, call, replies) if opened else ())]
        case Kind.TEXT if private:
            typed = label_action(incoming.text)
            if typed is not None and typed.name in routes.presses:
                await _stop_asking(call)
                done, replies = await _pressed(routes, typed, call)
                return done, [*replies, *await _left(routes, call, replies)]
            return "text", await _text(routes, call)
        case Kind.FORWARD if private and routes.forwards:
            replies = _all(await routes.forwards[0].handler(call))
            return "forwarded", [*replies, *await _left(routes, call, replies)]
        case Kind.FILE if private and routes.files:
            replies = _all(await routes.files[0].handler(call))
            return "file", [*replies, *(await _left(routes, call, replies) if replies else ())]
        case Kind.CONTACT if private and routes.contacts:
            replies = _all(await routes.contacts[0].handler(call))
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
        return _all(replies)
    for route in routes.texts:
        if (replies := await route.handler(call)) is not PASS:
            said = _all(replies)
            return [*said, *await _left(routes, call, said)]
    return [Reply("errors/unreadable")]


def _asked(routes: Routes, call: Call) -> Dialog | None:
    """The question that was open when this was said."""
    return routes.dialogs.get(str(call.chat.dialog.get("name"))) if call.chat.dialog else None


async def _edited(routes: Routes, command: str, call: Call) -> Sequence[Reply]:
    """Where nothing came of a text before its writer changed it, it is a text, or a command, like any other."""
    for edited in routes.edits:
        if (replies := await edited.handler(call)) is not PASS:
            return _all(replies)
    if command:
        return await _permitted(routes.commands[command], routes.commands[command].handler, call)
    for route in routes.texts:
        if (replies := await route.handler(call)) is not PASS:
            return _all(replies)
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
        return [_told(call, "errors/private_only")]
    if not allows(call.staff.role, route.role):
        lead = await people.lead_name(call.session, call.staff) if route.role is Role.MANAGER else None
        return [_told(call, "errors/no_permission", command=route.name, role=route.role, lead=lead)]
    return _all(await handler(call))


def _told(call: Call, template: str, **facts: Any) -> Reply:
    """A press is refused in a toast, a command in a message."""
    return Reply(None, toast=template, **facts) if call.action else Reply(template, **facts)


def _unknown(routes: Routes, typed: str, role: Role) -> Reply:
    known = [command.name for command in routes.listed(role)]
    closest = difflib.get_close_matches(typed.lower(), known, n=1, cutoff=0.6)
    return Reply("errors/unknown_command", command=f"/{typed}", closest=closest[0] if closest else None)


async def _stranger(session: AsyncSession, house: House, incoming: Incoming, scene: Scene, key: str) -> Finish:
    """Silence and a line in the log, but for the one command that lets a person in."""
    route = house.routes.strangers.get(incoming.command) if incoming.kind is Kind.COMMAND else None
    if route is None or scene.chat.type is not ChatType.PRIVATE:
        log.info("stranger", chat_id=incoming.chat_id, kind=incoming.kind)
        return Finish(_unsaid(incoming, scene))
    visit = Visit(
        session=session,
        chat=scene.chat,
        user_id=incoming.user_id,
        user_name=incoming.user_name,
        now=scene.now,
        speech=scene.speech,
        thresholds=scene.thresholds,
        key=key,
        bot_username=house.bot_username,
        text=incoming.text,
    )
    try:
        replies = _all(await route.handler(visit))
    except CdmError as error:
        log.info("stranger_refused", chat_id=incoming.chat_id, code=error.code)
        return Finish()
    return await _say(session, incoming, scene, replies, key)


async def _say(session: AsyncSession, incoming: Incoming, scene: Scene, replies: Sequence[Reply], key: str) -> Finish:
    to = outgoing.Answered(
        chat_id=scene.chat.chat_id,
        staff_id=scene.staff.id if scene.staff else None,
        key=key,
        speech=scene.speech,
        pressed=incoming.message_id if incoming.editable else None,
    )
    made = outgoing.messages(replies, to)
    await outbox.put_all(session, made)
    known = scene.staff is not None and scene.chat.type is ChatType.PRIVATE
    return Finish(
        answer=_unsaid(incoming, scene, toast=outgoing.toast(replies, scene.speech)),
        queued=bool(made),
        known=(scene.chat.chat_id, scene.speech) if known else None,
    )


async def _inline(session: AsyncSession, house: House, incoming: Incoming, scene: Scene, key: str) -> Finish:
    """Results for the team, nothing for anybody else; each customer listed is on record."""
    if scene.staff is None or not house.routes.inlines:
        log.info("stranger", chat_id=incoming.chat_id, kind=incoming.kind)
        return Finish(_unsaid(incoming, scene))
    call = _call(session, house, incoming, scene, scene.staff, key, timedelta())
    found = await house.routes.inlines[0].handler(call)
    listed = [one.message.customer_id for one in found.choices if one.message.customer_id is not None]
    if listed:
        await audit.record(session, scene.now, scene.staff, "inline", customers=sorted(listed))
    assert incoming.query_id is not None
    return Finish(outgoing.inline_answer(incoming.query_id, found, scene.speech))


def _unsaid(incoming: Incoming, scene: Scene, *, toast: str | None = None) -> QueryAnswer | None:
    """The answer to a press or an inline query that has nothing, or nothing but a toast, to say."""
    if incoming.query_id is None:
        return None
    if incoming.kind is Kind.INLINE:
        return outgoing.inline_answer(incoming.query_id, Choices(), scene.speech)
    return outgoing.press_answer(incoming.query_id, toast)


def _about(replies: Sequence[Reply]) -> int | None:
    """The customer that the replies are about."""
    return next((reply.customer_id for reply in replies if reply.customer_id is not None), None)


def _listed(replies: Sequence[Reply]) -> list[int]:
    """The customers of the lists among the replies; a reply about one customer may keep the entries of its list."""
    lists = (reply.context or {} for reply in replies if reply.customer_id is None and reply.template is not None)
    return sorted({customer_id for context in lists for customer_id in context.get("entries", {}).values()})


def _all(replies: Replies) -> Sequence[Reply]:
    if replies is None:
        return ()
    return (replies,) if isinstance(replies, Reply) else tuple(replies)
