"""Each minute: promised calls whose time has come ring with who keeps them (``cdm_core.reminders``)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import reminder_copies, reminders, thresholds
from cdm_core.runs import TICK
from cdm_core.schedule import JobName, Slot
from jobs.job import Detail, Job, Shop, just_now
from templates.reminders import Words


def job(shop: Shop) -> Job:
    async def run(session: AsyncSession, slot: Slot) -> Detail:
        limits = await thresholds.load(session)
        due = await reminders.due(session, limits, now=slot.now)
        word = Words(limits.zone, slot.now, shop.currency)
        return {"told": await reminder_copies.tell(session, due, limits, now=slot.now, word=word)}

    return Job(JobName.FOLLOW_UP_REMINDERS, slots=_slots, run=run, by_hand=_by_hand)


async def _slots(session: AsyncSession, now: datetime) -> Sequence[Slot]:
    return await _by_hand(session, now, None)


async def _by_hand(session: AsyncSession, at: datetime, staff_id: int | None) -> Sequence[Slot]:
    return [just_now(JobName.FOLLOW_UP_REMINDERS, TICK, at, (await thresholds.load(session)).zone)]
