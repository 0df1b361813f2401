"""The clock: APScheduler rings once a minute and knows nothing else; what is due is in the database.

Every job has its own pass, so that a long night's work delays no digest; a pass that still runs is not begun again.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Iterable, Sequence
from datetime import datetime, timedelta
from time import monotonic

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from cdm_core import thresholds
from cdm_core.clock import Clock
from cdm_core.faults import STILL_RUNNING
from cdm_core.schedule import PLANS
from jobs import requests
from jobs.job import Job
from jobs.runner import Outcome, Sessions, note_broken, run_pass

SILENCE_SECONDS = 90.0
"""With no ring for so long the wall clock was set back: the watchdog, which does not look at it, rings instead."""

LONG_SECONDS = 900.0
"""A job with a time of day may run for so long, by no clock that can be moved, before it is in trouble."""

LONG_EACH_MINUTE_SECONDS = 120.0
"""As long may one of each minute. It is rung for oftener than once a minute too, and may take most of it (its second
ring then finds it at work): neither is trouble."""

BY_HAND = 2
"""Pieces of work that are done by hand at once: a long one holds up nobody else's, and more would want connections."""

HEALTH_MINUTES = 10
STOP_SECONDS = 20.0

log = structlog.get_logger(__name__)


class Ticker:
    """Goes through the jobs, at each ring or when asked; ``clock`` tells the business time."""

    def __init__(self, sessions: Sessions, clock: Clock, jobs: Sequence[Job]) -> None:
        self._sessions = sessions
        self._clock = clock
        self._jobs: dict[str, Job] = {job.name: job for job in jobs}
        self._turns: dict[str, asyncio.Lock] = {job.name: asyncio.Lock() for job in jobs}
        self._began: dict[str, float] = {}
        self._hands = asyncio.Semaphore(BY_HAND)
        self._passes: set[asyncio.Task[None]] = set()
        self._done = self._failed = 0

    async def tick(self, now: datetime) -> list[Outcome]:
        """Do all that is due at ``now``, and wait for it."""
        passes = await asyncio.gather(self._asked(now), *(self._pass(job, now) for job in self._jobs.values()))
        return [outcome for outcomes in passes for outcome in outcomes]

    async def ring(self) -> None:
        """Begin what is due, without waiting for it; a pass that still runs is not begun again."""
        busy = [job for job in self._jobs.values() if self._turns[job.name].locked()]
        free = [job for job in self._jobs.values() if job not in busy]
        now = await self._begin(free, by_hand=not self._hands.locked())
        for job in busy:
            runs_for = monotonic() - self._began[job.name]
            if runs_for >= (LONG_EACH_MINUTE_SECONDS if PLANS[job.name].each_minute else LONG_SECONDS):
                since = now - timedelta(seconds=runs_for)
                await note_broken(self._sessions, job, now, STILL_RUNNING, since=since)

    async def ring_again(self) -> None:
        """As ``ring``, but a pass that still runs is followed by another: it may not have seen what just happened."""
        await self._begin(self._jobs.values(), by_hand=True)

    async def _begin(self, jobs: Iterable[Job], *, by_hand: bool) -> datetime:
        """Begin their passes, and what is asked for if ``by_hand``; the moment they are of."""
        try:
            async with self._sessions() as session:
                self._clock.offset = (await thresholds.load(session)).clock_offset
        except Exception as error:  # the database is away; it may be back when the work begins
            log.warning("clock_setting_not_read", error=type(error).__name__)
        now = self._clock.now()
        work = [self._asked(now)] if by_hand else []
        work += [self._pass(job, now) for job in jobs]
        for each in work:
            task = asyncio.create_task(self._counted(each))
            self._passes.add(task)
            task.add_done_callback(self._passes.discard)
        return now

    async def stop(self) -> None:
        """Let what runs come to its end for some seconds; what does not is rolled back."""
        if self._passes:
            _, late = await asyncio.wait(self._passes, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def health(self) -> dict[str, object]:
        """What was done since last asked, and what is still running."""
        running = [str(name) for name, turn in self._turns.items() if turn.locked()]
        told = {"slots": self._done, "failed": self._failed, "running": running}
        self._done = self._failed = 0
        return told

    async def _counted(self, work: Awaitable[Sequence[Outcome]]) -> None:
        outcomes = await work
        self._done += sum(outcome.state is not None for outcome in outcomes)
        self._failed += sum(outcome.state == "failed" for outcome in outcomes)

    async def _asked(self, now: datetime) -> Sequence[Outcome]:
        async with self._hands:
            return await requests.run(self._sessions, self._jobs, now)

    async def _pass(self, job: Job, now: datetime) -> Sequence[Outcome]:
        async with self._turns[job.name]:
            self._began[job.name] = monotonic()
            try:
                return await run_pass(self._sessions, job, now)
            except Exception as error:  # most likely the database is away; the next tick does it
                log.error("job_pass_failed", job=job.name, error=type(error).__name__)
                return ()


async def keep_ringing(ticker: Ticker, stop: asyncio.Event) -> None:
    """Ring at once and then each minute, until ``stop`` is set."""
    loop = asyncio.get_running_loop()
    rung = loop.time()
    rings = 0

    async def ring() -> None:
        nonlocal rung, rings
        rung, rings = loop.time(), rings + 1
        await ticker.ring()
        if rings % HEALTH_MINUTES == 0:
            log.info("health", part="jobs", **ticker.health())

    scheduler = AsyncIOScheduler(timezone="UTC")
    each_minute = CronTrigger(second=0, timezone="UTC")
    rule = scheduler.add_job(ring, each_minute, coalesce=True, max_instances=1, misfire_grace_time=None)
    scheduler.start()
    try:
        await ring()
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SILENCE_SECONDS / 3):
                    await stop.wait()
            if not stop.is_set() and loop.time() - rung > SILENCE_SECONDS:
                log.warning("clock_set_back", silent_seconds=round(loop.time() - rung))
                rule.reschedule(each_minute)
                await ring()
    finally:
        scheduler.shutdown(wait=False)
        await ticker.stop()
