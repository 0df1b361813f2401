"""Before the morning lists: how win-back calls ended, then who calls whom on the coming days (``cdm_core.winback``)."""

from dataclasses import asdict

from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import summary, thresholds, winback, winback_outcomes
from cdm_core.db.as_of import set_as_of
from cdm_core.schedule import JobName, Slot
from jobs.job import Detail, Job, Shop, each_day, own_transactions


def job(_shop: Shop) -> Job:
    return each_day(JobName.WIN_BACK, _run)


async def _run(session: AsyncSession, slot: Slot) -> Detail:
    """What was cut off is done again: settling is repeated in steps, the plan is one transaction."""
    settled = 0
    behind = await winback_outcomes.unsettled(session, now=slot.now)
    for first in range(0, len(behind), summary.BATCH):
        async with own_transactions(session)() as own, own.begin():
            await set_as_of(own, slot.now)
            settled += await winback_outcomes.settle_all(own, behind[first : first + summary.BATCH], now=slot.now)
    planned = await winback.plan(session, await thresholds.load(session), now=slot.now)
    return {"settled": settled, **asdict(planned)}
