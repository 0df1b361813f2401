"""``cdm run``: the bot, the jobs and the HTTP API in one process."""

import asyncio
from typing import Annotated

import typer

from bot.webhook import WebhookConfig
from cli import bot_process, jobs_process, web_process
from cli.config import Config
from cli.console import config, fail
from cli.processes import start
from web.routes.telegram import PATH as WEBHOOK_PATH


def all_processes(
    webhook: Annotated[
        bool, typer.Option("--webhook", help="Let Telegram send updates to CDM_PUBLIC_URL instead of polling for them.")
    ] = False,
) -> None:
    """Run the bot, the jobs and the HTTP API in one process, until stopped."""
    if webhook:
        _webhook(config())
    bot_process.need_token()
    start(_bot_with_webhook if webhook else bot_process.polling, jobs_process.ticking, web_process.beside)


async def _bot_with_webhook(settings: Config, url: str, stop: asyncio.Event) -> None:
    await bot_process.serve(settings, url, stop, _webhook(settings))


def _webhook(settings: Config) -> WebhookConfig:
    if settings.public_url is None or settings.webhook_secret is None:
        fail(
            "For a webhook set CDM_PUBLIC_URL to where Telegram reaches the API (https://cdm.example) and "
            "CDM_WEBHOOK_SECRET to 16 or more random letters and digits (openssl rand -hex 32)."
        )
    return WebhookConfig(settings.public_url + WEBHOOK_PATH, settings.webhook_secret.get_secret_value())
