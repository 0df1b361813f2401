"""Plans of statements that take as long to plan as to run, and come out the same for every value."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_MODE = text(
    "SELECT set_config('plan_cache_mode', :mode, true), set_config('max_parallel_workers_per_gather', '0', true)"
)


@asynccontextmanager
async def planned_once(session: AsyncSession) -> AsyncIterator[None]:
    """What is executed within keeps its plan, whatever the values, and calls no workers, nor does the transaction after
    it: a plan for any value expects many rows, and starting workers takes longer than reading the few."""
    await session.execute(_MODE, {"mode": "force_generic_plan"})
    yield
    await session.execute(_MODE, {"mode": "auto"})
