"""A round through the urgent alerts: raise new ones, close answered ones, tell, pass up and open again what is due.

Level-triggered: a round looks at what is, not at what happened, so a missed minute, two processes or a second round
change nothing. An alert that breaks is as it was, for the next round, and holds up no other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import (
    alert_arrivals,
    alert_copies,
    alert_ends,
    alert_hearers,
    alerts,
    calendar,
    deals,
    faults,
    readers,
    runs,
    stand_ins,
)
from cdm_core import staff as people
from cdm_core.alert_copies import Word
from cdm_core.alert_hearers import Told
from cdm_core.alerts import Due
from cdm_core.clock import local_date
from cdm_core.readers import Reader
from cdm_core.schedule import JobName
from cdm_core.staff import Staff
from cdm_core.thresholds import Thresholds
from cdm_core.words import AlertSign, AlertState, Role

_BUSY = timedelta(minutes=10)
"""When everybody on duty has had enough alerts this hour, it is looked at again after so long."""

_OWNER = text("SELECT owner_id, coalesce(household_id, id) AS household_id FROM customers WHERE id = :customer")
_LEAD = text(
    """
    SELECT t.lead_id FROM staff p JOIN teams t ON t.id = p.team_id JOIN staff l ON l.id = t.lead_id AND l.active
    WHERE p.id = :person AND t.lead_id <> :person
    """
)


@dataclass(frozen=True, slots=True)
class Round:
    """What a round did: alerts raised, closed, moved on (told, up, open again), and copies brought in step.

    ``error``: where the first of those broke that are as they were, each for itself.
    """

    raised: int
    closed: int
    moved: int
    reworded: int
    error: str | None


@dataclass(frozen=True, slots=True)
class _House:
    """Who can be told, this minute, and how many alerts each has had within the hour."""

    here: dict[int, Reader]
    spent: dict[int, int]


@dataclass(frozen=True, slots=True)
class _Case:
    """An alert whose step is due, whose customer it is of, how high it has gone, and who has heard of it.

    One that waits or was claimed begins anew: it has gone nowhere, and nobody has heard of it.
    """

    alert: Due
    level: int
    owner: Staff | None
    household_id: int
    told: Told


async def go(session: AsyncSession, limits: Thresholds, *, now: datetime, word: Word) -> Round:
    """One round, in the caller's transaction."""
    looked_at = await runs.last_tick(session, JobName.HOT_ALERTS)
    raised = await alerts.raise_new(session, limits, now=now, looked_at=looked_at)
    closed = await alert_ends.close_over(session, now=now)
    if not calendar.quiet(now, limits):
        await alert_arrivals.follow(session, limits, now=now)
    due = await alerts.due(session, now=now)
    errors = []
    if due:
        house = _House(
            here=await readers.here(session, limits, local_date(now, limits.zone)),
            spent=await alert_hearers.spent(session, since=now - timedelta(hours=1)),
        )
        for alert in due:
            step = _step(session, alert, house, limits, now=now, word=word)
            errors.append((await faults.apart(session, step, alert=alert.alert_id))[1])
    retold = await alert_copies.retell(session, now=now, word=word)
    return Round(
        raised=len(raised),
        closed=closed,
        moved=len(due),
        reworded=retold.number,
        error=next(filter(None, [*errors, retold.error]), None),
    )


async def _step(
    session: AsyncSession, alert: Due, house: _House, limits: Thresholds, *, now: datetime, word: Word
) -> None:
    if calendar.quiet(now, limits):
        await alerts.postpone(session, alert, next_at=calendar.loud_at(now, limits))
        return
    case = await _case(session, alert)
    if alert.state is AlertState.OPEN:
        await _tell_up(session, case, house, limits, now=now, word=word)
    else:
        await _tell_first(session, case, house, limits, now=now, word=word)


async def _tell_first(
    session: AsyncSession, case: _Case, house: _House, limits: Thresholds, *, now: datetime, word: Word
) -> None:
    """The owner if they are here, else whoever on duty stands in for them; without any, who would be told next.

    With none of them here, whatever agent is on duty is told; with nobody, the next morning somebody is. Who claimed it
    and did not call has no part in it: it begins anew.
    """
    reader, somebody = await _first(session, case, stand_ins.agents(house.here, case.owner), house, limits, now)
    if reader is None and not somebody:
        _, above = await _above(session, case, 0, frozenset(), house)
        if above:
            await _tell_up(session, case, house, limits, now=now, word=word)
            return
        reader, somebody = await _first(session, case, stand_ins.agents(house.here, None), house, limits, now)
    if reader is None:
        again = calendar.loud_at(now + _BUSY if somebody else _next_morning(now, limits), limits)
        await alerts.postpone(session, case.alert, next_at=again, reopened=case.alert.state is AlertState.CLAIMED)
        return
    await _advance(session, case, 0, frozenset({reader.person.id}), house, limits, now=now)
    await _ring(session, case.alert, reader, house, limits, now=now, word=word)


