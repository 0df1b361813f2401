"""A fresh stand-in a test, and python-telegram-bot pointed at it as the judge of compatibility."""

from collections.abc import AsyncIterator

import pytest
from telegram import Bot
from telegram.request import HTTPXRequest

from bot.sandbox.client import Sandbox
from bot.sandbox.server import running_sandbox


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running_sandbox() as running:
        yield running


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[Bot]:
    request, polling = HTTPXRequest(connection_pool_size=8), HTTPXRequest(connection_pool_size=4)
    async with Bot(
        sandbox.token,
        base_url=f"{sandbox.url}/bot",
        base_file_url=f"{sandbox.url}/file/bot",
        request=request,
        get_updates_request=polling,
    ) as telegram:
        yield telegram
