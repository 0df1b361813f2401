"""Promised calls whose minute has come, and whose phone each is to ring.

A follow-up rings once at its time, and once more at each time it is moved to: ``KEY`` names both, and the outbox never
uses a key again. At night, and on days off of who keeps it, it rings only where the customer chose the time; what was
promised for then without them waits for the next loud minute, unless a morning list says it first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import absences, calendar, deals, duty, runs, summary
from cdm_core import staff as people
from cdm_core.clock import local_date
from cdm_core.keepers import KEPT, keeper
from cdm_core.runs import Run
from cdm_core.schedule import LATE_AFTER, JobName, moment
from cdm_core.staff import Staff
from cdm_core.thresholds import Thresholds
from cdm_core.words import RunState

WINDOW = timedelta(hours=12)
"""What could have rung so long ago is left to the morning list."""

_REACH = timedelta(hours=24)
"""Nothing older is looked at: no quiet hours last so long that it could ring within the window."""

MOST = 500
"""Reminders of a minute; the rest is the next minute's."""

KEY = "'followup:' || f.id || ':' || to_char(f.due_at AT TIME ZONE 'UTC', 'YYYYMMDD\"T\"HH24MISS')"
"""The outbox key of the reminder of follow-up ``f`` at its time, as SQL."""

_DUE = text(
    f"""
    SELECT f.id, f.customer_id, f.due_at, f.asked, f.staff_id, c.owner_id, {KEY} AS key
    FROM follow_ups f
    JOIN customers c ON c.id = f.customer_id
    LEFT JOIN customer_summary s ON s.customer_id = f.customer_id
    WHERE f.status = 'open' AND f.due_at > :since AND f.due_at <= :now AND (f.asked OR NOT :quiet)
      AND c.do_not_call_at IS NULL
      AND (s.last_attempt_at IS NULL OR s.last_attempt_at < f.due_at)
      AND (s.last_contact_at IS NULL OR s.last_contact_at < f.due_at)
      AND NOT EXISTS (SELECT FROM outbox o WHERE o.dedup_key = {KEY})
    ORDER BY f.due_at DESC, f.id
    LIMIT :most
    """
)
_KEPT = text(f"SELECT f.customer_id FROM {KEPT} f WHERE f.customer_id = ANY(CAST(:ids AS bigint[]))")


@dataclass(frozen=True, slots=True)
class Reminder:
    """Follow-up ``follow_up_id`` is to ring in ``chat_id``, with ``person``; ``key`` is its place in the outbox.

    ``late``: it comes so long after it could have rung that it says when it came.
    """

    key: str
    follow_up_id: int
    customer_id: int
    person: Staff
    chat_id: int
    late: bool


@dataclass(frozen=True, slots=True)
class _Morning:
    """The morning lists of ``today``: what came of those that ran, and up to when the clock went through them."""

    today: date
    runs: Mapping[str, Run]
    passed: datetime | None


async def due(session: AsyncSession, limits: Thresholds, *, now: datetime) -> tuple[Reminder, ...]:
    """What is to ring at ``now``, which is the transaction's; their customers are locked until it ends."""
    found = await _candidates(session, limits, now)
    if not found:
        return ()
    await summary.begin_write(session, [row.customer_id for row in found])
    seen = {row.key for row in found}
    found = [row for row in await _candidates(session, limits, now) if row.key in seen]
    today = local_date(now, limits.zone)
    keepers = await _keepers(session, limits, found, today)
    chat_of = await people.private_chats(session, {person.id for person in keepers.values()})
    morning = _Morning(
        today,
        await runs.of_day(session, JobName.MORNING_DIGEST, today),
        await runs.last_tick(session, JobName.MORNING_DIGEST),
    )
    return tuple(
        Reminder(
            key=row.key,
            follow_up_id=row.id,
            customer_id=row.customer_id,
            person=person,
            chat_id=chat_of[person.id],
            late=now - _rings_at(row, limits) > LATE_AFTER,
        )
        for row in found
        if (person := keepers.get(row.customer_id)) is not None
        and person.id in chat_of
        and (row.asked or duty.works(person, today, limits))
        and not _told_otherwise(row, person, morning, limits, now)
    )


