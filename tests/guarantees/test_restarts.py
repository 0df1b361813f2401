"""The database goes down and comes back, again and again, under work."""

from collections.abc import AsyncIterator

import pytest

from benchmarks.guarantees import restarts
from benchmarks.guarantees.proof import missed
from benchmarks.stage import Stage, stage


@pytest.fixture
async def on() -> AsyncIterator[Stage]:
    """With a server of its own, since the other tests need theirs."""
    async with stage() as opened:
        yield opened


async def test_no_log_is_lost_or_double_and_every_loop_lives(on: Stage) -> None:
    assert missed(await restarts.prove(on, seconds=6, people=20, rate=10, hurried=True)) == []
