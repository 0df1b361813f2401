"""``cdm demo``: an invented shop, the bot, the jobs and the stand-in for Telegram in one process."""

import asyncio
import contextlib
import fcntl
import math
import shlex
import shutil
import socket
import webbrowser
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.app import BotConfig, run_bot
from bot.sandbox.client import Sandbox
from bot.sandbox.server import running_sandbox
from cdm_core import calendar, thresholds
from cdm_core.clock import Clock, local_date
from cdm_core.db import embedded, migrate
from cdm_core.db.engine import create_engine, sessions
from cdm_core.thresholds import Thresholds
from cli import logs, metrics
from cli.config import Config
from cli.console import config, fail, out, run
from cli.database import keep_embedded
from cli.demo_clock import clock_hook
from cli.demo_world import world
from cli.doctor import NO_BENGALI_FONT
from cli.processes import stop_on_signals
from cli.sample.fill import fill
from jobs.app import POOL_SIZE
from jobs.clock import Ticker, keep_ringing
from jobs.job import Shop
from jobs.registry import all_jobs
from templates import charts
from web.app import WebConfig, create_app
from web.server import serving

_SIGNED_IN = ("tanvir", "nusrat", "farhana", "rafiq")


def demo(
    port: Annotated[int, typer.Option(help="Of the chat page.")] = 8080,
    customers: Annotated[int, typer.Option(min=50, max=100_000, help="How many to invent.")] = 2000,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open the chat page.")] = False,
    reset: Annotated[bool, typer.Option("--reset", help="Forget all that was done, and invent the shop anew.")] = False,
) -> None:
    """Try it: a shop with customers, a bot and a chat page; no token and no database needed.

    The chat page is on --port, the HTTP API on CDM_WEB_PORT (3001), both for this machine alone.
    """
    settings = config()
    # A clock that is put on makes jobs late: no news here.
    logs.set_up("ERROR" if settings.log_level == "INFO" else settings.log_level)
    folder = settings.data_dir / "demo"
    with _alone(settings.data_dir):
        _look_for_room(port, settings.web_port)
        if reset:
            _forget(folder)
        out.print("Starting the demo …")
        with embedded.start(folder) as server:
            run(_demo(settings, server.url, folder, port=port, customers=customers, opens=not no_browser))


def _look_for_room(port: int, web_port: int) -> None:
    """Ends it here where a port is taken: inventing a shop takes long."""
    with contextlib.ExitStack() as held:
        for number, taken in ((port, _page_taken), (web_port, _api_taken)):
            listener = held.enter_context(socket.socket())
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", number))
                listener.listen()
            except OSError as error:
                taken(number, error)


def _page_taken(port: int, error: OSError) -> NoReturn:
    fail(f"Port {port} is taken ({error.strerror}): choose another with --port.")


def _api_taken(port: int, error: OSError) -> NoReturn:
    fail(f"Port {port} is taken ({error.strerror}): choose another with CDM_WEB_PORT.")


