"""The processes of a benchmark, which it may kill: each is forked from one that has imported everything.

A process starts in milliseconds so, and hundreds of deaths take minutes.
"""

import asyncio
import logging
import multiprocessing
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import structlog

from bot.app import BotConfig, run_bot
from bot.sandbox.server import running_sandbox
from cdm_core.clock import Clock
from cli.processes import stop_on_signals, tune_process
from jobs import clock as clock_of_jobs
from jobs.app import JobsConfig, run_jobs
from web.app import WebConfig
from web.server import run_web

ZONE = ZoneInfo("Asia/Dhaka")

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["benchmarks.processes"])


class Running:
    """``main(*arguments)`` in a process of its own."""

    def __init__(self, main: Callable[..., Coroutine[Any, Any, None]], *arguments: str | int) -> None:
        self._process = _FORKS.Process(target=_run, args=(main, arguments), daemon=True)
        self._process.start()

    @property
    def alive(self) -> bool:
        return self._process.is_alive()

    async def kill(self) -> None:
        """With SIGKILL; returns once it is dead."""
        self._process.kill()
        await asyncio.to_thread(self._process.join)

    async def end(self) -> int:
        """Ask it to end (SIGTERM) and wait for that; its exit code."""
        self._process.terminate()
        await asyncio.to_thread(self._process.join)
        return self._process.exitcode or 0


async def sandbox(port: int) -> None:
    stop = stop_on_signals()
    async with running_sandbox(port=port):
        await stop.wait()


async def bot(database_url: str, api_url: str, token: str) -> None:
    """The bot with the product's settings."""
    with tempfile.TemporaryDirectory() as folder:
        config = BotConfig(
            token=token, database_url=database_url, clock=Clock(ZONE), files=Path(folder), api_url=api_url
        )
        await run_bot(config, stop_on_signals())


async def jobs(database_url: str) -> None:
    """The clock of the jobs, which rings when it starts and then each minute."""
    await run_jobs(JobsConfig(database_url, Clock(ZONE)), stop_on_signals())


async def api(database_url: str, port: int) -> None:
    """The HTTP API with the product's settings."""
    tune_process()
    await run_web(WebConfig(database_url, Clock(ZONE), port=port), stop_on_signals())


async def api_answers(client: httpx.AsyncClient) -> None:
    """Wait until the API at the client's base answers."""
    for _ in range(300):
        try:
            await client.get("/healthz")
        except httpx.TransportError:
            await asyncio.sleep(0.1)
        else:
            return
    raise RuntimeError("the API does not answer")


async def hurried_jobs(database_url: str) -> None:
    """The same, ringing each second by its watchdog."""
    clock_of_jobs.SILENCE_SECONDS = 1.0
    await jobs(database_url)


def _run(main: Callable[..., Coroutine[Any, Any, None]], arguments: tuple[str | int, ...]) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    asyncio.run(main(*arguments))
