"""Occasions that no morning list brings: of today, tomorrow and in a week, and who on duty is to hear of them.

A list brings those of its reader's customers for the days that it carries, and the ledger keeps which. What is left are
the customers of who is on leave, has left or cannot be written to, what became known after the last list before days
off, and nobody's customers on days when no agent gets a list.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import absences, digest, occasions, readers, runs, stand_ins
from cdm_core import staff as people
from cdm_core.absences import Away
from cdm_core.clock import local_date
from cdm_core.digest import Digest, Greeting
from cdm_core.occasions import Found, Household
from cdm_core.readers import Reader
from cdm_core.runs import Run
from cdm_core.schedule import JobName
from cdm_core.staff import Staff
from cdm_core.tables import schedule_runs
from cdm_core.thresholds import Thresholds
from cdm_core.words import RunState

AHEAD = (0, 1, 7)
"""Days ahead of which an occasion is told."""

MOST = 20
"""Calls of today that one person is told of."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A call to make today, and whose customer it is where that is somebody else: ``away`` on leave or gone, or
    ``owner`` by name."""

    greeting: Greeting
    away: Away | None
    owner: str | None


@dataclass(frozen=True, slots=True)
class Untold:
    """What ``person`` is told in ``chat_id``: the first of ``total`` calls of ``day``, and the names of the customers
    with an occasion tomorrow and in a week."""

    person: Staff
    chat_id: int
    day: date
    wishes: tuple[Wish, ...]
    total: int
    tomorrow: tuple[str, ...]
    at_seven: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _House:
    """Who is ``here`` today.

    ``told``: by person the customers of whose occasion on a day a list told that carries today; ``coming``: whose list
    of today is still to come.
    """

    today: date
    here: Mapping[int, Reader]
    told: Mapping[int, frozenset[tuple[date, int]]]
    coming: frozenset[int]


def ledger(told: Digest) -> dict[str, Any]:
    """What the ledger keeps of a list that is sent: the last day it carries, and whose occasions it tells by day."""
    last = told.free_days[-1] if told.free_days else told.day
    days = {day.isoformat(): sorted(customers) for day, customers in sorted(told.told.items())}
    return {"until": last.isoformat(), "occasions": days}


async def gather(session: AsyncSession, limits: Thresholds, *, now: datetime) -> tuple[Untold, ...]:
    """For each person who is to hear of some; ``now`` is the transaction's. It may make the daily deal of them."""
    today = local_date(now, limits.zone)
    house = await _house(session, limits, today)
    shares: dict[int, dict[int, list[Household]]] = {}
    for ahead in AHEAD:
        day = today + timedelta(days=ahead)
        left = [
            found
            for household in await occasions.upcoming(session, None, limits, first=day, days=1, now=now)
            for found in household
            if not _brought(found, house)
        ]
        for staff_id, households in (await _share(session, left, house)).items():
            shares.setdefault(staff_id, {})[ahead] = households
    return tuple([await _untold(session, house, staff_id, share, now) for staff_id, share in sorted(shares.items())])


def _brought(found: Found, house: _House) -> bool:
    """Whether a list has told it, or one of today is about to."""
    if found.owner_id is not None:
        told = house.told.get(found.owner_id, frozenset())
        return found.owner_id in house.coming or (found.day, found.customer_id) in told
    agents_coming = any(agent in house.coming for agent in stand_ins.agents(house.here, None))
    return agents_coming or any((found.day, found.customer_id) in told for told in house.told.values())


async def _share(session: AsyncSession, left: Sequence[Found], house: _House) -> dict[int, list[Household]]:
    """By person the households that they are to hear of."""
    by_owner: dict[int | None, list[Found]] = {}
    for found in left:
        by_owner.setdefault(found.owner_id, []).append(found)
    shares: dict[int, dict[int, list[Found]]] = {}
    for owner_id, ones in by_owner.items():
        owner = None if owner_id is None else await people.get(session, owner_id)
        customers = [one.customer_id for one in ones]
        whose = await stand_ins.covering(session, house.here, owner, customers, day=house.today)
        for one in ones:
            reader = owner_id if owner_id in house.here else whose.get(one.customer_id)
            reader = reader or stand_ins.leader(house.here, owner, one.household_id)
            if reader is not None:
                shares.setdefault(reader, {}).setdefault(one.household_id, []).append(one)
    return {reader: [tuple(ones) for ones in households.values()] for reader, households in shares.items()}


async def _untold(
    session: AsyncSession, house: _House, staff_id: int, share: Mapping[int, list[Household]], now: datetime
) -> Untold:
    todays = share.get(0, [])
    calls = await occasions.details(session, todays[:MOST])
    others = {call.owner_id for call in calls if call.owner_id not in (None, staff_id)}
    away = await absences.away(session, others)
    greetings = await digest.with_offers(session, calls, now=now)
    named = {one: (await people.get(session, one)).name for one in others - away.keys()}
    return Untold(
        person=house.here[staff_id].person,
        chat_id=house.here[staff_id].chat_id,
        day=house.today,
        wishes=tuple(
            Wish(greeting, away.get(greeting.call.owner_id or 0), named.get(greeting.call.owner_id or 0))
            for greeting in greetings
        ),
        total=len(todays),
        tomorrow=await _names(session, share.get(1, [])),
        at_seven=await _names(session, share.get(7, [])),
    )


async def _names(session: AsyncSession, households: Sequence[Household]) -> tuple[str, ...]:
    return tuple(call.customer for call in await occasions.details(session, households))


async def _house(session: AsyncSession, limits: Thresholds, today: date) -> _House:
    here = await readers.here(session, limits, today)
    ran = await runs.of_day(session, JobName.MORNING_DIGEST, today)
    return _House(
        today=today,
        here=here,
        told=await _told(session, today),
        coming=frozenset(one for one in here if _to_come(ran.get(str(one)))),
    )


def _to_come(run: Run | None) -> bool:
    """Whether the list of today has not been made yet; one that failed is tried again."""
    return run is None or run.state is RunState.FAILED


async def _told(session: AsyncSession, today: date) -> dict[int, frozenset[tuple[date, int]]]:
    ran = schedule_runs.c
    rows = await session.execute(
        select(ran.key, ran.detail["occasions"].label("occasions")).where(
            ran.job == JobName.MORNING_DIGEST,
            ran.local_date.between(today - digest.MOST_CARRIED, today),
            ran.state.in_([RunState.DONE, RunState.LATE]),
            ran.detail["until"].astext >= today.isoformat(),
        )
    )
    told: dict[int, set[tuple[date, int]]] = {}
    for row in rows:
        days = row.occasions.items()
        told.setdefault(int(row.key), set()).update(
            (date.fromisoformat(day), customer) for day, customers in days for customer in customers
        )
    return {staff_id: frozenset(pairs) for staff_id, pairs in told.items()}
