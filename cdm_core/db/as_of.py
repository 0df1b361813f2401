"""Telling the transaction what time it is, so that the views agree with the injected clock."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def set_as_of(session: AsyncSession, now: datetime) -> None:
    """``cdm_now()`` answers the aware ``now`` until this transaction ends."""
    await session.execute(text("SELECT set_config('cdm.as_of', :now, true)"), {"now": now.isoformat()})
