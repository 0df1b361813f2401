"""Each minute: tell the admins what our own machinery could not do, one message a cause and day, in working hours."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import calendar, outbox, readers, thresholds, troubles
from cdm_core.clock import Clock, local_date
from cdm_core.outbox import OutMessage
from cdm_core.readers import Reader
from cdm_core.schedule import JobName, Slot
from cdm_core.thresholds import Thresholds
from cdm_core.troubles import Trouble
from cdm_core.words import MessageKind, Role, TroubleKind
from jobs.job import Detail, Job, Shop, each_minute
from templates import payload
from templates.keyboards import admin as keyboards
from templates.render import render
from templates.speech import Speech

FRESH = timedelta(hours=24)
"""What went wrong before is in the queue, but no news."""

_KEPT_FOR = timedelta(hours=6)


def job(shop: Shop) -> Job:
    async def run(session: AsyncSession, slot: Slot) -> Detail:
        limits = await thresholds.load(session)
        if calendar.quiet(slot.now, limits):
            return {"told": 0}
        causes = await _causes(session, slot.now)
        if not causes:
            return {"told": 0}
        told = 0
        for admin in await readers.reachable(session, Role.ADMIN):
            messages = [_message(admin, cause, slot, limits, shop) for cause in causes.items()]
            told += sum(ident is not None for ident in await outbox.put_all(session, messages))
        return {"told": told}

    return each_minute(JobName.TROUBLES, run)


async def _causes(session: AsyncSession, now: datetime) -> dict[str, Sequence[Trouble] | timedelta]:
    """What there is to tell, by its cause: troubles of a kind, or how long answers have been waiting."""
    found = await troubles.find(session, now=now)
    causes: dict[str, Sequence[Trouble] | timedelta] = {}
    for kind in TroubleKind:
        fresh = [one for one in found if one.kind is kind and one.at > now - FRESH]
        if fresh:
            causes[kind] = fresh
    waited = await troubles.late(session, real_now=Clock.real_now())
    if waited is not None:
        causes["late"] = waited
    return causes


def _message(
    admin: Reader,
    cause: tuple[str, Sequence[Trouble] | timedelta],
    slot: Slot,
    limits: Thresholds,
    shop: Shop,
) -> OutMessage:
    name, what = cause
    speech = Speech(admin.person.language, limits.zone, slot.now, shop.currency)
    waited = what if isinstance(what, timedelta) else None
    groups = () if isinstance(what, timedelta) else tuple(what)
    return OutMessage(
        dedup_key=f"trouble:{name}:{local_date(slot.now, limits.zone)}:{admin.chat_id}",
        chat_id=admin.chat_id,
        kind=MessageKind.ALERT,
        method="sendMessage",
        payload=payload.said(
            render("in_trouble", speech, troubles=groups, waited=waited), keyboards.open_queue(speech)
        ),
        staff_id=admin.person.id,
        role=Role.ADMIN,
        expires_at=slot.now + _KEPT_FOR,
    )
