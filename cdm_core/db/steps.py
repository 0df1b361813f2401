"""Work too large for one transaction, in transactions of its own."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core.db.as_of import set_as_of

Begin = Callable[[], AbstractAsyncContextManager[AsyncSession]]
"""Begins a transaction: one that may last, and knows the business time."""


def steps(sessions: async_sessionmaker[AsyncSession], now: datetime | None = None) -> Begin:
    """A transaction a step, as of ``now`` (aware) if given."""

    @asynccontextmanager
    async def begin() -> AsyncIterator[AsyncSession]:
        async with sessions() as session, session.begin():
            await session.execute(text("SET LOCAL statement_timeout = 0"))
            if now is not None:
                await set_as_of(session, now)
            yield session

    return begin
