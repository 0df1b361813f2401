"""Each minute: brings in step what other systems and bulk loads wrote (``cdm_core.catch_up``), counts the dashboard.

Where much comes it looks again for most of the minute: what came just after the ring would else wait for the next, and
for its turn then.
"""

import asyncio
import time
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import dashboard, summary, thresholds
from cdm_core.catch_up import catch_up
from cdm_core.db.as_of import set_as_of
from cdm_core.schedule import JobName, Slot
from jobs.job import Detail, Job, Shop, each_minute, own_transactions

WORKS_SECONDS = 45.0
"""A run takes nothing more on after that: the next ring finds it at its end."""

PAUSE_SECONDS = 5.0
"""Between two looks: what comes of one customer meanwhile is summed up once."""

MUCH = 5 * summary.BATCH
"""Customers found waiting by one look, for which there is another in the same minute."""


async def pause() -> None:
    """Let more come between two looks."""
    await asyncio.sleep(PAUSE_SECONDS)


def job(shop: Shop) -> Job:
    async def run(session: AsyncSession, slot: Slot) -> Detail:
        """A transaction a batch, so that customers are locked briefly."""
        limits = await thresholds.load(session)
        began = time.monotonic()
        found = done = 0
        while True:
            spent = time.monotonic() - began
            if spent >= WORKS_SECONDS:
                break
            async with own_transactions(session)() as own, own.begin():
                await set_as_of(own, slot.now + timedelta(seconds=spent))
                batch = await catch_up(own, limits, country=shop.country)
            found, done = found + batch, done + batch
            if batch:
                continue
            if found < MUCH:
                break
            await pause()
            found = 0
        await dashboard.take(session, now=slot.now)
        return {"customers": done}

    return each_minute(JobName.STALE_REFRESH, run)
