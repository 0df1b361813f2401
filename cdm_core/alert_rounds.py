"""A round through the urgent alerts: raise new ones, close answered ones, tell, pass up and open again what is due.

Level-triggered: a round looks at what is, not at what happened, so a missed minute, two processes or a second round
change nothing. An alert that breaks is as it was, for the next round, and holds up no other.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import (
    alert_arrivals,
    alert_ends,
    alert_hearers,
    alert_ladder,
    alert_messages,
    alert_steps,
    alerts,
    calendar,
    faults,
    readers,
    runs,
    stand_ins,
)
from cdm_core import staff as people
from cdm_core.alert_ladder import Case, House
from cdm_core.alert_messages import Word
from cdm_core.alert_steps import Due
from cdm_core.clock import local_date
from cdm_core.readers import Reader
from cdm_core.schedule import JobName
from cdm_core.thresholds import Thresholds
from cdm_core.words import AlertSign, AlertState

_BUSY = timedelta(minutes=10)
"""When everybody on duty has had enough alerts this hour, it is looked at again after so long."""

_OWNER = text("SELECT owner_id, coalesce(household_id, id) AS household_id FROM customers WHERE id = :customer")


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


async def go(session: AsyncSession, limits: Thresholds, *, now: datetime, word: Word) -> Round:
    """One round, in the caller's transaction."""
    looked_at = await runs.last_tick(session, JobName.HOT_ALERTS)
    raised = await alerts.raise_new(session, limits, now=now, looked_at=looked_at)
    closed = await alert_ends.close_over(session, now=now)
    if not calendar.quiet(now, limits):
        await alert_arrivals.follow(session, limits, now=now)
    due = await alert_steps.due(session, now=now)
    errors = []
    if due:
        house = House(
            here=await readers.here(session, limits, local_date(now, limits.zone)),
            spent=await alert_hearers.spent(session, since=now - timedelta(hours=1)),
        )
        for alert in due:
            step = _step(session, alert, house, limits, now=now, word=word)
            errors.append((await faults.apart(session, step, alert=alert.alert_id))[1])
    retold = await alert_messages.retell(session, now=now, word=word)
    return Round(
        raised=len(raised),
        closed=closed,
        moved=len(due),
        reworded=retold.number,
        error=next(filter(None, [*errors, retold.error]), None),
    )


async def _step(
    session: AsyncSession, alert: Due, house: House, limits: Thresholds, *, now: datetime, word: Word
) -> None:
    if calendar.quiet(now, limits):
        await alert_steps.postpone(session, alert, next_at=calendar.loud_at(now, limits))
        return
    case = await _case(session, alert)
    if alert.state is AlertState.OPEN:
        await _tell_up(session, case, house, limits, now=now, word=word)
    else:
        await _tell_first(session, case, house, limits, now=now, word=word)


async def _tell_first(
    session: AsyncSession, case: Case, house: House, limits: Thresholds, *, now: datetime, word: Word
) -> None:
    """The owner if they are here, else whoever on duty stands in for them; without any, who would be told next.

    With none of them here, whatever agent is on duty is told; with nobody, the next morning somebody is. Who claimed it
    and did not call has no part in it: it begins anew.
    """
    reader, somebody = await alert_ladder.agent(
        session, case, stand_ins.agents(house.here, case.owner), house, limits, now
    )
    if reader is None and not somebody:
        _, above = await alert_ladder.above(session, case, 0, frozenset(), house)
        if above:
            await _tell_up(session, case, house, limits, now=now, word=word)
            return
        reader, somebody = await alert_ladder.agent(
            session, case, stand_ins.agents(house.here, None), house, limits, now
        )
    if reader is None:
        again = calendar.loud_at(now + _BUSY if somebody else alert_ladder.next_morning(now, limits), limits)
        await alert_steps.postpone(session, case.alert, next_at=again, reopened=case.alert.state is AlertState.CLAIMED)
        return
    await _advance(session, case, 0, frozenset({reader.person.id}), house, limits, now=now)
    await _ring(session, case.alert, reader, house, limits, now=now, word=word)


async def _tell_up(
    session: AsyncSession, case: Case, house: House, limits: Thresholds, *, now: datetime, word: Word
) -> None:
    """Nobody has taken it: to the lead, then to the managers, then to them again.

    It may have gone up because no agent was here: the first one who is by now hears of it as well.
    """
    alert, told = case.alert, case.told
    first = None
    if alert.state is AlertState.OPEN and not told.first:
        first, _ = await alert_ladder.agent(session, case, stand_ins.agents(house.here, case.owner), house, limits, now)
    level, above = await alert_ladder.above(session, case, case.level, told.heard, house)
    if not above:
        above = await alert_ladder.around(session, case, house, limits, now)
    await _advance(session, case, level, told.heard | {one.person.id for one in above}, house, limits, now=now)
    await alert_messages.tell(
        session, alert.customer_id, alert.alert_id, above, level=level, limits=limits, now=now, word=word
    )
    if first is not None and first.person.id not in told.heard and first not in above:
        await _ring(session, alert, first, house, limits, now=now, word=word)


async def _advance(
    session: AsyncSession,
    case: Case,
    level: int,
    heard: frozenset[int],
    house: House,
    limits: Thresholds,
    *,
    now: datetime,
) -> None:
    """It is told at this level, and who ``heard`` have some time; then it goes up, or with nobody above round again."""
    _, above = await alert_ladder.above(session, case, level, heard, house)
    if above:
        wait = timedelta(minutes=limits.alert_manager_minutes if level else limits.alert_lead_minutes)
    else:
        above = await alert_ladder.around(session, case, house, limits, now)
        wait = timedelta(hours=limits.alert_repeat_hours)
    next_at = calendar.loud_at(now + wait, limits)
    if not above or local_date(next_at, limits.zone) > local_date(now, limits.zone):
        next_at, above = await alert_ladder.another_day(session, case, level, heard, house, limits, now)
    await alert_steps.advance(
        session,
        case.alert,
        level=level,
        next_at=next_at,
        up_to=above[0].person.id if len(above) == 1 else None,
        now=now,
    )


async def _ring(
    session: AsyncSession, alert: Due, reader: Reader, house: House, limits: Thresholds, *, now: datetime, word: Word
) -> None:
    """Tell an agent; all but failed payments count in what one hears of in an hour."""
    await alert_messages.tell(
        session, alert.customer_id, alert.alert_id, [reader], level=0, limits=limits, now=now, word=word
    )
    if alert.sign is not AlertSign.PAYMENT_FAILED:
        house.spent[reader.person.id] = house.spent.get(reader.person.id, 0) + 1


async def _case(session: AsyncSession, alert: Due) -> Case:
    row = (await session.execute(_OWNER, {"customer": alert.customer_id})).one()
    told = await alert_hearers.told(session, alert.customer_id, alert.alert_id, since=alert.rung_from)
    goes_on = alert.state is AlertState.OPEN
    return Case(
        alert=alert,
        level=alert.level if goes_on else 0,
        owner=None if row.owner_id is None else await people.get(session, row.owner_id),
        household_id=row.household_id,
        told=told if goes_on else replace(told, heard=frozenset(), first=frozenset()),
    )
