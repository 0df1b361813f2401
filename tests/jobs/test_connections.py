"""All that the clock's process does at once has connections, and none waits for another's."""

import asyncio
import importlib
from dataclasses import replace
from datetime import datetime
from itertools import count

from sqlalchemy import AsyncAdaptedQueuePool, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import runs
from cdm_core.clock import Clock
from cdm_core.db.engine import create_engine, sessions
from cdm_core.db.steps import Begin
from cdm_core.schedule import JobName, Slot
from jobs.app import POOL_SIZE
from jobs.clock import BY_HAND, Ticker
from jobs.job import Detail, InSteps, Job, Shop, own_transactions
from jobs.registry import all_jobs
from tests import factories
from tests.databases import ZONE
from tests.factories import NOW


class Held:
    """The jobs, each with as many connections as it ever has, until ``go_on``."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self._arrived = asyncio.Semaphore(0)
        self._keys = count()
        self.jobs = [self._job(job) for job in all_jobs(Shop())]

    async def arrive(self, number: int) -> None:
        async with asyncio.timeout(10):
            for _ in range(number):
                await self._arrived.acquire()

    def _job(self, job: Job) -> Job:
        beside = hasattr(importlib.import_module(f"jobs.{job.name.replace('-', '_')}"), "own_transactions")

        async def slots(_session: AsyncSession, now: datetime) -> list[Slot]:
            return [Slot(job.name, f"{next(self._keys)}", now.date(), now, now, by_hand=True)]

        async def by_hand(session: AsyncSession, _asked: datetime, _staff: int | None, now: datetime) -> list[Slot]:
            return await slots(session, now)

        async def run(session: AsyncSession, _slot: Slot) -> Detail:
            if not beside:
                return await self._hold(session)
            async with own_transactions(session)() as own:
                return await self._hold(own)

        async def in_steps(begin: Begin, _slot: Slot) -> Detail:
            async with begin() as session:
                return await self._hold(session)

        return replace(
            job, slots=slots, by_hand=by_hand, run=InSteps(in_steps) if isinstance(job.run, InSteps) else run
        )

    async def _hold(self, session: AsyncSession) -> Detail:
        await session.execute(text("SELECT 1"))
        self._arrived.release()
        await self.go_on.wait()
        return {}


async def test_every_job_at_once_and_long_ones_by_hand(session: AsyncSession, database_url: str) -> None:
    for name in ("Rafiq", "Farhana", "Nusrat"):
        admin = await factories.staff(session, name=name, role="admin")
        for job in (JobName.NIGHTLY, JobName.WIN_BACK):
            await runs.request(session, job, NOW, requested_by=admin)
    await session.commit()
    engine = create_engine(database_url, pool_size=POOL_SIZE, application_name="cdm jobs", statement_seconds=None)
    pool, held = engine.pool, Held()
    assert isinstance(pool, AsyncAdaptedQueuePool)
    ticker = Ticker(sessions(engine), Clock(ZONE), held.jobs)
    try:
        async with asyncio.timeout(30):
            await ticker.ring()
            await held.arrive(len(held.jobs) + 1)
            for _ in range(BY_HAND + 1):  # each ring looks again for what is asked for
                await ticker.ring()
            await held.arrive(BY_HAND - 1)
            await ticker.ring()
            assert pool.checkedout() == POOL_SIZE - 1  # the clock's own is free
        held.go_on.set()
        await ticker.stop()
        assert ticker.health()["failed"] == 0
        assert not await runs.requests(session)
    finally:
        held.go_on.set()
        await ticker.stop()
        await engine.dispose()
