"""Who is on duty: active agents on a working day of theirs who are not away.

A public holiday is a day off like any of theirs, but for who works all seven days of the week.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import absences, calendar, staff
from cdm_core.absences import Absence
from cdm_core.staff import Staff
from cdm_core.thresholds import Thresholds
from cdm_core.words import Role

_WEEK = 7


def works(person: Staff, day: date, limits: Thresholds) -> bool:
    """Whether ``day`` is a working day of theirs; leave is not asked for."""
    return person.works_on(day) and (len(person.working_days) == _WEEK or calendar.holiday(day, limits) is None)


def next_day(person: Staff, after: date, limits: Thresholds) -> date:
    """Their first working day after ``after``; where there is none for a week, the next day."""
    days = [after + timedelta(days=ahead) for ahead in range(1, _WEEK + 1)]
    return next((day for day in days if works(person, day, limits)), days[0])


@dataclass(frozen=True, slots=True)
class Roster:
    """The active agents, by name, and who of all people is away, on the days it was read for."""

    agents: tuple[Staff, ...]
    absences: tuple[Absence, ...]
    limits: Thresholds

    def on(self, day: date) -> tuple[Staff, ...]:
        """The agents who work on ``day``; with nobody working, none."""
        away = {absence.staff_id for absence in self.absences if absence.covers(day)}
        return tuple(agent for agent in self.agents if works(agent, day, self.limits) and agent.id not in away)


async def roster(session: AsyncSession, first: date, last: date, limits: Thresholds) -> Roster:
    """For the days from ``first`` to ``last``."""
    people = await staff.active(session)
    agents = tuple(person for person in people if person.role is Role.AGENT)
    return Roster(agents, await absences.between(session, first, last), limits)


async def agents_on(session: AsyncSession, day: date, limits: Thresholds) -> tuple[Staff, ...]:
    """The agents who work on ``day``, by name; with nobody working, none."""
    return (await roster(session, day, day, limits)).on(day)
