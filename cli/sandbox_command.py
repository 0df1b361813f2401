"""``cdm sandbox``: the stand-in for Telegram alone."""

from pathlib import Path
from typing import Annotated

import typer

from bot.sandbox.server import running_sandbox
from cli.console import config, out, run
from cli.processes import stop_on_signals


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
