"""What a job is to the clock."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from cdm_core import runs, thresholds
from cdm_core.clock import local_date
from cdm_core.db.steps import Begin
from cdm_core.runs import TICK
from cdm_core.schedule import PLANS, JobName, Slot, asked_for, slots

Detail = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Shop:
    """What the jobs know of the business from the environment: ISO codes of its country and currency."""

    country: str = "BD"
    currency: str = "BDT"


Run = Callable[[AsyncSession, Slot], Awaitable[Detail]]
"""Does a slot inside its one transaction: an error undoes it whole."""


@dataclass(frozen=True, slots=True)
class InSteps:
    """Work too large for one transaction: ``run`` does a slot in transactions of its own, and computes outside of them.
    What was cut off is done again, so its steps are such as may be repeated."""

    run: Callable[[Begin, Slot], Awaitable[Detail]]


@dataclass(frozen=True, slots=True)
class Job:
    """``slots(session, now)`` are those that came since the last tick and are still open, ``run(session, slot)`` does
    one of them and tells what came of it, ``by_hand(session, asked, staff_id, now)`` are those that someone asks for
    as of ``asked``, for one person or (None) for all; a run before its time leaves the planned one to come.
    """

    name: JobName
    slots: Callable[[AsyncSession, datetime], Awaitable[Sequence[Slot]]]
    run: Run | InSteps
    by_hand: Callable[[AsyncSession, datetime, int | None, datetime], Awaitable[Sequence[Slot]]]


def each_minute(name: JobName, run: Run) -> Job:
    """A job that looks at what is, whenever asked: its only slot is this very moment."""

    async def due(session: AsyncSession, now: datetime) -> Sequence[Slot]:
        return [just_now(name, TICK, now, (await thresholds.load(session)).zone)]

    async def by_hand(session: AsyncSession, asked: datetime, staff_id: int | None, now: datetime) -> Sequence[Slot]:
        return await due(session, now)

    return Job(name, slots=due, run=run, by_hand=by_hand)


def each_day(name: JobName, run: Run | InSteps, *, keys: Sequence[str] = ("",)) -> Job:
    """A job with a time of day that is nobody's own: a slot of each of ``keys``."""

    async def due(session: AsyncSession, now: datetime) -> Sequence[Slot]:
        return await daily_slots(session, name, now, keys=keys)

    async def by_hand(session: AsyncSession, asked: datetime, staff_id: int | None, now: datetime) -> Sequence[Slot]:
        return await daily_by_hand(session, name, asked, now, keys=keys)

    return Job(name, slots=due, run=run, by_hand=by_hand)


def own_transactions(session: AsyncSession) -> async_sessionmaker[AsyncSession]:
    """Sessions beside the slot's own, for work in steps."""
    engine = session.bind
    assert isinstance(engine, AsyncEngine)
    return async_sessionmaker(engine, expire_on_commit=False)


async def daily_slots(
    session: AsyncSession,
    name: JobName,
    now: datetime,
    *,
    keys: Sequence[str] = ("",),
    on: Callable[[str, date], bool] | None = None,
) -> Sequence[Slot]:
    """The open slots, one of each of ``keys``, of a job with a time of day; on the plan's days, or on those that ``on``
    gives each key. A new system has missed none."""
    plan = PLANS[name]
    last = await runs.last_tick(session, name)
    if last is None or plan.at is None:
        return ()
    limits = await thresholds.load(session)
    at = plan.at(limits)
    due = [slot for key in keys for slot in slots(name, key, at, limits.zone, last=last, now=now)]
    counts = on or (lambda _, day: plan.on(day, limits))
    return await runs.open_slots(session, [slot for slot in due if counts(slot.key, slot.local_date)])


async def daily_by_hand(
    session: AsyncSession, name: JobName, asked: datetime, now: datetime, *, keys: Sequence[str]
) -> Sequence[Slot]:
    """What somebody asks for of a job with a time of day: a slot of each of ``keys``. If all was done that day, and the
    plan lets it, it is done again beside the plan."""
    limits = await thresholds.load(session)
    plan = PLANS[name]
    day = local_date(asked, limits.zone)
    at = plan.at(limits) if plan.at is not None and plan.on(day, limits) else None
    found = [asked_for(name, key, at, limits.zone, asked=asked, now=now) for key in keys]
    if plan.repeatable:
        done = {key for key, run in (await runs.of_day(session, name, day)).items() if run.done}
        if done.issuperset(slot.name for slot in found):
            return [replace(slot, at=asked, planned=False) for slot in found]
    return found


def just_now(name: JobName, key: str, now: datetime, zone: ZoneInfo) -> Slot:
    """A slot of this very moment."""
    return Slot(name, key, now.astimezone(zone).date(), now, now)
