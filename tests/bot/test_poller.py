"""A poller that is told to stop, because leadership went with a connection, at any moment of its work."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from bot.api import BotApi
from bot.outage import Outage
from bot.poller import MOST, Poller
from bot.sandbox.client import Sandbox
from bot.sandbox.server import running_sandbox
from bot.sandbox.state import State
from cdm_core.clock import Clock
from cdm_core.db.notify import Bells
from cdm_core.inbox import Update
from tests.databases import ZONE

MOMENTS = 60


class NoWorkers:
    """Takes nothing: what is stored stays in the inbox."""

    owner = "nobody"

    def room(self) -> int:
        return 0

    def take(self, leased: Sequence[Update]) -> None:
        assert not leased


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running_sandbox(State()) as running:
        yield running


async def _later(dice: random.Random) -> None:
    """Some turns of the event loop, few enough that the answer to a poll is often just arriving."""
    for _ in range(dice.randrange(120)):
        await asyncio.sleep(0)


async def test_a_poll_cut_off_at_any_moment_leaves_the_next_one_able_to_poll(sandbox: Sandbox) -> None:
    dice, offset = random.Random(1), 0
    async with BotApi(sandbox.token, sandbox.url) as api:
        for _ in range(MOMENTS):
            await sandbox.say("tanvir", "hello")
            polling = asyncio.create_task(api.updates(offset=offset, seconds=1, most=MOST, kinds=["message"]))
            await _later(dice)
            polling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await polling
            (*_, newest) = await api.updates(offset=offset, seconds=1, most=MOST, kinds=["message"])
            offset = newest["update_id"] + 1


class Quick(BotApi):
    """Has nothing to tell, at once."""

    async def updates(self, *, offset: int | None, seconds: float, most: int, kinds: list[str]) -> Any:
        return []


@pytest.mark.parametrize("turns", range(12))
async def test_told_to_stop_at_any_moment_it_stops(
    sessions: async_sessionmaker[AsyncSession], database_url: str, turns: int
) -> None:
    api, bells, stop = Quick("1:x"), Bells(database_url), asyncio.Event()
    poller = Poller(api, sessions, bells, Outage(api, Clock(ZONE)), NoWorkers(), stop)  # type: ignore[arg-type]
    running = asyncio.create_task(poller.run())
    for _ in range(turns):
        await asyncio.sleep(0)
    running.cancel()
    async with asyncio.timeout(10):
        await asyncio.gather(running, return_exceptions=True)
    assert running.cancelled()
