"""The ledger of the clock: which slots of which jobs were done, late, expired or failed; and what people asked to run.

``claim`` comes first in the transaction that does the work, so that the work and its row are kept or lost together,
however many processes tick; of work in transactions of its own, in the last of them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.schedule import PLANS, JobName, Slot, is_planned
from cdm_core.tables import run_requests, schedule_runs
from cdm_core.words import RunState

TICK = "*"
"""The key of the rows that say how far the clock came; jobs of each minute have no others but ``BROKEN``."""

BROKEN = "!"
"""The key of the row of a job that breaks at every tick, whatever its slots: since when (``slot_at``) and why. It goes
with the first tick that does not."""

_EVERY_DAY = date(1, 1, 1)
"""The local date of both: there is one a job."""

MOST_ATTEMPTS = 5
"""A slot that failed is tried again at the next ticks of its window, this often in all."""


@dataclass(frozen=True, slots=True)
class Run:
    """A row of the ledger. ``detail`` tells what came of it."""

    job: JobName
    key: str
    local_date: date
    slot_at: datetime
    state: RunState
    attempts: int
    ran_at: datetime
    duration: timedelta | None
    detail: dict[str, Any]

    @property
    def lateness(self) -> timedelta:
        return max(self.ran_at - self.slot_at, timedelta())

    @property
    def done(self) -> bool:
        return self.state in (RunState.DONE, RunState.LATE)


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody (None: nobody in the chat) asks to run a job as of ``at``, for one person or (None) for all; ``beside``:
    whatever the plan has for that time, beside it."""

    request_id: int
    job: str
    at: datetime
    staff_id: int | None
    beside: bool
    requested_by: int | None


_CLAIM = text(
    """
    INSERT INTO schedule_runs (job, key, local_date, slot_at, state, ran_at)
    VALUES (:job, :key, :day, :at, :state, :now)
    ON CONFLICT (job, key, local_date) DO UPDATE
    SET slot_at = EXCLUDED.slot_at, state = EXCLUDED.state, ran_at = EXCLUDED.ran_at, detail = '{}',
        attempts = schedule_runs.attempts + 1
    WHERE schedule_runs.state = 'failed' AND schedule_runs.attempts < :most
       OR CAST(:by_hand AS boolean) AND schedule_runs.state IN ('failed', 'expired')
    RETURNING attempts
    """
)
_FAILED = text(
    """
    INSERT INTO schedule_runs (job, key, local_date, slot_at, state, ran_at, detail)
    VALUES (:job, :key, :day, :at, 'failed', :now, jsonb_build_object('error', CAST(:error AS text)))
    ON CONFLICT (job, key, local_date) DO UPDATE
    SET ran_at = EXCLUDED.ran_at, detail = EXCLUDED.detail, attempts = schedule_runs.attempts + 1
    WHERE schedule_runs.state = 'failed'
    """
)

_BROKE = text(
    """
    INSERT INTO schedule_runs (job, key, local_date, slot_at, state, ran_at, detail)
    VALUES (:job, :key, :day, :since, 'failed', :now, jsonb_build_object('error', CAST(:error AS text)))
    ON CONFLICT (job, key, local_date) DO UPDATE
    SET slot_at = least(schedule_runs.slot_at, EXCLUDED.slot_at), ran_at = EXCLUDED.ran_at,
        detail = schedule_runs.detail || EXCLUDED.detail
    """
)


async def claim(session: AsyncSession, slot: Slot) -> bool:
    """Enter the slot as done by this transaction, which is the one at work on it (``at_work``); False where it was done
    before.

    By hand, what has expired or failed for good can be taken again.
    """
    facts = {"state": slot.fate, "most": MOST_ATTEMPTS, "by_hand": slot.by_hand}
    taken = await session.execute(_CLAIM, {**_named(slot), **facts})
    return taken.one_or_none() is not None


