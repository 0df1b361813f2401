"""Each minute: a round through the urgent alerts (``cdm_core.alert_rounds``)."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import alert_rounds, thresholds
from cdm_core.runs import TICK
from cdm_core.schedule import JobName, Slot
from jobs.job import Detail, Job, Shop, just_now
from templates.alerts import Words


def job(shop: Shop) -> Job:
    async def run(session: AsyncSession, slot: Slot) -> Detail:
        limits = await thresholds.load(session)
        word = Words(limits.zone, slot.now, shop.currency)
        return asdict(await alert_rounds.go(session, limits, now=slot.now, word=word))

    return Job(JobName.HOT_ALERTS, slots=_slots, run=run, by_hand=_by_hand)


async def _slots(session: AsyncSession, now: datetime) -> Sequence[Slot]:
    return await _by_hand(session, now, None)


async def _by_hand(session: AsyncSession, at: datetime, staff_id: int | None) -> Sequence[Slot]:
    return [just_now(JobName.HOT_ALERTS, TICK, at, (await thresholds.load(session)).zone)]
