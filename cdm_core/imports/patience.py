"""How long one customer waits for a file that makes the same: hardly at all, for a file may take minutes, and who waits
holds a connection of a pool that others need.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

IMPORT_LOCK = 0x63646D02
"""Of imports, one at a time: each may change whatever another does."""

BRIEF_MILLISECONDS = 100


async def one_import_at_a_time(session: AsyncSession) -> None:
    """Wait until no other file is coming in, and let none until the transaction ends."""
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": IMPORT_LOCK})


@asynccontextmanager
async def briefly(session: AsyncSession) -> AsyncIterator[None]:
    """Inside, nobody waits longer for a lock than ``BRIEF_MILLISECONDS`` while another's file is coming in: it fails
    then, as ``away.is_blocked`` tells. Beside others, who are through soon, one waits as ever, and so does the file."""
    facts = {"key": IMPORT_LOCK, "brief": f"{BRIEF_MILLISECONDS}ms"}
    before = (await session.execute(_SHORTEN, facts)).scalar_one_or_none()
    yield
    if before is not None:
        await session.execute(_SET_BACK, {"before": before})


# The columns are worked out from left to right: the first is what the second changes.
_SHORTEN = text(
    """
    SELECT current_setting('lock_timeout') AS before, set_config('lock_timeout', :brief, true)
    WHERE EXISTS (
        SELECT FROM pg_locks
        WHERE locktype = 'advisory' AND (classid, objid, objsubid) = (0, :key, 1) AND granted
          AND pid <> pg_backend_pid()
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    )
    """
)
_SET_BACK = text("SELECT set_config('lock_timeout', :before, true)")