async def finish(session: AsyncSession, slot: Slot, detail: Mapping[str, Any], *, duration: timedelta) -> None:
    """Note what came of a claimed slot."""
    await session.execute(
        update(schedule_runs)
        .where(*_is(slot))
        .values(detail=dict(detail), duration_ms=duration // timedelta(milliseconds=1))
    )


async def failed(session: AsyncSession, slot: Slot, error: str) -> None:
    """Note that the work of a slot broke and was rolled back."""
    await session.execute(_FAILED, {**_named(slot), "error": error[:500]})


async def broke(
    session: AsyncSession, job: JobName, *, now: datetime, error: str, since: datetime | None = None
) -> None:
    """Note that ``job`` broke as a whole, or in a part of what it does each minute, or (``since``) came to no end since
    then; ``mended`` takes it back."""
    facts = {"job": job, "key": BROKEN, "day": _EVERY_DAY, "since": since or now, "now": now, "error": error[:500]}
    await session.execute(_BROKE, facts)


async def mended(session: AsyncSession, job: JobName) -> None:
    """Note that ``job`` breaks no more."""
    await session.execute(delete(schedule_runs).where(schedule_runs.c.job == job, schedule_runs.c.key == BROKEN))


async def broken(session: AsyncSession) -> dict[JobName, Run]:
    """The jobs that broke at their last tick."""
    rows = await session.execute(
        select(schedule_runs).where(schedule_runs.c.key == BROKEN, schedule_runs.c.job.in_(list(JobName)))
    )
    runs = (_run(row) for row in rows)
    return {run.job: run for run in runs}


async def ticked(
    session: AsyncSession, job: JobName, *, now: datetime, detail: Mapping[str, Any], duration: timedelta
) -> None:
    """Note that the clock has gone through the slots of ``job`` up to ``now``."""
    row = {
        "slot_at": now,
        "state": RunState.DONE,
        "ran_at": now,
        "duration_ms": duration // timedelta(milliseconds=1),
        "detail": dict(detail),
    }
    statement = upsert(schedule_runs).values(job=job, key=TICK, local_date=_EVERY_DAY, **row)
    await session.execute(statement.on_conflict_do_update(index_elements=["job", "key", "local_date"], set_=row))


async def last_tick(session: AsyncSession, job: JobName) -> datetime | None:
    """Up to when the clock last went through the slots of ``job``; None: never."""
    found: datetime | None = (
        await session.execute(
            select(schedule_runs.c.slot_at).where(schedule_runs.c.job == job, schedule_runs.c.key == TICK)
        )
    ).scalar_one_or_none()
    return found


async def tick_detail(session: AsyncSession, job: JobName) -> dict[str, Any]:
    """What the last tick of ``job`` left in the ledger."""
    found = await session.execute(
        select(schedule_runs.c.detail).where(schedule_runs.c.job == job, schedule_runs.c.key == TICK)
    )
    return found.scalar_one_or_none() or {}


async def open_slots(session: AsyncSession, slots: Collection[Slot]) -> tuple[Slot, ...]:
    """Those of ``slots`` (of one job) that the ledger does not hold, or holds as failed with attempts left."""
    if not slots:
        return ()
    rows = await session.execute(
        select(schedule_runs.c.key, schedule_runs.c.local_date).where(
            schedule_runs.c.job == next(iter(slots)).job,
            schedule_runs.c.local_date >= min(slot.local_date for slot in slots),
            (schedule_runs.c.state != RunState.FAILED) | (schedule_runs.c.attempts >= MOST_ATTEMPTS),
        )
    )
    closed = {(row.key, row.local_date) for row in rows}
    return tuple(slot for slot in slots if (slot.key, slot.local_date) not in closed)


async def find(session: AsyncSession, slot: Slot) -> Run | None:
    """The slot's row, whoever ran it."""
    row = (await session.execute(select(schedule_runs).where(*_is(slot)))).one_or_none()
    return None if row is None else _run(row)


async def of_day(session: AsyncSession, job: JobName, day: date) -> dict[str, Run]:
    """The runs of ``job`` on the local ``day``, by key."""
    rows = await session.execute(
        select(schedule_runs).where(schedule_runs.c.job == job, schedule_runs.c.local_date == day)
    )
    return {row.key: _run(row) for row in rows}


async def done_by(session: AsyncSession, job: JobName, day: date) -> datetime | None:
    """When the last of the planned runs of ``job`` on the local ``day`` was done. None where there was none, or one
    failed or came too late: that is done when somebody asks for it."""
    planned = [run for name, run in (await of_day(session, job, day)).items() if is_planned(name)]
    return max(run.ran_at for run in planned) if planned and all(run.done for run in planned) else None


async def latest(session: AsyncSession) -> dict[JobName, Run]:
    """The last run of each job that ever ran: a slot done or not, a tick where it has no slots."""
    each_minute = [name for name, plan in PLANS.items() if plan.each_minute]
    rows = await session.execute(
        select(schedule_runs)
        .ext(distinct_on(schedule_runs.c.job))
        .where(
            schedule_runs.c.job.in_(list(JobName)),
            schedule_runs.c.key != BROKEN,
            (schedule_runs.c.key == TICK) == schedule_runs.c.job.in_(each_minute),
        )
        .order_by(schedule_runs.c.job, schedule_runs.c.slot_at.desc(), schedule_runs.c.ran_at.desc())
    )
    runs = (_run(row) for row in rows)
    return {run.job: run for run in runs}


async def request(
    session: AsyncSession,
    job: JobName,
    at: datetime,
    *,
    staff_id: int | None = None,
    requested_by: int | None = None,
    beside: bool = False,
) -> int:
    """Ask the clock to run ``job`` as of ``at`` at its next tick; the request's id."""
    added = await session.execute(
        insert(run_requests)
        .values(job=job, at=at, staff_id=staff_id, requested_by=requested_by, beside=beside)
        .returning(run_requests.c.id)
    )
    return int(added.scalar_one())


async def requests(session: AsyncSession) -> tuple[Request, ...]:
    """What was asked for and not yet done, the oldest first."""
    rows = await session.execute(
        select(run_requests).where(run_requests.c.done_at.is_(None)).order_by(run_requests.c.id)
    )
    return tuple(Request(row.id, row.job, row.at, row.staff_id, row.beside, row.requested_by) for row in rows)


async def answered(session: AsyncSession, requests: Collection[Request], *, now: datetime) -> None:
    """Note that what was asked for was done."""
    ids = [one.request_id for one in requests]
    await session.execute(update(run_requests).where(run_requests.c.id.in_(ids)).values(done_at=now))


def _named(slot: Slot) -> dict[str, Any]:
    return {"job": slot.job, "key": slot.name, "day": slot.local_date, "at": slot.at, "now": slot.now}


def _is(slot: Slot) -> tuple[Any, ...]:
    runs = schedule_runs.c
    return runs.job == slot.job, runs.key == slot.name, runs.local_date == slot.local_date


def _run(row: Any) -> Run:
    return Run(
        job=JobName(row.job),
        key=row.key,
        local_date=row.local_date,
        slot_at=row.slot_at,
        state=RunState(row.state),
        attempts=row.attempts,
        ran_at=row.ran_at,
        duration=None if row.duration_ms is None else timedelta(milliseconds=row.duration_ms),
        detail=row.detail,
    )
