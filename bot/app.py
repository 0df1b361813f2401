"""The bot process: poller, workers and sender as supervised loops over one database and one token."""

import asyncio
import os
import secrets
import socket
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from telegram.error import InvalidToken, TelegramError

from bot import menu
from bot.api import PUBLIC_API, BotApi
from bot.commands import ROUTES
from bot.file_keeper import FileKeeper
from bot.incoming import Reader
from bot.outage import Outage
from bot.owners import Owners
from bot.poller import Poller
from bot.registry import Routes
from bot.scene import House
from bot.sender import Sender
from bot.supervise import happens, supervise
from bot.webhook import WebhookConfig, WebhookKeeper
from bot.worker import WORKERS, Workers
from cdm_core import file_copies, inbox, outbox
from cdm_core.clock import Clock
from cdm_core.db.away import is_away
from cdm_core.db.engine import create_engine, sessions
from cdm_core.db.notify import Bells, LeaderLock

HEALTH_SECONDS = 60.0
END_SECONDS = 15.0
_WAITING_SECONDS = 30.0
BACKOFF_SECONDS = (0.5, 15.0)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class BotConfig:
    """``files`` is the folder of the files that came with contacts; with ``webhook`` Telegram sends the updates
    to the HTTP API, without it they are polled for; ``limited`` only for benchmarks."""

    token: str = field(repr=False)
    database_url: str | URL = field(repr=False)
    clock: Clock
    files: Path
    api_url: str = PUBLIC_API
    currency: str = "BDT"
    workers: int = WORKERS
    webhook: WebhookConfig | None = None
    poll_seconds: float = 25.0
    limited: bool = True


async def run_bot(config: BotConfig, stop: asyncio.Event, *, routes: Routes = ROUTES) -> None:
    """Run until ``stop`` is set, then finish what is in hand.

    Telegram and the database may be away at any time, also at the start: they are waited for. Several processes with
    one token share the work; one of them receives, one sends. Raises ValueError for a text that is no token.
    """
    owner = f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(4)}"
    working = create_engine(
        config.database_url, pool_size=config.workers + 4, application_name="cdm bot", checked=False
    )
    sending = create_engine(config.database_url, pool_size=3, application_name="cdm sender", checked=False)
    try:
        async with (
            BotApi(config.token, config.api_url) as api,
            Bells(config.database_url, application_name="cdm bot bells") as bells,
        ):
            if not await _identify(api, stop):
                return
            outage = Outage(api, config.clock)
            work, send = sessions(working), sessions(sending)
            house = House(routes, config.clock, api.username, api.bot_id, config.currency)
            reader = Reader(api.bot, routes.commands)
            owners = Owners(bells, owner)
            await owners.live()
            workers = Workers(house, reader, api, work, bells, outage, stop, owners=owners, count=config.workers)
            sender = Sender(
                api, send, bells, config.clock, stop, owners=owners, files=config.files, limited=config.limited
            )
            keeper = FileKeeper(api, work, bells, config.clock, config.files, stop)
            loops = {
                "workers": workers.run,
                "sweep": workers.sweep,
                "sender": lambda: _lead(bells.leader(f"sender:{api.bot_id}"), sender.send, stop),
                "settle": sender.settle,
                "files": keeper.run,
                "menu": lambda: menu.publish(api, routes, stop),
                "health": lambda: _health(work, stop),
            }
            # One lock for both: who polls would remove the webhook.
            receiving = bells.leader(f"poller:{api.bot_id}")
            if config.webhook is None:
                poller = Poller(api, work, bells, outage, workers, stop, seconds=config.poll_seconds)
                loops["poller"] = lambda: _lead(receiving, poller.run, stop)
            else:
                keeper_of_webhook = WebhookKeeper(api, config.webhook, stop)
                loops["webhook"] = lambda: _lead(receiving, keeper_of_webhook.run, stop)
                loops["webhook lock"] = lambda: _tell_waiting(receiving, stop)
            log.info("bot_started", bot=api.username, owner=owner)
            tasks = [asyncio.create_task(supervise(name, loop, stop=stop), name=name) for name, loop in loops.items()]
            await stop.wait()
            for bell in (inbox.BELL, outbox.BELL, file_copies.BELL):
                bells.ring(bell)
            await _end(tasks)
            await owners.leave()
            log.info("bot_stopped", owner=owner)
    finally:
        await working.dispose()
        await sending.dispose()


async def _identify(api: BotApi, stop: asyncio.Event) -> bool:
    """Wait for Telegram to say who we are; False when stopped before."""
    delay = BACKOFF_SECONDS[0]
    while not stop.is_set():
        try:
            await api.identify()
            return True
        except InvalidToken:
            log.error("token_refused")
        except TelegramError as error:
            log.warning("telegram_away", error=type(error).__name__)
        await happens(stop, delay)
        delay = min(delay * 2, BACKOFF_SECONDS[1])
    return False


async def _lead(lock: LeaderLock, work: Callable[[], Coroutine[Any, Any, None]], stop: asyncio.Event) -> None:
    """Do ``work`` while this process leads. When stopped, the leader ends its work, others stop waiting to lead."""
    leading = asyncio.create_task(lock.lead(work))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((leading, stopping), return_when=asyncio.FIRST_COMPLETED)
        if leading.done() or lock.held:
            await leading
    finally:
        for task in (leading, stopping):
            task.cancel()
        await asyncio.gather(leading, stopping, return_exceptions=True)


async def _tell_waiting(lock: LeaderLock, stop: asyncio.Event) -> None:
    """Say that another process receives the updates, as long as it may be a poller."""
    while not await happens(stop, _WAITING_SECONDS) and not lock.held:
        log.warning("webhook_waits", told="another process of this database receives the updates: stop it if it polls")
    await stop.wait()


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    """Work in hand has time limits of its own; this is the last one."""
    await asyncio.wait(tasks, timeout=END_SECONDS)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _health(work: async_sessionmaker[AsyncSession], stop: asyncio.Event) -> None:
    """A line in the log each minute: what waits, what is in trouble."""
    while not await happens(stop, HEALTH_SECONDS):
        try:
            async with work() as session:
                coming = await inbox.counts(session)
                going = await outbox.counts(session)
        except Exception as error:
            if not is_away(error):
                raise
            log.warning("health", database="away")
            continue
        log.info(
            "health",
            **{f"inbox_{state}": count.number for state, count in coming.items()},
            **{f"outbox_{state}": count.number for state, count in going.items()},
            oldest_seconds=round(max((count.oldest_seconds for count in going.values()), default=0.0), 1),
        )
