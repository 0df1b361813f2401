"""Up whom an urgent alert goes while nobody takes it: an agent, their lead, the managers, and them again; and when."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import alerts, calendar, deals, readers, stand_ins
from cdm_core.alert_hearers import Told
from cdm_core.alert_steps import Due
from cdm_core.clock import local_date
from cdm_core.readers import Reader
from cdm_core.staff import Staff
from cdm_core.thresholds import Thresholds
from cdm_core.words import AlertSign, Role

_DAYS_AHEAD = 14
"""So far ahead it is looked for a day on which somebody is here."""

_LEAD = text(
    """
    SELECT t.lead_id FROM staff p JOIN teams t ON t.id = p.team_id JOIN staff l ON l.id = t.lead_id AND l.active
    WHERE p.id = :person AND t.lead_id <> :person
    """
)


@dataclass(frozen=True, slots=True)
class House:
    """Who can be told, this minute and on the ``days`` looked at since, and how many alerts each has had within the
    hour."""

    here: dict[int, Reader]
    spent: dict[int, int]
    days: dict[date, dict[int, Reader]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """An alert whose step is due, whose customer it is of, how high it has gone, and who has heard of it.

    One that waits or was claimed begins anew: it has gone nowhere, and nobody has heard of it.
    """

    alert: Due
    level: int
    owner: Staff | None
    household_id: int
    told: Told


async def agent(
    session: AsyncSession, case: Case, among: Sequence[int], house: House, limits: Thresholds, now: datetime
) -> tuple[Reader | None, bool]:
    """Whom of the owner, who covers for them and the agents ``among`` to tell, and whether anybody would be told had
    they heard of fewer lately."""
    alert, owner_id = case.alert, case.owner.id if case.owner else 0
    today = local_date(now, limits.zone)
    covers = await stand_ins.covering(session, house.here, case.owner, [alert.customer_id], day=today)
    ranked = [owner_id, covers.get(alert.customer_id, 0), *deals.ranked(case.household_id, among)]
    able = [house.here[one] for one in ranked if one in house.here and one not in case.told.deaf]
    willing = [reader for reader in able if reader.person.alerts]
    for reader in willing:
        spent = house.spent.get(reader.person.id, 0) >= limits.alert_budget_per_hour
        if not spent or alert.sign is AlertSign.PAYMENT_FAILED:
            return reader, True
    return None, bool(willing)


async def above(
    session: AsyncSession, case: Case, level: int, heard: frozenset[int], house: House
) -> tuple[int, list[Reader]]:
    """To which level and whom it goes up from ``level`` and those who ``heard``: their lead, then the managers; nobody
    twice, and from the last level to nobody."""
    if level == alerts.LAST:
        return level, []
    lead = await _lead(session, case, heard, house)
    if lead is not None and lead.person.id not in heard:
        return 1, [lead]
    return alerts.LAST, [reader for reader in _managers(house, case) if reader.person.id not in heard]


async def around(session: AsyncSession, case: Case, house: House, limits: Thresholds, now: datetime) -> list[Reader]:
    """Who is told again and again while nobody takes it: the managers; with none here, an agent."""
    managers = _managers(house, case)
    if managers:
        return managers
    for owner in (case.owner, None):
        one, _ = await agent(session, case, stand_ins.agents(house.here, owner), house, limits, now)
        if one is not None:
            return [one]
    return []


async def another_day(
    session: AsyncSession,
    case: Case,
    level: int,
    heard: frozenset[int],
    house: House,
    limits: Thresholds,
    now: datetime,
) -> tuple[datetime, list[Reader]]:
    """The first morning after today on which somebody is here whom it can go up to, or who is told again; and whom of
    those above. Agents alone are told again by turns, and so none is named."""
    day = local_date(now, limits.zone)
    for _ in range(_DAYS_AHEAD):
        day += timedelta(days=1)
        if day not in house.days:
            house.days[day] = await readers.here(session, limits, day)
        there = replace(house, here=house.days[day])
        _, higher = await above(session, case, level, heard, there)
        again = higher or _managers(there, case)
        if again or any(reader.person.alerts for reader in there.here.values()):
            return calendar.loud_at(datetime.combine(day, limits.workday_start, limits.zone), limits), again
    return calendar.loud_at(next_morning(now, limits), limits), []


def next_morning(now: datetime, limits: Thresholds) -> datetime:
    """Tomorrow when work begins, whoever works."""
    tomorrow = local_date(now, limits.zone) + timedelta(days=1)
    return datetime.combine(tomorrow, limits.workday_start, limits.zone)


async def _lead(session: AsyncSession, case: Case, heard: frozenset[int], house: House) -> Reader | None:
    """The lead of the team of who was told first; before anybody was, of the owner's."""
    for staff_id in sorted(heard) or ([case.owner.id] if case.owner else []):
        lead = (await session.execute(_LEAD, {"person": staff_id})).scalar_one_or_none()
        if lead in house.here and lead not in case.told.deaf:
            return house.here[lead]
    return None


def _managers(house: House, case: Case) -> list[Reader]:
    """The managers who are here; without any, the admins."""
    for role in (Role.MANAGER, Role.ADMIN):
        able = [
            reader
            for reader in house.here.values()
            if reader.person.role is role and reader.person.id not in case.told.deaf
        ]
        if able:
            return able
    return []
