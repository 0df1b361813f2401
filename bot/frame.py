"""Around every command: who is it, may they, what time is it, what do they answer, who is told, what is recorded.

All of it happens in the caller's transaction, which the caller commits with "inbox done" in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot import notices, outgoing
from bot.call import Call, Visit
from bot.dispatch import answer
from bot.incoming import Incoming, Kind
from bot.outgoing import QueryAnswer
from bot.registry import all_of
from bot.reply import Choices, Reply, about
from bot.scene import House, Scene
from bot.scene import scene as scene_of
from cdm_core import audit, chats, outbox
from cdm_core.errors import CdmError
from cdm_core.staff import Staff
from cdm_core.words import ChatType
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
    action, replies = await answer(house.routes, incoming, call)
    if action is None:
        return Finish(_unsaid(incoming, scene))
    customer_id = about(replies)
    listed = _listed(replies)
    details = {"customers": listed} if listed else {}
    await audit.record(session, scene.now, scene.staff, action, customer_id=customer_id, **details)
    return await _say(session, incoming, scene, replies, key)


async def refuse(session: AsyncSession, house: House, incoming: Incoming, key: str, error: CdmError) -> Finish:
    """Tell why it could not be done, after everything else was rolled back."""
    scene = await scene_of(session, house, incoming)
    if scene.staff is None or incoming.kind is Kind.INLINE:
        return Finish(_unsaid(incoming, scene))
    if "customer_id" in error.facts:
        customer_id = error.facts["customer_id"]
        await audit.record(session, scene.now, scene.staff, "refused", customer_id=customer_id, why=error.code)
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
        replies = all_of(await route.handler(visit))
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


def _listed(replies: Sequence[Reply]) -> list[int]:
    """The customers of the lists among the replies; a reply about one customer may keep the entries of its list."""
    lists = (reply.context or {} for reply in replies if reply.customer_id is None and reply.template is not None)
    return sorted({customer_id for context in lists for customer_id in context.get("entries", {}).values()})
