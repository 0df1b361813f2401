"""``cdm bot``: the bot alone, which polls for its updates."""

import asyncio

from bot.app import BotConfig, run_bot
from bot.webhook import WebhookConfig
from cdm_core.clock import Clock
from cli.config import Config
from cli.console import config, fail
from cli.processes import start


def bot() -> None:
    """Run the bot alone: several may run at once and share the work."""
    need_token()
    start(polling)


def need_token() -> None:
    if config().telegram_token is None:
        fail("CDM_TELEGRAM_TOKEN is not set: get a token from @BotFather, or try `cdm demo`, which needs none.")


async def polling(settings: Config, url: str, stop: asyncio.Event) -> None:
    await serve(settings, url, stop, None)


async def serve(settings: Config, url: str, stop: asyncio.Event, webhook: WebhookConfig | None) -> None:
    """Without a ``webhook`` updates are polled for."""
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
