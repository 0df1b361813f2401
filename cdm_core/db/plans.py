"""Plans of statements that take as long to plan as to run, and come out the same for every value."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_MODE = text("SELECT set_config('plan_cache_mode', :mode, true)")


@asynccontextmanager
async def planned_once(session: AsyncSession) -> AsyncIterator[None]:
    """What is executed within keeps its plan, whatever the values."""
    await session.execute(_MODE, {"mode": "force_generic_plan"})
    yield
    await session.execute(_MODE, {"mode": "auto"})
