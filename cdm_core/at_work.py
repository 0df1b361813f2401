"""Who is at work: the locks that keep two processes from doing the same at once, which also show what is being done.

They are held by the database for a connection, so they end with the process, however it ends.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core.schedule import JobName, Slot

_TURN = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")
_SHOW = text("SELECT pg_advisory_xact_lock_shared(hashtextextended(:name, 0))")
_TURN_ALONE = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
_SHOW_ALONE = text("SELECT pg_advisory_lock_shared(hashtextextended(:name, 0))")
_LET_GO = text("SELECT pg_advisory_unlock_all()")
# A transaction that holds the lock began with the work. A connection without one was last used to take it. Both are of
# the real clock, and told as of the business one.
_RUNNING = text(
    """
    SELECT jobs.job, CAST(:now AS timestamptz) - (clock_timestamp() - min(coalesce(a.xact_start, a.state_change))) AS at
    FROM unnest(CAST(:jobs AS text[])) AS jobs (job)
    JOIN pg_locks l
        ON l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
       AND (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended('job ' || jobs.job, 0)
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    JOIN pg_stat_activity a ON a.pid = l.pid
    GROUP BY jobs.job
    """
)


async def turn(session: AsyncSession, job: JobName) -> bool:
    """Whether this transaction is the one that does the job now; another one that is at it is not waited for."""
    return bool((await session.execute(_TURN, {"name": _of_job(job)})).scalar_one())


async def slot(session: AsyncSession, slot: Slot) -> bool:
    """Whether this transaction is the one that does the slot."""
    if not (await session.execute(_TURN, {"name": _of_slot(slot)})).scalar_one():
        return False
    await session.execute(_SHOW, {"name": _of_job(slot.job)})
    return True


@asynccontextmanager
async def slot_alone(sessions: async_sessionmaker[AsyncSession], slot: Slot) -> AsyncIterator[bool]:
    """Whether who asks is the one that does the slot, until the block ends; no transaction is kept open for it."""
    async with _alone(sessions, _of_slot(slot), show=_of_job(slot.job)) as taken:
        yield taken


@asynccontextmanager
async def requests_alone(
    sessions: async_sessionmaker[AsyncSession], job: str, requested_by: int | None
) -> AsyncIterator[bool]:
    """As ``slot_alone``, of what somebody asks for of a job."""
    async with _alone(sessions, f"asked {job} {requested_by or ''}") as taken:
        yield taken


async def running(session: AsyncSession, *, now: datetime) -> dict[JobName, datetime]:
    """The jobs that are being done, by any process, and since when: since their slot of this moment was begun."""
    rows = await session.execute(_RUNNING, {"jobs": list(JobName), "now": now})
    return {JobName(row.job): row.at for row in rows}


@asynccontextmanager
async def _alone(
    sessions: async_sessionmaker[AsyncSession], name: str, *, show: str | None = None
) -> AsyncIterator[bool]:
    async with sessions() as session:
        await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        try:
            taken = bool((await session.execute(_TURN_ALONE, {"name": name})).scalar_one())
            if taken and show is not None:
                await session.execute(_SHOW_ALONE, {"name": show})
            yield taken
        finally:
            try:
                await session.execute(_LET_GO)
            except Exception:  # the connection broke, and the lock with it
                await session.invalidate()


def _of_job(job: JobName) -> str:
    return f"job {job}"


def _of_slot(slot: Slot) -> str:
    return f"slot {slot.job} {slot.name} {slot.local_date}"
