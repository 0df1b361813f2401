"""Each minute: brings in step what other systems and bulk loads wrote (``cdm_core.catch_up``), counts the dashboard."""

from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import dashboard, thresholds
from cdm_core.catch_up import catch_up
from cdm_core.db.as_of import set_as_of
from cdm_core.schedule import JobName, Slot
from jobs.job import Detail, Job, Shop, each_minute, own_transactions

MOST_BATCHES = 100
"""Batches of a run: what a minute can bear; the rest waits for the next."""


def job(shop: Shop) -> Job:
    async def run(session: AsyncSession, slot: Slot) -> Detail:
        """A transaction a batch, so that customers are locked briefly."""
        limits = await thresholds.load(session)
        done = 0
        for _ in range(MOST_BATCHES):
            async with own_transactions(session)() as own, own.begin():
                await set_as_of(own, slot.now)
                batch = await catch_up(own, limits, country=shop.country)
            done += batch
            if not batch:
                break
        await dashboard.take(session, now=slot.now)
        return {"customers": done}

    return each_minute(JobName.STALE_REFRESH, run)
