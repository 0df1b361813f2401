"""A round through the urgent alerts: raise new ones, close answered ones, tell, pass up and open again what is due.

Level-triggered: a round looks at what is, not at what happened, so a missed minute, two processes or a second round
change nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import alert_copies, alerts, calendar, deals, readers
from cdm_core.alert_copies import Word
from cdm_core.alerts import Due
from cdm_core.clock import local_date
from cdm_core.readers import Reader
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
    """What a round did: alerts raised, closed, moved on (told, up, open again), and copies brought in step."""

    raised: int
    closed: int
    moved: int
    reworded: int


@dataclass(frozen=True, slots=True)
class _House:
    """Who can be told, this minute, and how many alerts each has had within the hour."""

    here: dict[int, Reader]
    spent: dict[int, int]


async def go(session: AsyncSession, limits: Thresholds, *, now: datetime, word: Word) -> Round:
    """One round, in the caller's transaction."""
    raised = await alerts.raise_new(session, limits, now=now)
    closed = await alerts.close_answered(session, now=now)
    due = await alerts.due(session, now=now)
    if due:
        house = _House(
            here=await readers.here(session, limits, local_date(now, limits.zone)),
            spent=await alert_copies.spent(session, since=now - timedelta(hours=1)),
        )
        for alert in due:
            await _step(session, alert, house, limits, now=now, word=word)
    reworded = await alert_copies.retell(session, now=now, word=word)
    return Round(raised=len(raised), closed=closed, moved=len(due), reworded=reworded)


async def _step(
    session: AsyncSession, alert: Due, house: _House, limits: Thresholds, *, now: datetime, word: Word
) -> None:
    if calendar.quiet(now, limits):
        await alerts.move(session, alert, next_at=calendar.loud_at(now, limits))
    elif alert.state is AlertState.WAITING:
        await _tell_first(session, alert, house, limits, now=now, word=word)
    else:
        await _tell_up(session, alert, house, limits, now=now, word=word)


async def _tell_first(
    session: AsyncSession, alert: Due, house: _House, limits: Thresholds, *, now: datetime, word: Word
) -> None:
    """The owner if they are here, else whoever on duty the customer falls to; nobody here: the next morning."""
    reader, somebody = await _first(session, alert, house, limits, now)
    if reader is None:
        again = now + _BUSY if somebody else _next_morning(now, limits)
        await alerts.move(session, alert, next_at=calendar.loud_at(again, limits))
        return
    lead = await _lead_of(session, reader.person.id, house)
    next_at = calendar.loud_at(now + timedelta(minutes=limits.alert_lead_minutes), limits)
    await alerts.move(session, alert, next_at=next_at, state=AlertState.OPEN, up_to=lead)
    await alert_copies.tell(session, alert.customer_id, alert.alert_id, [reader], level=0, now=now, word=word)
    if alert.sign is not AlertSign.PAYMENT_FAILED:
        house.spent[reader.person.id] = house.spent.get(reader.person.id, 0) + 1


async def _tell_up(
    session: AsyncSession, alert: Due, house: _House, limits: Thresholds, *, now: datetime, word: Word
) -> None:
    """Nobody has taken it, or who did has not called: to the lead, then to the managers, then to them again."""
    reopened = alert.state is AlertState.CLAIMED
    told = await alert_copies.told(session, alert.customer_id, alert.alert_id)
    lead = await _lead_above(session, told, house)
    level, above, wait = 2, _managers(house), timedelta(hours=limits.alert_repeat_hours)
    if alert.level == 0 and lead is not None and lead.person.id not in told:
        level, above, wait = 1, [lead], timedelta(minutes=limits.alert_manager_minutes)
    next_at = calendar.loud_at(now + wait if above else _next_morning(now, limits), limits)
    if alert.level < level:  # who led the team and manages it too has heard of it
        above = [reader for reader in above if reader.person.id not in told]
    await alerts.move(session, alert, next_at=next_at, state=AlertState.OPEN, level=level, reopened=reopened)
    await alert_copies.tell(session, alert.customer_id, alert.alert_id, above, level=level, now=now, word=word)


async def _first(
    session: AsyncSession, alert: Due, house: _House, limits: Thresholds, now: datetime
) -> tuple[Reader | None, bool]:
    """Whom to tell first, and whether anybody is here at all."""
    row = (await session.execute(_OWNER, {"customer": alert.customer_id})).one()
    on_duty = [reader.person.id for reader in house.here.values() if reader.person.role is Role.AGENT]
    dealt = await deals.whose(session, local_date(now, limits.zone), [alert.customer_id], on_duty)
    first = house.here.get(row.owner_id) or house.here.get(dealt.get(alert.customer_id, 0))
    others = [house.here[one] for one in deals.ranked(row.household_id, on_duty)]
    ranked = [first, *others] if first else others
    for reader in ranked:
        spent = house.spent.get(reader.person.id, 0) >= limits.alert_budget_per_hour
        if reader.person.alerts and (not spent or alert.sign is AlertSign.PAYMENT_FAILED):
            return reader, True
    return None, any(reader.person.alerts for reader in ranked)


async def _lead_of(session: AsyncSession, staff_id: int, house: _House) -> int | None:
    lead = (await session.execute(_LEAD, {"person": staff_id})).scalar_one_or_none()
    return lead if lead in house.here else None


async def _lead_above(session: AsyncSession, told: Collection[int], house: _House) -> Reader | None:
    """The lead of the team of who was told first."""
    for staff_id in sorted(told):
        lead = await _lead_of(session, staff_id, house)
        if lead is not None:
            return house.here[lead]
    return None


def _managers(house: _House) -> list[Reader]:
    """The managers who are here; without any, the admins."""
    for role in (Role.MANAGER, Role.ADMIN):
        here = [reader for reader in house.here.values() if reader.person.role is role]
        if here:
            return here
    return []


def _next_morning(now: datetime, limits: Thresholds) -> datetime:
    tomorrow = local_date(now, limits.zone) + timedelta(days=1)
    return datetime.combine(tomorrow, limits.workday_start, limits.zone)
