"""The processes of a benchmark, which it may kill.

python -m benchmarks.processes sandbox PORT
python -m benchmarks.processes bot DATABASE_URL API_URL TOKEN
"""

import asyncio
import logging
import sys
import tempfile
from pathlib import Path

import structlog

from benchmarks.stage import ZONE
from bot.app import BotConfig, run_bot, stop_on_signals
from bot.sandbox.server import running_sandbox
from cdm_core.clock import Clock


async def sandbox(port: str) -> None:
    stop = stop_on_signals()
    async with running_sandbox(port=int(port)):
        await stop.wait()


async def bot(database_url: str, api_url: str, token: str) -> None:
    """The bot with the product's settings."""
    with tempfile.TemporaryDirectory() as folder:
        config = BotConfig(
            token=token, database_url=database_url, clock=Clock(ZONE), files=Path(folder), api_url=api_url
        )
        await run_bot(config, stop_on_signals())


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    asyncio.run({"sandbox": sandbox, "bot": bot}[sys.argv[1]](*sys.argv[2:]))
