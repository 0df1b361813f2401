"""What people are told unasked: admins about the bot's own work, everybody what a manager arranged for them."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot import outgoing
from cdm_core import chats, outbox, readers
from cdm_core import staff as people
from cdm_core.absences import Absence
from cdm_core.clock import Clock, local_date
from cdm_core.file_copies import Wanted
from cdm_core.outbox import OutMessage
from cdm_core.staff import Staff
from cdm_core.words import FileState, MessageKind, Role
from templates import payload
from templates.render import render
from templates.speech import Speech

_NOT_KEPT = {FileState.TOO_LARGE: "file_too_large", FileState.LOST: "file_lost"}


async def chat_blocked(session: AsyncSession, chat_id: int, *, now: datetime, zone: ZoneInfo) -> None:
    """The chat takes no messages any more: note it, and tell the admins once a day who cannot be reached."""
    whose = await chats.blocked(session, chat_id, now=now)
    if whose is None:
        return
    today = local_date(now, zone)
    for admin in await readers.reachable(session, Role.ADMIN):
        speech = Speech(admin.person.language, zone, now)
        message = OutMessage(
            dedup_key=f"blocked:{chat_id}:{today}:{admin.chat_id}",
            chat_id=admin.chat_id,
            kind=MessageKind.ALERT,
            method="sendMessage",
            payload=payload.said(render("chat_blocked", speech, name=whose)),
            staff_id=admin.person.id,
            role=Role.ADMIN,
            again=outgoing.again(speech),
        )
        await outbox.put(session, message)


async def file_not_kept(session: AsyncSession, staff_id: int, file: Wanted, why: FileState, *, clock: Clock) -> None:
    """Tell who sent it that we have no copy of a file: it is too large, which was not known when it came, or lost."""
    chat_id = await people.private_chat(session, staff_id)
    if chat_id is None:
        return
    person = await people.get(session, staff_id)
    speech = Speech(person.language, clock.zone, clock.now())
    message = OutMessage(
        dedup_key=f"file:{file.customer_id}:{file.id}",
        chat_id=chat_id,
        kind=MessageKind.REPLY,
        method="sendMessage",
        payload=payload.said(render(_NOT_KEPT[why], speech, kind=file.kind, customer_id=file.customer_id)),
        staff_id=staff_id,
        customer_id=file.customer_id,
        again=outgoing.again(speech),
    )
    await outbox.put(session, message)


async def leave(
    session: AsyncSession, person: Staff, by: Staff, absence: Absence, *, ended: bool, key: str, speech: Speech
) -> None:
    """Tell ``person`` which days ``by`` announced them away, or took back; ``key`` names the act for ever."""
    chat_id = await people.private_chat(session, person.id)
    if chat_id is None:
        return
    theirs = replace(speech, language=person.language)
    said = render("away_told", theirs, by=by.name, first=absence.first, last=absence.last, ended=ended)
    message = OutMessage(
        dedup_key=f"leave:{key}:{chat_id}",
        chat_id=chat_id,
        kind=MessageKind.REMINDER,
        method="sendMessage",
        payload=payload.said(said, silent=True),
        staff_id=person.id,
        again=outgoing.again(theirs),
    )
    await outbox.put(session, message)
