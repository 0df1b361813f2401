"""The seven days before this one to who leads a team: trend, carts won back and the agents, as picture and table."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import reports, thresholds
from cdm_core.schedule import JobName, Slot
from jobs import team_reports
from jobs.job import Detail, Job, Shop

_WEEK = 7


def job(shop: Shop) -> Job:
    async def run(session: AsyncSession, slot: Slot) -> Detail:
        limits = await thresholds.load(session)
        span = reports.days_up_to(slot.local_date - timedelta(days=1), _WEEK)
        return await team_reports.send(session, slot, shop, span, limits, evening=False, table=True)

    return Job(JobName.WEEKLY_REPORT, slots=_slots, run=run, by_hand=_by_hand)


async def _slots(session: AsyncSession, now: datetime) -> Sequence[Slot]:
    return await team_reports.slots(session, JobName.WEEKLY_REPORT, now, moved=True)


async def _by_hand(session: AsyncSession, asked: datetime, staff_id: int | None, now: datetime) -> Sequence[Slot]:
    return await team_reports.by_hand(session, JobName.WEEKLY_REPORT, asked, staff_id, now)
