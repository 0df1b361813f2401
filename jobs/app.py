"""The process (or part of one) that does what happens unasked."""

import asyncio
from dataclasses import dataclass, field

import structlog
from sqlalchemy import URL

from cdm_core.clock import Clock
from cdm_core.db.engine import create_engine, sessions
from jobs.clock import Ticker, keep_ringing
from jobs.job import Shop
from jobs.registry import all_jobs

POOL_SIZE = 20
"""One connection for each of the ten jobs, one more for each of the three that work in transactions of their own; two
for each piece of work by hand (``jobs.clock.BY_HAND``) and one that keeps it apart; one for the clock."""

AGAIN_SECONDS = 5.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class JobsConfig:
    """``clock`` tells the business time; ``currency`` and ``country`` are ISO codes."""

    database_url: str | URL = field(repr=False)
    clock: Clock
    currency: str = "BDT"
    country: str = "BD"


async def run_jobs(config: JobsConfig, stop: asyncio.Event) -> None:
    """Do the jobs at their times until ``stop`` is set; what runs then is finished or rolled back.

    Waits for a database that is away, and goes on whatever breaks.
    """
    engine = create_engine(
        config.database_url, pool_size=POOL_SIZE, application_name="cdm jobs", statement_seconds=None
    )
    jobs = all_jobs(Shop(country=config.country, currency=config.currency))
    ticker = Ticker(sessions(engine), config.clock, jobs)
    log.info("jobs_started", jobs=[job.name.value for job in jobs])
    try:
        while not stop.is_set():
            try:
                await keep_ringing(ticker, stop)
            except Exception as error:  # the clock itself broke: begin it anew
                log.error("clock_broke", error=type(error).__name__)
                await asyncio.sleep(AGAIN_SECONDS)
    finally:
        await engine.dispose()
        log.info("jobs_stopped")
