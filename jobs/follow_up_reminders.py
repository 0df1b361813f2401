"""Each minute: promised calls whose time has come ring with who keeps them (``cdm_core.reminders``)."""

from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import reminder_copies, reminders, thresholds
from cdm_core.schedule import JobName, Slot
from jobs.job import Detail, Job, Shop, each_minute
from templates.reminders import Words


def job(shop: Shop) -> Job:
    async def run(session: AsyncSession, slot: Slot) -> Detail:
        limits = await thresholds.load(session)
        due = await reminders.due(session, limits, now=slot.now)
        word = Words(limits.zone, slot.now, shop.currency)
        told = await reminder_copies.tell(session, due, limits, now=slot.now, word=word)
        return {"told": told.number, **({"error": told.error} if told.error else {})}

    return each_minute(JobName.FOLLOW_UP_REMINDERS, run)