@contextlib.contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """One demo at a time on its data: two would answer each other's people. A killed one's lock goes with it."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fail(f"A demo is running on {data_dir} already: open its page, or set CDM_DATA_DIR for a second one.")
        yield


async def _demo(settings: Config, url: str, folder: Path, *, port: int, customers: int, opens: bool) -> None:
    stop = stop_on_signals()
    engine = create_engine(url, pool_size=POOL_SIZE, application_name="cdm demo", statement_seconds=None)
    try:
        clock = await _prepare(engine, settings, folder, customers)
        ticker = Ticker(sessions(engine), clock, all_jobs(Shop(country=settings.country, currency=settings.currency)))
        async with (
            _sandbox(engine, clock, ticker, folder, port, settings.currency) as sandbox,
            _api(settings, url, clock) as api,
            metrics.serving(url, clock, settings.metrics_port),
            asyncio.TaskGroup() as group,
        ):
            bot = BotConfig(
                token=sandbox.token,
                database_url=url,
                clock=clock,
                files=folder / "files",
                api_url=sandbox.url,
                currency=settings.currency,
            )
            group.create_task(run_bot(bot, stop))
            group.create_task(keep_ringing(ticker, stop))
            group.create_task(keep_embedded(folder, stop))
            await sandbox.move_clock(0)
            await _greet(sandbox)
            page = f"{sandbox.url}/?as=tanvir"
            out.print(f"\n  chat, as Tanvir (an agent)     [link]{page}[/link]")
            out.print(f"  chat, Nusrat and Farhana       [link]{sandbox.url}/?as=nusrat,farhana[/link]")
            out.print(f"  HTTP API, documented           [link]{api}/docs[/link]")
            out.print(f"  other commands on this shop    CDM_DATA_DIR={shlex.quote(str(folder))} cdm jobs list")
            out.print("\nTry 5678, or a name; then type what a customer said. Ctrl+C ends it.")
            if opens:
                with contextlib.suppress(webbrowser.Error):
                    await asyncio.to_thread(webbrowser.open, page)
            await asyncio.to_thread(charts.load)
            if charts.bengali_font() is None:
                out.print(NO_BENGALI_FONT)
            await stop.wait()
            await ticker.stop()
    finally:
        await engine.dispose()


async def _prepare(engine: AsyncEngine, settings: Config, folder: Path, customers: int) -> Clock:
    """Schema and shop; a shop that a kill left half made is made again."""
    await migrate.upgrade(engine, zone=settings.zone, country=settings.country)
    async with sessions(engine)() as session:
        limits = await thresholds.load(session)
        begun = (await session.execute(text("SELECT EXISTS (SELECT FROM customers)"))).scalar_one()
    clock = Clock(settings.zone, limits.clock_offset)
    if limits.demo:
        return clock
    if begun:
        fail(f"{folder} holds customers that are not the demo's: see `cdm demo --reset`, which deletes them.")
    opens = opening(clock.now(), limits)
    if opens > clock.now():
        clock.offset += timedelta(seconds=math.ceil((opens - clock.now()).total_seconds()))
        out.print(f"The shop in {clock.zone.key} is closed now: the demo's clock is put on to {opens:%a %d %b %H:%M}.")
    out.print(f"Inventing a shop with {customers:,} customers and two years of orders …")
    shutil.rmtree(folder / "sandbox", ignore_errors=True)
    await fill(engine, clock.now(), customers=customers)
    settled = {"clock_offset_seconds": str(round(clock.offset.total_seconds())), "demo": "true"}
    async with sessions(engine)() as session, session.begin():
        for key, value in settled.items():
            await thresholds.change(session, key, value, now=clock.now(), staff_id=None)
    return clock


def opening(now: datetime, limits: Thresholds) -> datetime:
    """``now`` in working hours; else when work next begins: the morning lists arrive at once, and alerts ring."""
    today = local_date(now, limits.zone)
    if not calendar.quiet(now, limits) and not calendar.day_off(today, limits):
        return now
    begins = datetime.combine(today, limits.workday_start, limits.zone)
    if now >= begins or calendar.day_off(today, limits):
        begins = datetime.combine(calendar.working_day(today, limits), limits.workday_start, limits.zone)
    return begins


@contextlib.asynccontextmanager
async def _sandbox(
    engine: AsyncEngine, clock: Clock, ticker: Ticker, folder: Path, port: int, currency: str
) -> AsyncIterator[Sandbox]:
    try:
        async with running_sandbox(
            folder=folder / "sandbox",
            port=port,
            world=world(engine, clock, currency, ticker.ring_again),
            clock_hook=clock_hook(engine, clock, ticker),
            zone=clock.zone.key,
        ) as sandbox:
            yield sandbox
    except OSError as error:
        _page_taken(port, error)


@contextlib.asynccontextmanager
async def _api(settings: Config, url: str, clock: Clock) -> AsyncIterator[str]:
    """The HTTP API, open to this machine alone, whatever CDM_WEB_HOST says."""
    app = create_app(WebConfig(url, clock, open=True, port=settings.web_port, currency=settings.currency))
    try:
        async with serving(app, "127.0.0.1", settings.web_port) as address:
            yield address
    except OSError as error:
        _api_taken(settings.web_port, error)


async def _greet(sandbox: Sandbox) -> None:
    """The people open the chat once; the bot's answer tells what to try."""
    for person in _SIGNED_IN:
        if not await sandbox.messages(person, limit=1):
            await sandbox.say(person, "/start")


def _forget(folder: Path) -> None:
    if folder.exists():
        embedded.remove(folder)
        shutil.rmtree(folder, ignore_errors=True)
