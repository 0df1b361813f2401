"""Each minute: a round through the urgent alerts (``cdm_core.alert_rounds``)."""

from dataclasses import asdict

from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import alert_rounds, thresholds
from cdm_core.schedule import JobName, Slot
from jobs.job import Detail, Job, Shop, each_minute
from templates.alerts import Words


def job(shop: Shop) -> Job:
    async def run(session: AsyncSession, slot: Slot) -> Detail:
        limits = await thresholds.load(session)
        word = Words(limits.zone, slot.now, shop.currency)
        done = asdict(await alert_rounds.go(session, limits, now=slot.now, word=word))
        return {name: value for name, value in done.items() if value is not None}

    return each_minute(JobName.HOT_ALERTS, run)
