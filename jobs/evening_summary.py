"""The day of a team to who leads it, in the evening of a working day; nothing where nothing was done."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import reports, thresholds
from cdm_core.schedule import JobName, Slot
from jobs import team_reports
from jobs.job import Detail, Job, Shop


def job(shop: Shop) -> Job:
    async def run(session: AsyncSession, slot: Slot) -> Detail:
        limits = await thresholds.load(session)
        span = reports.one_day(slot.local_date, limits)
        return await team_reports.send(session, slot, shop, span, limits, evening=True, table=False)

    return Job(JobName.EVENING_SUMMARY, slots=_slots, run=run, by_hand=_by_hand)


async def _slots(session: AsyncSession, now: datetime) -> Sequence[Slot]:
    return await team_reports.slots(session, JobName.EVENING_SUMMARY, now)


async def _by_hand(session: AsyncSession, asked: datetime, staff_id: int | None, now: datetime) -> Sequence[Slot]:
    return await team_reports.by_hand(session, JobName.EVENING_SUMMARY, asked, staff_id, now)
