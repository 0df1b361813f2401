"""How ``cdm run``, ``cdm bot``, ``cdm jobs start`` and ``cdm web`` begin and end: the setting up that they share.

Each process is a module of its own, so that none imports what another one works with.
"""

import asyncio
import contextlib
import gc
import signal
from collections.abc import Callable, Coroutine
from typing import Any

import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from cdm_core import thresholds
from cdm_core.clock import Clock
from cdm_core.db import migrate
from cdm_core.db.away import is_away
from cdm_core.db.engine import create_engine, sessions
from cdm_core.db.migrate import SchemaStatus
from cdm_core.thresholds import Thresholds
from cli import logs, metrics
from cli.config import Config
from cli.console import config, fail, out, run
from cli.database import database_url, keep_running

LOOK_AGAIN_SECONDS = 2.0

Process = Callable[[Config, str, asyncio.Event], Coroutine[Any, Any, None]]


def start(*processes: Process) -> None:
    """Run them in this process until a signal or one that breaks ends them all."""
    settings = config()
    logs.set_up(settings.log_level)
    tune_process()
    with database_url(settings) as url:
        run(_together(settings, url, processes))


def tune_process() -> None:
    """For a process that is the bot's own, once all is imported: let the garbage collector look at new objects only,
    and less often. Takes a sixth off the work of a command."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def stop_on_signals() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, stop.set)
    return stop


async def _together(settings: Config, url: str, processes: tuple[Process, ...]) -> None:
    stop = stop_on_signals()
    if not await ready(settings, url, stop):
        return
    try:
        async with metrics.serving(url, Clock(settings.zone), settings.metrics_port), asyncio.TaskGroup() as group:
            group.create_task(keep_running(settings, stop))
            for process in processes:
                group.create_task(process(settings, url, stop))
    except ExceptionGroup as errors:
        if (told := errors.subgroup(typer.Exit)) is not None:
            raise typer.Exit(1) from told
        raise


async def ready(settings: Config, url: str, stop: asyncio.Event) -> bool:
    """Wait for the database; refuse one that is behind, a demo's, or of another zone. False when stopped before."""
    engine = create_engine(url, pool_size=1, application_name="cdm start")
    try:
        found = await _look(engine, stop)
    finally:
        await engine.dispose()
    if found is None:
        return False
    schema, limits = found
    if schema.pending or limits is None:
        fail("The database is behind this version: run `cdm db upgrade` first.")
    if limits.demo:
        fail("This database is the demo's, full of invented customers: give CDM a database of its own.")
    if limits.zone.key != settings.timezone:
        fail(
            f"The database's business zone is {limits.zone.key}, CDM_TIMEZONE is {settings.timezone}: "
            "run `cdm db upgrade` to take the latter over."
        )
    if limits.country != settings.country:
        fail(
            f"The database's country is {limits.country}, CDM_COUNTRY is {settings.country}: "
            "run `cdm db upgrade` to take the latter over."
        )
    return True


async def _look(engine: AsyncEngine, stop: asyncio.Event) -> tuple[SchemaStatus, Thresholds | None] | None:
    """The state of the schema, and the settings where it is whole, as soon as the database answers."""
    told = False
    while not stop.is_set():
        try:
            schema = await migrate.status(engine)
            if schema.pending:
                return schema, None
            async with sessions(engine)() as session:
                return schema, await thresholds.load(session)
        except Exception as error:
            if not is_away(error):
                raise
            if not told:
                out.print(f"The database cannot be reached yet ({type(error).__name__}); waiting for it.")
                told = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_AGAIN_SECONDS):
                await stop.wait()
    return None
