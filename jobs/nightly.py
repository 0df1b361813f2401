"""At night: what time alone changes, what is cheaper to compute anew for all, and what may be forgotten.

Each step is a slot of its own, so that after a crash the steps that were done are not done again; a step that was cut
off goes on where it stopped.
"""

from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import households, purge, summary, thresholds
from cdm_core.db.steps import Begin
from cdm_core.recommend import refit, shown
from cdm_core.schedule import JobName, Slot
from jobs.job import Detail, InSteps, Job, Shop, each_day

log = structlog.get_logger(__name__)


def job(_shop: Shop) -> Job:
    return each_day(JobName.NIGHTLY, InSteps(_run), keys=tuple(STEPS))


async def _run(begin: Begin, slot: Slot) -> Detail:
    return {slot.key: await STEPS[slot.key](begin, slot)}


async def _lifecycle(begin: Begin, slot: Slot) -> int:
    """Buyers whom time has made inactive."""
    return await _in_batches(begin, slot, summary.refresh_due, summary.BATCH)


async def _households(begin: Begin, _slot: Slot) -> int:
    async with begin() as session:
        limits = await thresholds.load(session)
        return await households.rebuild(session, placeholder=limits.placeholder_phone_customers)


async def _models(begin: Begin, slot: Slot) -> str:
    """The shop's models fitted anew, and everybody ranked by them.

    A fit of a night cut off is not made again.
    """
    done = await refit.run(begin, since=slot.at if slot.at < slot.now else None)
    return f"{done.ranked} by {done.basis}"


async def _recommendations(begin: Begin, slot: Slot) -> int:
    """What came of the suggestions whose time is over."""

    async def batch(session: AsyncSession) -> int:
        limits = await thresholds.load(session)
        return await shown.settle(session, now=slot.now, thresholds=limits, limit=shown.BATCH)

    return await _in_batches(begin, slot, batch, shown.BATCH)


async def _purge(begin: Begin, slot: Slot) -> int:
    async with begin() as session:
        days = (await thresholds.load(session)).keep_delivered_days

    async def inbox(session: AsyncSession) -> int:
        return await purge.purge_inbox(session, days=days)

    async def outbox(session: AsyncSession) -> int:
        return await purge.purge_outbox(session, days=days)

    async def notes(session: AsyncSession) -> int:
        return await purge.purge_notes(session, days=days)

    return sum([await _in_batches(begin, slot, each, purge.BATCH) for each in (outbox, notes, inbox)])


async def _in_batches(begin: Begin, slot: Slot, batch: Callable[[AsyncSession], Awaitable[int]], size: int) -> int:
    """Transactions of ``batch`` until one finds less than ``size`` to do; how many were done in all."""
    total = 0
    while True:
        async with begin() as session:
            done = await batch(session)
        total += done
        if done < size:
            return total
        log.info("nightly_progress", step=slot.key, done=total)


STEPS: dict[str, Callable[[Begin, Slot], Awaitable[int | str]]] = {
    "lifecycle": _lifecycle,
    "households": _households,
    "models": _models,
    "recommendations": _recommendations,
    "purge": _purge,
}
