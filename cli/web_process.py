"""``cdm web``: the HTTP API, alone or beside other work."""

import asyncio
import contextlib

import structlog

from cdm_core.clock import Clock
from cli.config import Config
from cli.console import fail
from cli.processes import LOOK_AGAIN_SECONDS, start
from web.app import WebConfig
from web.house import Webhook
from web.server import run_web

log = structlog.get_logger(__name__)


def web() -> None:
    """Run the HTTP API alone, on CDM_WEB_HOST and CDM_WEB_PORT."""
    start(_alone)


async def _alone(settings: Config, url: str, stop: asyncio.Event) -> None:
    try:
        await run_web(_config(settings, url), stop)
    except OSError as error:
        fail(
            f"The API cannot be served on {settings.web_host}:{settings.web_port} ({error.strerror}): set CDM_WEB_PORT."
        )


async def beside(settings: Config, url: str, stop: asyncio.Event) -> None:
    """Beside other work: while the port is another process's, wait for it."""
    told = False
    while not stop.is_set():
        try:
            await run_web(_config(settings, url), stop)
        except OSError as error:
            if not told:
                log.warning("web_port_taken", host=settings.web_host, port=settings.web_port, error=error.strerror)
                told = True
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN_SECONDS):
                    await stop.wait()


def _config(settings: Config, url: str) -> WebConfig:
    origins = tuple(origin for origin in map(str.strip, settings.web_origins.split(",")) if origin)
    return WebConfig(
        database_url=url,
        clock=Clock(settings.zone),
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
