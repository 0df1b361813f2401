"""``cdm run``, ``cdm bot``, ``cdm jobs start``, ``cdm web`` and ``cdm sandbox``: the processes."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.app import BotConfig, run_bot, stop_on_signals, tune_process
from bot.sandbox.server import running_sandbox
from bot.webhook import WebhookConfig
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
from jobs.app import JobsConfig, run_jobs
from web.app import WebConfig
from web.house import Webhook
from web.routes.telegram import PATH as WEBHOOK_PATH
from web.server import run_web

_LOOK_AGAIN_SECONDS = 2.0

log = structlog.get_logger(__name__)

Process = Callable[[Config, str, asyncio.Event], Coroutine[Any, Any, None]]


def all_processes(
    webhook: Annotated[
        bool, typer.Option("--webhook", help="Let Telegram send updates to CDM_PUBLIC_URL instead of polling for them.")
    ] = False,
) -> None:
    """Run the bot, the jobs and the HTTP API in one process, until stopped."""
    if webhook:
        _webhook(config())
    _start(_bot_with_webhook if webhook else _bot, _jobs, _web_beside)


def bot() -> None:
    """Run the bot alone: several may run at once and share the work."""
    _start(_bot)


def jobs() -> None:
    """Run the clock and the jobs alone: several may run at once, each slot still happens once."""
    _start(_jobs)


def web() -> None:
    """Run the HTTP API alone, on CDM_WEB_HOST and CDM_WEB_PORT."""
    _start(_web)


def sandbox(
    port: Annotated[int, typer.Option(help="Of the chat page and the Bot API.")] = 8080,
    folder: Annotated[Path | None, typer.Option(help="Where its state lasts; without it, in memory.")] = None,
) -> None:
    """Run the stand-in for Telegram alone; set CDM_TELEGRAM_API_URL to its address."""

    async def work() -> None:
        stop = stop_on_signals()
        async with running_sandbox(folder=folder, port=port, zone=config().timezone) as client:
            out.print(f"chat page       {client.url}")
            out.print(f"Bot API         CDM_TELEGRAM_API_URL={client.url} CDM_TELEGRAM_TOKEN={client.token}")
            await stop.wait()

    run(work())


def _start(*processes: Process) -> None:
    settings = config()
    logs.set_up(settings.log_level)
    if settings.telegram_token is None and not {_bot, _bot_with_webhook}.isdisjoint(processes):
        fail("CDM_TELEGRAM_TOKEN is not set: get a token from @BotFather, or try `cdm demo`, which needs none.")
    tune_process()
    with database_url(settings) as url:
        run(_together(settings, url, processes))


async def _together(settings: Config, url: str, processes: tuple[Process, ...]) -> None:
    stop = stop_on_signals()
    if not await _ready(settings, url, stop):
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


async def _ready(settings: Config, url: str, stop: asyncio.Event) -> bool:
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
            async with asyncio.timeout(_LOOK_AGAIN_SECONDS):
                await stop.wait()
    return None


def _webhook(settings: Config) -> WebhookConfig:
    if settings.public_url is None or settings.webhook_secret is None:
        fail(
            "For a webhook set CDM_PUBLIC_URL to where Telegram reaches the API (https://cdm.example) and "
            "CDM_WEBHOOK_SECRET to 16 or more random letters and digits (openssl rand -hex 32)."
        )
    return WebhookConfig(settings.public_url + WEBHOOK_PATH, settings.webhook_secret.get_secret_value())


async def _bot(settings: Config, url: str, stop: asyncio.Event) -> None:
    await _run_bot(settings, url, stop, None)


async def _bot_with_webhook(settings: Config, url: str, stop: asyncio.Event) -> None:
    await _run_bot(settings, url, stop, _webhook(settings))


async def _run_bot(settings: Config, url: str, stop: asyncio.Event, webhook: WebhookConfig | None) -> None:
    assert settings.telegram_token is not None
    token = settings.telegram_token.get_secret_value()
    await run_bot(
        BotConfig(
            token=token,
            database_url=url,
            clock=Clock(settings.zone),
            files=settings.data_dir / "files",
            api_url=settings.telegram_api_url,
            currency=settings.currency,
            webhook=webhook,
        ),
        stop,
    )


async def _jobs(settings: Config, url: str, stop: asyncio.Event) -> None:
    await run_jobs(
        JobsConfig(database_url=url, clock=Clock(settings.zone), currency=settings.currency, country=settings.country),
        stop,
    )


def web_config(settings: Config, url: str, clock: Clock) -> WebConfig:
    origins = tuple(origin for origin in map(str.strip, settings.web_origins.split(",")) if origin)
    return WebConfig(
        database_url=url,
        clock=clock,
        host=settings.web_host,
        port=settings.web_port,
        currency=settings.currency,
        origins=origins,
        webhook=_received(settings),
    )


def _received(settings: Config) -> Webhook | None:
    """What tells Telegram's updates from others', where there is a secret to tell them by."""
    if settings.telegram_token is None or settings.webhook_secret is None:
        return None
    bot_id, _, _ = settings.telegram_token.get_secret_value().partition(":")
    if not bot_id.isdecimal():
        fail("CDM_TELEGRAM_TOKEN is no token: it begins with the bot's number and a colon.")
    return Webhook(int(bot_id), settings.webhook_secret.get_secret_value())


async def _web(settings: Config, url: str, stop: asyncio.Event) -> None:
    try:
        await run_web(web_config(settings, url, Clock(settings.zone)), stop)
    except OSError as error:
        fail(
            f"The API cannot be served on {settings.web_host}:{settings.web_port} ({error.strerror}): set CDM_WEB_PORT."
        )


async def _web_beside(settings: Config, url: str, stop: asyncio.Event) -> None:
    """Beside other work: while the port is another process's, wait for it."""
    told = False
    while not stop.is_set():
        try:
            await run_web(web_config(settings, url, Clock(settings.zone)), stop)
        except OSError as error:
            if not told:
                log.warning("web_port_taken", host=settings.web_host, port=settings.web_port, error=error.strerror)
                told = True
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_AGAIN_SECONDS):
                    await stop.wait()
