"""Each minute, in working hours: tell the admins what our own machinery could not do.

A new cause is told at once, and more of it after an hour. What was told of each is kept with the tick in the ledger, so
that no trouble is told twice and none is passed over, however long it took to come about.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import calendar, outbox, readers, runs, thresholds, troubles
from cdm_core.clock import Clock
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

AGAIN_AFTER = timedelta(hours=1)
"""More of a cause that was told is told after so long."""

APART = timedelta(minutes=10)
"""Between messages of one kind, however many new causes there are."""

_KEPT_FOR = timedelta(hours=6)
_LATE = "late"


@dataclass(frozen=True, slots=True)
class Told:
    """What admins know of a cause: how many there were, the newest of them, and when they were told."""

    number: int
    newest: int
    at: datetime


def job(shop: Shop) -> Job:
    async def run(session: AsyncSession, slot: Slot) -> Detail:
        limits = await thresholds.load(session)
        before = await runs.tick_detail(session, JobName.TROUBLES)
        admins = await readers.reachable(session, Role.ADMIN)
        if calendar.quiet(slot.now, limits) or not admins:
            return {**before, "told": 0}
        known = _read(before.get("known", {}), slot.now)
        found = [one for one in await troubles.find(session, now=slot.now) if not one.chat_gone]
        waited = await troubles.late(session, real_now=Clock.real_now())
        news = {kind: _news([one for one in found if one.kind is kind], known, slot.now) for kind in TroubleKind}
        causes: dict[str, Sequence[Trouble] | timedelta] = {kind: groups for kind, groups in news.items() if groups}
        if waited is not None and (_LATE not in known or slot.now - known[_LATE].at >= AGAIN_AFTER):
            causes[_LATE] = waited
        for admin in admins:
            await outbox.put_all(session, [_message(admin, cause, slot, limits, shop) for cause in causes.items()])
        return {"told": len(causes) * len(admins), "known": _written(found, causes, known, slot.now)}

    return each_minute(JobName.TROUBLES, run)


def _news(groups: Sequence[Trouble], known: Mapping[str, Told], now: datetime) -> Sequence[Trouble]:
    """Those of one kind to tell of now."""
    told = [known[one.cause].at for one in groups if one.cause in known]
    if told and now - max(told) < APART:
        return ()
    return [one for one in groups if one.cause not in known or _grown(one, known[one.cause], now)]


def _grown(one: Trouble, told: Told, now: datetime) -> bool:
    return (one.number > told.number or one.newest > told.newest) and now - told.at >= AGAIN_AFTER


def _read(known: Mapping[str, Any], now: datetime) -> dict[str, Told]:
    """What was told later than ``now``, before the clock was set back, was told now."""
    return {
        cause: Told(number, newest, min(datetime.fromisoformat(at), now))
        for cause, (number, newest, at) in known.items()
    }


def _written(
    found: Sequence[Trouble], told: Mapping[str, Any], known: Mapping[str, Told], now: datetime
) -> dict[str, tuple[int, int, str]]:
    """What admins know after these were told; a cause that was settled is new when it comes back."""
    new = {one.cause: Told(one.number, one.newest, now) for one in found if one in told.get(one.kind, ())}
    kept = {one.cause: known[one.cause] for one in found if one.cause in known}
    if _LATE in told:
        kept[_LATE] = Told(1, 0, now)
    elif _LATE in known and now - known[_LATE].at < AGAIN_AFTER:
        kept[_LATE] = known[_LATE]
    return {cause: (one.number, one.newest, one.at.isoformat()) for cause, one in {**kept, **new}.items()}


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
        dedup_key=f"trouble:{name}:{slot.now.isoformat()}:{admin.chat_id}",
        chat_id=admin.chat_id,
        kind=MessageKind.ALERT,
        method="sendMessage",
        payload=payload.said(
            render("in_trouble", speech, troubles=groups, waited=waited), keyboards.open_queue(speech)
        ),
        staff_id=admin.person.id,
        role=Role.ADMIN,
        expires_at=slot.now + (AGAIN_AFTER if waited else _KEPT_FOR),
        again=render("again", speech),
    )