async def _candidates(session: AsyncSession, limits: Thresholds, now: datetime) -> list[Row[Any]]:
    quiet = calendar.quiet(now, limits)
    rows = await session.execute(_DUE, {"now": now, "since": now - _REACH, "quiet": quiet, "most": MOST})
    return [row for row in rows if now - _rings_at(row, limits) < WINDOW]


def _rings_at(row: Row[Any], limits: Thresholds) -> datetime:
    due_at: datetime = row.due_at
    return due_at if row.asked else calendar.loud_at(due_at, limits)


async def _keepers(
    session: AsyncSession, limits: Thresholds, found: Sequence[Row[Any]], today: date
) -> dict[int, Staff]:
    """By customer who keeps the promise: who made it, else the owner, else who covers for who is away."""
    away = await absences.of(session, today)
    here = {person.id: person for person in await people.active(session) if person.id not in away}
    kept = await _kept_by(
        session, limits, here, [(one, row.customer_id) for row in found for one in (row.staff_id, row.owner_id)]
    )
    keepers: dict[int, Staff] = {}
    for row in found:
        first = next((one for one in (row.staff_id, row.owner_id) if (one, row.customer_id) in kept), None)
        if first is not None:
            keepers[row.customer_id] = here[first]
    left = [row for row in found if row.customer_id not in keepers]
    if left:
        dealt = [(one, customer) for customer, one in (await _dealt(session, limits, left, today)).items()]
        keepers |= {customer: here[one] for one, customer in await _kept_by(session, limits, here, dealt)}
    return keepers


async def _kept_by(
    session: AsyncSession, limits: Thresholds, here: Mapping[int, Staff], perhaps: Iterable[tuple[int | None, int]]
) -> set[tuple[int, int]]:
    """Those of the pairs of staff and customer ids where the person is here and keeps the customer's promise."""
    wanted: dict[int, set[int]] = {}
    for staff_id, customer_id in perhaps:
        if staff_id is not None and staff_id in here:
            wanted.setdefault(staff_id, set()).add(customer_id)
    kept = set()
    for staff_id, customers in wanted.items():
        rows = await session.execute(_KEPT, {**keeper(here[staff_id], limits), "ids": sorted(customers)})
        kept |= {(staff_id, customer_id) for customer_id in rows.scalars()}
    return kept


async def _dealt(session: AsyncSession, limits: Thresholds, found: Sequence[Row[Any]], today: date) -> dict[int, int]:
    """The daily deal of what nobody here keeps: a customer's among the owner's team, nobody's among all on duty."""
    agents = await duty.agents_on(session, today, limits)
    by_owner: dict[int | None, list[int]] = {}
    for row in found:
        by_owner.setdefault(row.owner_id, []).append(row.customer_id)
    dealt: dict[int, int] = {}
    for owner_id, customer_ids in by_owner.items():
        team_id = None if owner_id is None else (await people.get(session, owner_id)).team_id
        among = [agent.id for agent in agents if owner_id is None or agent.team_id == team_id]
        dealt |= await deals.whose(session, today, customer_ids, among)
    return dealt


def _told_otherwise(row: Row[Any], person: Staff, morning: _Morning, limits: Thresholds, now: datetime) -> bool:
    """Whether what does not ring at its minute is in the person's morning list, which may be just about to be made."""
    if now - row.due_at <= LATE_AFTER:
        return False
    run = morning.runs.get(str(person.id))
    if run is not None:
        told = run.state in (RunState.DONE, RunState.LATE) and bool(run.detail.get("sent"))
        return told and run.ran_at > row.due_at
    at = moment(morning.today, person.digest_time, limits.zone)
    coming = at is not None and at <= now and duty.works(person, morning.today, limits)
    return coming and morning.passed is not None and at is not None and morning.passed < at
