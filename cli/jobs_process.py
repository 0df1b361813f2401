"""``cdm jobs start``: the clock and the jobs alone."""

import asyncio

from cdm_core.clock import Clock
from cli.config import Config
from cli.processes import start
from jobs.app import JobsConfig, run_jobs


def jobs() -> None:
    """Run the clock and the jobs alone: several may run at once, each slot still happens once."""
    start(ticking)


async def ticking(settings: Config, url: str, stop: asyncio.Event) -> None:
    await run_jobs(
        JobsConfig(database_url=url, clock=Clock(settings.zone), currency=settings.currency, country=settings.country),
        stop,
    )
