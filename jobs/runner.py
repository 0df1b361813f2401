"""Doing a job's slots: each in a transaction of its own, or in steps, so that one that breaks stops no other."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from cdm_core import at_work, runs
from cdm_core.db.as_of import set_as_of
from cdm_core.db.steps import steps
from cdm_core.faults import reason, where
from cdm_core.schedule import PLANS, Slot
from cdm_core.words import RunState
from jobs.job import Detail, InSteps, Job, Run

log = structlog.get_logger(__name__)

Sessions = async_sessionmaker[AsyncSession]


@dataclass(frozen=True, slots=True)
class Outcome:
    """``state`` None: the slot was done before, or, if ``busy``, is being done by another process."""

    slot: Slot
    state: RunState | None
    detail: Detail = field(default_factory=dict)
    busy: bool = False


async def run_pass(sessions: Sessions, job: Job, now: datetime) -> Sequence[Outcome]:
    """Do all slots of ``job`` that came up to ``now`` and are open. What breaks outside of them is noted and raised."""
    started = time.monotonic()
    try:
        async with sessions() as session, session.begin():
            await set_as_of(session, now)
            due = await job.slots(session, now)
        outcomes = [await run_slot(sessions, job, slot) for slot in due]
        if not PLANS[job.name].each_minute:
            async with sessions() as session, session.begin():
                if not any(outcome.state is None for outcome in outcomes):  # else it may break where it is being done
                    await runs.mended(session, job.name)
                await runs.ticked(session, job.name, now=now, detail={"slots": len(due)}, duration=_since(started))
    except Exception as error:
        await note_broken(sessions, job, now, reason(error))
        raise
    return outcomes


async def run_slot(sessions: Sessions, job: Job, slot: Slot) -> Outcome:
    """Do one slot. What breaks is rolled back, noted as failed and logged, never raised."""
    try:
        if isinstance(job.run, InSteps):
            outcome = await _in_steps(sessions, job.run, slot)
        else:
            async with sessions() as session, session.begin():
                await set_as_of(session, slot.now)
                outcome = await _at_once(session, job.run, slot)
    except Exception as error:  # whatever it was, the other slots are to be done
        log.error("job_failed", job=slot.job, key=slot.key, date=str(slot.local_date), error=where(error))
        why = reason(error)
        await _note_failure(sessions, job, slot, why)
        return Outcome(slot, RunState.FAILED, {"error": why})
    if outcome.state in (RunState.LATE, RunState.EXPIRED):
        log.warning(
            f"job_{outcome.state}", job=slot.job, key=slot.key, date=str(slot.local_date), late=str(slot.lateness)
        )
    return outcome


async def _at_once(session: AsyncSession, run: Run, slot: Slot) -> Outcome:
    started = time.monotonic()
    if PLANS[slot.job].each_minute:
        if not await at_work.turn(session, slot.job):
            return Outcome(slot, None, busy=True)
        detail = await run(session, slot)
        if why := detail.get("error"):  # in a part of it
            await runs.broke(session, slot.job, now=slot.now, error=why)
        else:
            await runs.mended(session, slot.job)
        await runs.ticked(session, slot.job, now=slot.now, detail=detail, duration=_since(started))
        return Outcome(slot, RunState.DONE, detail)
    if not await at_work.slot(session, slot):
        return Outcome(slot, None, busy=True)
    if not await runs.claim(session, slot):
        return Outcome(slot, None)
    detail = {} if slot.fate is RunState.EXPIRED else await run(session, slot)
    await runs.finish(session, slot, detail, duration=_since(started))
    return Outcome(slot, slot.fate, detail)


async def _in_steps(sessions: Sessions, work: InSteps, slot: Slot) -> Outcome:
    """No other process is at it meanwhile, and none does it once it is in the ledger, which is at the end. What was cut
    off is not there, and is done again."""
    started = time.monotonic()
    async with at_work.slot_alone(sessions, slot) as taken:
        if not taken:
            return Outcome(slot, None, busy=True)
        if not await _open(sessions, slot):
            return Outcome(slot, None)
        detail = {} if slot.fate is RunState.EXPIRED else await work.run(steps(sessions, slot.now), slot)
        async with sessions() as session, session.begin():
            if not await runs.claim(session, slot):
                return Outcome(slot, None)
            await runs.finish(session, slot, detail, duration=_since(started))
    return Outcome(slot, slot.fate, detail)


async def _open(sessions: Sessions, slot: Slot) -> bool:
    """Whether the slot could be claimed: it is, and given back."""
    async with sessions() as session, session.begin() as transaction:
        claimed = await runs.claim(session, slot)
        await transaction.rollback()
    return claimed


async def note_broken(sessions: Sessions, job: Job, now: datetime, why: str, *, since: datetime | None = None) -> None:
    """Note that ``job`` breaks, ``since`` then (None: now), which its next good pass takes back. Never raises."""
    try:
        async with sessions() as session, session.begin():
            await runs.broke(session, job.name, now=now, error=why, since=since)
    except Exception as error:  # the database is away; so it is for the next pass
        log.error("job_failure_not_noted", job=job.name, error=where(error))


async def _note_failure(sessions: Sessions, job: Job, slot: Slot, why: str) -> None:
    if PLANS[job.name].each_minute:
        await note_broken(sessions, job, slot.now, why)  # the next minute does it
        return
    try:
        async with sessions() as session, session.begin():
            await runs.failed(session, slot, why)
    except Exception as error:  # the database is away: the slot stays open
        log.error("job_failure_not_noted", job=slot.job, key=slot.key, error=where(error))


def _since(started: float) -> timedelta:
    return timedelta(seconds=time.monotonic() - started)
