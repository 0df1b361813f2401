"""Win-back: who enters a campaign, and which agent calls whom on which day.

Each morning the whole plan is made anew: open calls, next tries and customers who may enter, the most valuable first,
each on the first of the coming days on which its agent works and has room. What finds no room enters on a later day; a
call nobody got round to in ``EXPIRES`` is given up.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import absences, deals, duty, staff, winback_entry
from cdm_core.clock import local_date
from cdm_core.staff import Staff
from cdm_core.thresholds import Thresholds
from cdm_core.winback_entry import Entrant
from cdm_core.words import Role

AHEAD = 7
"""Days that are planned, today among them."""

EXPIRES = timedelta(days=14)

_EXPIRE = text(
    """
    UPDATE campaign_tasks SET state = 'dropped', settled_at = :now
    WHERE state = 'open' AND created_at <= :expired
    """
)
_OPEN = text(
    """
    SELECT t.customer_id, t.id, t.staff_id, t.local_date, c.owner_id, t.created_at,
           coalesce(t.cart_value, s.avg_order_value, 0) AS worth
    FROM campaign_tasks t
    JOIN customers c ON c.id = t.customer_id
    JOIN customer_summary s ON s.customer_id = t.customer_id
    WHERE t.state = 'open'
    """
)
_DONE_TODAY = text(
    """
    SELECT staff_id, count(*) AS number FROM campaign_tasks
    WHERE local_date = :today AND state <> 'open' AND staff_id IS NOT NULL
    GROUP BY staff_id
    """
)
_MOVE = text(
    """
    UPDATE campaign_tasks SET staff_id = :person, local_date = :day
    WHERE customer_id = :customer AND id = :id AND state = 'open'
    """
)
_ADD = text(
    """
    INSERT INTO campaign_tasks
        (customer_id, campaign_id, try_no, staff_id, local_date, stage, reason, cart_value, cause_id, caused_at,
         created_at)
    SELECT id, :campaign, :try_no, :person, :day, :stage, :reason, :cart_value, :cause_id, :caused_at, :now
    FROM customers WHERE id = :customer FOR KEY SHARE
    ON CONFLICT (customer_id) WHERE state = 'open' DO NOTHING
    """
)


@dataclass(frozen=True, slots=True)
class Planned:
    """What a morning's planning did: customers who entered, next tries, calls moved, calls given up."""

    entered: int
    again: int
    moved: int
    expired: int


@dataclass(frozen=True, slots=True)
class _Call:
    """A call to be given an agent and a day; ``task_id`` and where it is now, if it was given them before."""

    customer_id: int
    owner_id: int | None
    worth: Decimal
    task_id: int | None = None
    now_with: tuple[int | None, date] | None = None
    entrant: Entrant | None = None


async def plan(session: AsyncSession, limits: Thresholds, *, now: datetime) -> Planned:
    """Plan the coming days, in the caller's transaction. A second time on the same day nothing changes."""
    expired = await session.execute(_EXPIRE, {"now": now, "expired": now - EXPIRES})
    today = local_date(now, limits.zone)
    house = await _house(session, limits, today)
    entrants = await winback_entry.entrants(session, limits, now=now, own=AHEAD * limits.winback_tasks_per_day)
    calls = [
        *[
            _Call(row.customer_id, row.owner_id, row.worth, row.id, (row.staff_id, row.local_date))
            for row in await session.execute(_OPEN)
        ],
        *[_Call(one.customer_id, one.owner_id, one.worth, entrant=one) for one in entrants],
    ]
    agents = await _agents(session, calls, house)
    new: list[tuple[Entrant, int, date]] = []
    moved = 0
    for call in sorted(calls, key=lambda call: (-call.worth, call.customer_id)):
        agent = agents.get(call.customer_id)
        day = house.room(agent) if agent is not None else None
        if agent is None or day is None:
            if call.task_id is not None and call.now_with and call.now_with[1] < house.later:
                moved += await _move(session, call, agent, house.later)
            continue
        house.take(agent, day)
        if call.entrant is not None:
            new.append((call.entrant, agent, day))
        elif call.now_with != (agent, day):
            moved += await _move(session, call, agent, day)
    if new:
        await session.execute(_ADD, [_row(entrant, agent, day, now) for entrant, agent, day in new])
    again = sum(entrant.try_no > 1 for entrant, _, _ in new)
    return Planned(len(new) - again, again, moved, expired.rowcount)  # type: ignore[attr-defined]


class _House:
    """Who works on which of the days ahead, and how many calls they still have room for."""

    def __init__(
        self, people: Sequence[Staff], works: Callable[[Staff, date], bool], days: Sequence[date], per_day: int
    ) -> None:
        self.people = {person.id: person for person in people}
        self.today = days[0]
        self.later = days[-1] + timedelta(days=1)
        self._days = {person.id: [day for day in days if works(person, day)] for person in people}
        self._left = {(person, day): per_day for person, working in self._days.items() for day in working}

    def take(self, person_id: int, day: date, number: int = 1) -> None:
        if (person_id, day) in self._left:
            self._left[person_id, day] -= number

    def room(self, person_id: int) -> date | None:
        """The first day on which the person has room."""
        return next((day for day in self._days.get(person_id, ()) if self._left[person_id, day] > 0), None)

    def first_on_duty(self) -> list[int]:
        """The agents who work on the first of the days on which any does."""
        agents = [one for one in self.people.values() if one.role is Role.AGENT and self._days[one.id]]
        first = min((self._days[one.id][0] for one in agents), default=None)
        return [one.id for one in agents if self._days[one.id][0] == first]


async def _house(session: AsyncSession, limits: Thresholds, today: date) -> _House:
    days = [today + timedelta(days=ahead) for ahead in range(AHEAD)]
    people = await staff.active(session)
    away = await absences.between(session, days[0], days[-1])

    def works(person: Staff, day: date) -> bool:
        on_leave = any(absence.staff_id == person.id and absence.covers(day) for absence in away)
        return duty.works(person, day, limits) and not on_leave

    house = _House(people, works, days, limits.winback_tasks_per_day)
    for row in await session.execute(_DONE_TODAY, {"today": today}):
        house.take(row.staff_id, today, row.number)
    return house


async def _agents(session: AsyncSession, calls: Sequence[_Call], house: _House) -> dict[int, int]:
    """Customer id to who is to call them: the owner; of nobody's customers whom the household's deal gives it.

    An open call stays with the agent it was given to while they are here.
    """
    found: dict[int, int] = {}
    for call in calls:
        before = call.now_with[0] if call.now_with and call.owner_id is None else None
        agent = call.owner_id or before
        if agent in house.people:
            found[call.customer_id] = agent
    unowned = [call.customer_id for call in calls if call.owner_id is None and call.customer_id not in found]
    dealt = await deals.whose(session, house.today, unowned, house.first_on_duty(), keep=False)
    return found | dealt


async def _move(session: AsyncSession, call: _Call, agent: int | None, day: date) -> int:
    await session.execute(_MOVE, {"customer": call.customer_id, "id": call.task_id, "person": agent, "day": day})
    return 1


def _row(entrant: Entrant, agent: int, day: date, now: datetime) -> dict[str, object]:
    return {
        "customer": entrant.customer_id,
        "campaign": entrant.campaign_id,
        "try_no": entrant.try_no,
        "person": agent,
        "day": day,
        "stage": entrant.stage,
        "reason": entrant.reason,
        "cart_value": entrant.cart_value,
        "cause_id": entrant.cause_id,
        "caused_at": entrant.caused_at,
        "now": now,
    }
