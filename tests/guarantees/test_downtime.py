"""Everything is down over the hour of the morning list: sent, sent late and marked, or expired and reported."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from benchmarks.guarantees import downtime
from benchmarks.guarantees.proof import missed


@pytest.mark.parametrize("case", downtime.CASES)
async def test_down_over_the_hour(sessions: async_sessionmaker[AsyncSession], case: str) -> None:
    assert missed(await downtime.prove(sessions, case)) == []