async def _tell_up(
    session: AsyncSession, case: _Case, house: _House, limits: Thresholds, *, now: datetime, word: Word
) -> None:
    """Nobody has taken it: to the lead, then to the managers, then to them again.

    It may have gone up because no agent was here: the first one who is by now hears of it as well.
    """
    alert, told = case.alert, case.told
    first = None
    if alert.state is AlertState.OPEN and not told.first:
        first, _ = await _first(session, case, stand_ins.agents(house.here, case.owner), house, limits, now)
    level, above = await _above(session, case, case.level, told.heard, house)
    if not above:
        above = await _around(session, case, house, limits, now)
    await _advance(session, case, level, told.heard | {one.person.id for one in above}, house, limits, now=now)
    await alert_copies.tell(
        session, alert.customer_id, alert.alert_id, above, level=level, limits=limits, now=now, word=word
    )
    if first is not None and first.person.id not in told.heard and first not in above:
        await _ring(session, alert, first, house, limits, now=now, word=word)


async def _advance(
    session: AsyncSession,
    case: _Case,
    level: int,
    heard: frozenset[int],
    house: _House,
    limits: Thresholds,
    *,
    now: datetime,
) -> None:
    """It is told at this level, and who ``heard`` have some time; then it goes up, or with nobody above round again."""
    _, above = await _above(session, case, level, heard, house)
    if above:
        wait = timedelta(minutes=limits.alert_manager_minutes if level else limits.alert_lead_minutes)
    else:
        above, wait = await _around(session, case, house, limits, now), timedelta(hours=limits.alert_repeat_hours)
    await alerts.advance(
        session,
        case.alert,
        level=level,
        next_at=calendar.loud_at(now + wait if above else _next_morning(now, limits), limits),
        up_to=above[0].person.id if len(above) == 1 else None,
        now=now,
    )


async def _ring(
    session: AsyncSession, alert: Due, reader: Reader, house: _House, limits: Thresholds, *, now: datetime, word: Word
) -> None:
    """Tell an agent; all but failed payments count in what one hears of in an hour."""
    await alert_copies.tell(
        session, alert.customer_id, alert.alert_id, [reader], level=0, limits=limits, now=now, word=word
    )
    if alert.sign is not AlertSign.PAYMENT_FAILED:
        house.spent[reader.person.id] = house.spent.get(reader.person.id, 0) + 1


async def _case(session: AsyncSession, alert: Due) -> _Case:
    row = (await session.execute(_OWNER, {"customer": alert.customer_id})).one()
    told = await alert_hearers.told(session, alert.customer_id, alert.alert_id, since=alert.rung_from)
    goes_on = alert.state is AlertState.OPEN
    return _Case(
        alert=alert,
        level=alert.level if goes_on else 0,
        owner=None if row.owner_id is None else await people.get(session, row.owner_id),
        household_id=row.household_id,
        told=told if goes_on else replace(told, heard=frozenset(), first=frozenset()),
    )


async def _first(
    session: AsyncSession, case: _Case, among: Sequence[int], house: _House, limits: Thresholds, now: datetime
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


async def _above(
    session: AsyncSession, case: _Case, level: int, heard: frozenset[int], house: _House
) -> tuple[int, list[Reader]]:
    """To which level and whom it goes up from ``level`` and those who ``heard``: their lead, then the managers; nobody
    twice, and from the last level to nobody."""
    if level == alerts.LAST:
        return level, []
    lead = await _lead(session, case, heard, house)
    if lead is not None and lead.person.id not in heard:
        return 1, [lead]
    return alerts.LAST, [reader for reader in _managers(house, case) if reader.person.id not in heard]


async def _around(session: AsyncSession, case: _Case, house: _House, limits: Thresholds, now: datetime) -> list[Reader]:
    """Who is told again and again while nobody takes it: the managers; with none here, an agent."""
    managers = _managers(house, case)
    if managers:
        return managers
    for owner in (case.owner, None):
        first, _ = await _first(session, case, stand_ins.agents(house.here, owner), house, limits, now)
        if first is not None:
            return [first]
    return []


async def _lead(session: AsyncSession, case: _Case, heard: frozenset[int], house: _House) -> Reader | None:
    """The lead of the team of who was told first; before anybody was, of the owner's."""
    for staff_id in sorted(heard) or ([case.owner.id] if case.owner else []):
        lead = (await session.execute(_LEAD, {"person": staff_id})).scalar_one_or_none()
        if lead in house.here and lead not in case.told.deaf:
            return house.here[lead]
    return None


def _managers(house: _House, case: _Case) -> list[Reader]:
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


def _next_morning(now: datetime, limits: Thresholds) -> datetime:
    tomorrow = local_date(now, limits.zone) + timedelta(days=1)
    return datetime.combine(tomorrow, limits.workday_start, limits.zone)
