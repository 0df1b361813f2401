"""All jobs at a glance: when each is due next and how its last run went, for the chat and the command line alike."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import at_work, duty, runs, staff
from cdm_core.faults import STILL_RUNNING
from cdm_core.runs import Run
from cdm_core.schedule import PLANS, JobName, next_moment
from cdm_core.staff import Staff
from cdm_core.thresholds import Thresholds

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Line:
    """``at`` and ``weekdays`` (ISO) are those of a job with a time of its own, ``personal`` is one at each person's
    hour; ``next_at`` is when either comes next. ``last`` is None where it never ran; ``running`` since when it is being
    done just now (None: it is not), one of each minute only where that takes it longer than its minute, or there is no
    run before to tell of."""

    job: JobName
    at: time | None
    weekdays: Collection[int]
    personal: bool
    next_at: datetime | None
    last: Run | None
    running: datetime | None = None

    @property
    def each_minute(self) -> bool:
        return self.at is None and not self.personal


async def board(session: AsyncSession, limits: Thresholds, *, now: datetime) -> tuple[Line, ...]:
    """A line for each job, in the order of their names' list."""
    last = {**await runs.latest(session), **await runs.broken(session)}
    people = await staff.active(session)
    running = await at_work.running(session, now=now)
    return tuple(_line(job, people, last.get(job), running.get(job), limits, now) for job in JobName)


def _line(
    job: JobName,
    people: Sequence[Staff],
    last: Run | None,
    running: datetime | None,
    limits: Thresholds,
    now: datetime,
) -> Line:
    plan = PLANS[job]
    at = plan.at(limits) if plan.at else None
    weekdays = plan.weekdays(limits)
    next_at = None
    if at is not None:
        next_at = next_moment(at, limits.zone, now=now, on=lambda day: plan.on(day, limits))
    elif plan.personal:
        due = [_next_of(one, limits, now) for one in people]
        next_at = min((moment for moment in due if moment is not None), default=None)
    else:
        next_at = now.replace(second=0, microsecond=0) + _MINUTE
    if plan.each_minute and running is not None and now - running < _MINUTE and _came_to_an_end(last):
        running = None
    return Line(job, at, weekdays, plan.personal, next_at, last, running)


def _came_to_an_end(last: Run | None) -> bool:
    return last is not None and last.detail.get("error") != STILL_RUNNING


def _next_of(person: Staff, limits: Thresholds, now: datetime) -> datetime | None:
    return next_moment(person.digest_time, limits.zone, now=now, on=lambda day: duty.works(person, day, limits))
