"""At night: what time alone changes, what is cheaper to compute anew for all, and what may be forgotten.

Each step is a slot of its own, so that after a crash the steps that were done are not done again; a step that was cut
off goes on where it stopped.
"""

from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import households, purge, summary, thresholds
from cdm_core.db.as_of import set_as_of
from cdm_core.db.steps import steps
from cdm_core.recommend import refit, shown
from cdm_core.schedule import JobName, Slot
from jobs.job import Detail, Job, Shop, each_day, own_transactions

log = structlog.get_logger(__name__)


def job(_shop: Shop) -> Job:
    return each_day(JobName.NIGHTLY, _run, keys=tuple(STEPS))


async def _run(session: AsyncSession, slot: Slot) -> Detail:
    await session.execute(text("SET LOCAL statement_timeout = 0"))
    return {slot.key: await STEPS[slot.key](session, slot)}


async def _lifecycle(session: AsyncSession, slot: Slot) -> int:
    """Buyers whom time has made inactive."""
    return await _in_batches(session, slot, summary.refresh_due, summary.BATCH)


async def _households(session: AsyncSession, slot: Slot) -> int:
    limits = await thresholds.load(session)
    return await households.rebuild(session, placeholder=limits.placeholder_phone_customers)


async def _models(session: AsyncSession, slot: Slot) -> str:
    """The shop's models fitted anew, and everybody ranked by them.

    A fit of a night cut off is not made again.
    """
    done = await refit.run(steps(own_transactions(session), slot.now), since=slot.at if slot.at < slot.now else None)
    return f"{done.ranked} by {done.basis}"


async def _recommendations(session: AsyncSession, slot: Slot) -> int:
    """What came of the suggestions whose time is over."""
    limits = await thresholds.load(session)

    async def batch(own: AsyncSession) -> int:
        return await shown.settle(own, now=slot.now, thresholds=limits, limit=shown.BATCH)

    return await _in_batches(session, slot, batch, shown.BATCH)


async def _purge(session: AsyncSession, slot: Slot) -> int:
    days = (await thresholds.load(session)).keep_delivered_days

    async def inbox(own: AsyncSession) -> int:
        return await purge.purge_inbox(own, days=days)

    async def outbox(own: AsyncSession) -> int:
        return await purge.purge_outbox(own, days=days)

    async def notes(own: AsyncSession) -> int:
        return await purge.purge_notes(own, days=days)

    done = await _in_batches(session, slot, outbox, purge.BATCH) + await _in_batches(session, slot, notes, purge.BATCH)
    return done + await _in_batches(session, slot, inbox, purge.BATCH)


async def _in_batches(
    session: AsyncSession, slot: Slot, batch: Callable[[AsyncSession], Awaitable[int]], size: int
) -> int:
    """Transactions of ``batch`` until one finds less than ``size`` to do; how many were done in all."""
    total = 0
    while True:
        async with own_transactions(session)() as own, own.begin():
            await set_as_of(own, slot.now)
            done = await batch(own)
        total += done
        if done < size:
            return total
        log.info("nightly_progress", step=slot.key, done=total)


STEPS: dict[str, Callable[[AsyncSession, Slot], Awaitable[int | str]]] = {
    "lifecycle": _lifecycle,
    "households": _households,
    "models": _models,
    "recommendations": _recommendations,
    "purge": _purge,
}
