"""Promised calls whose minute has come, and whose phone each is to ring.

A follow-up rings once at its time, and once more at each time it is moved to: its key names both, and the outbox never
uses a key again. A ring that was lost is made up for under a key of its own (``KEYS``). At night, and on days off of
who keeps it, it rings only where the customer chose the time; what was promised for then without them waits for the
next loud minute, unless a morning list says it first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import absences, calendar, duty, readers, runs, stand_ins, summary
from cdm_core import staff as people
from cdm_core.clock import local_date
from cdm_core.consents import may_be_called
from cdm_core.keepers import KEPT, keeper
from cdm_core.outbox import LOST
from cdm_core.readers import Reader
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
"""Reminders that ring in a minute; the rest is the next minute's."""

_KEY = "'followup:' || f.id || ':' || to_char(f.due_at AT TIME ZONE 'UTC', 'YYYYMMDD\"T\"HH24MISS')"
_NTH = ("", *(f"-{number}" for number in range(1, 10)))
KEYS = "ARRAY[{}]".format(", ".join(f"{_KEY} || '{nth}'" for nth in _NTH))
"""The outbox keys of the reminders of follow-up ``f`` at its time, as SQL: of the first ring, and of those after it."""

_DUE = text(
    f"""
    SELECT f.id, f.customer_id, f.due_at, f.asked, f.staff_id, c.owner_id,
           coalesce(c.household_id, c.id) AS household_id, {_KEY} AS key
    FROM follow_ups f
    JOIN customers c ON c.id = f.customer_id
    LEFT JOIN customer_summary s ON s.customer_id = f.customer_id
    WHERE f.status = 'open' AND f.due_at > :since AND f.due_at <= :now AND (f.asked OR NOT :quiet)
      AND {may_be_called("c")}
      AND (s.last_attempt_at IS NULL OR s.last_attempt_at < f.due_at)
      AND (s.last_contact_at IS NULL OR s.last_contact_at < f.due_at)
      AND NOT EXISTS (SELECT FROM outbox o WHERE o.dedup_key = {_KEY} AND o.state NOT IN {LOST})
    ORDER BY f.due_at DESC, f.id
    """
)
_RUNG = text(
    f"""
    SELECT o.dedup_key, o.staff_id, o.state = 'failed' AS failed, o.state NOT IN {LOST} AS alive
    FROM outbox o WHERE o.dedup_key = ANY(CAST(:keys AS text[]))
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
class _Keeper:
    """Whose phone is to ring; ``leads``: they keep no such promises, nobody else is here who does."""

    reader: Reader
    leads: bool = False


@dataclass(frozen=True, slots=True)
class _Due:
    """A promise that is to ring under ``key``; those who are ``deaf`` it did not reach before."""

    follow_up_id: int
    customer_id: int
    household_id: int
    due_at: datetime
    asked: bool
    staff_id: int | None
    owner_id: int | None
    key: str
    deaf: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Morning:
    """The morning lists of ``today``: what came of those that ran, and up to when the clock went through them."""

    today: date
    runs: Mapping[str, Run]
    passed: datetime | None


async def due(session: AsyncSession, limits: Thresholds, *, now: datetime) -> tuple[Reminder, ...]:
    """What is to ring at ``now``, which is the transaction's; their customers are locked until it ends.

    Of more than ``MOST`` the newest ring now; those that do, the oldest first.
    """
    found = await _rings(session, limits, await _candidates(session, limits, now), now)
    if not found:
        return ()
    seen = {one.key for one in found[:MOST]}
    await summary.begin_write(session, [one.customer_id for one in found[:MOST]])
    still = [row for row in await _candidates(session, limits, now) if row.key in seen]
    return tuple(await _rings(session, limits, sorted(still, key=_in_order), now))


async def _rings(session: AsyncSession, limits: Thresholds, found: Sequence[_Due], now: datetime) -> list[Reminder]:
    """Those that somebody keeps who is to be rung up and was not told otherwise."""
    if not found:
        return []
    today = local_date(now, limits.zone)
    keepers = await _keepers(session, limits, found, today)
    morning = _Morning(
        today,
        await runs.of_day(session, JobName.MORNING_DIGEST, today),
        await runs.last_tick(session, JobName.MORNING_DIGEST),
    )
    return [
        Reminder(
            key=row.key,
            follow_up_id=row.follow_up_id,
            customer_id=row.customer_id,
            person=keeper.reader.person,
            chat_id=keeper.reader.chat_id,
            late=now - _rings_at(row, limits) > LATE_AFTER,
        )
        for row in found
        if (keeper := keepers.get(row.customer_id)) is not None
        and (row.asked or duty.works(keeper.reader.person, today, limits))
        and (keeper.leads or not _told_otherwise(row, keeper.reader.person, morning, limits, now))
    ]


async def _candidates(session: AsyncSession, limits: Thresholds, now: datetime) -> list[_Due]:
    quiet = calendar.quiet(now, limits)
    rows = (await session.execute(_DUE, {"now": now, "since": now - _REACH, "quiet": quiet})).all()
    keys = [f"{row.key}{nth}" for row in rows for nth in _NTH]
    rung = {one.dedup_key: one for one in await session.execute(_RUNG, {"keys": keys})} if rows else {}
    found = []
    for row in rows:
        rings = [rung[key] for nth in _NTH if (key := f"{row.key}{nth}") in rung]
        if len(rings) < len(_NTH) and not any(ring.alive for ring in rings):
            found.append(
                _Due(
                    follow_up_id=row.id,
                    customer_id=row.customer_id,
                    household_id=row.household_id,
                    due_at=row.due_at,
                    asked=row.asked,
                    staff_id=row.staff_id,
                    owner_id=row.owner_id,
                    key=f"{row.key}{_NTH[len(rings)]}",
                    deaf=frozenset(ring.staff_id for ring in rings if ring.failed),
                )
            )
    return [one for one in found if now - _rings_at(one, limits) < WINDOW]


def _in_order(one: _Due) -> tuple[datetime, int]:
    return one.due_at, one.follow_up_id


def _rings_at(one: _Due, limits: Thresholds) -> datetime:
    return one.due_at if one.asked else calendar.loud_at(one.due_at, limits)


async def _keepers(session: AsyncSession, limits: Thresholds, found: Sequence[_Due], today: date) -> dict[int, _Keeper]:
    """By customer who keeps the promise: who made it, else the owner, else who covers for who is away.

    Who cannot be written to keeps none; where nobody is left, it is who leads.
    """
    away = await absences.of(session, today)
    able = {one.person.id: one for one in await readers.reachable(session) if one.person.id not in away}
    wanted = [
        (one, row) for row in found for one in (row.staff_id, row.owner_id) if one is not None and one not in row.deaf
    ]
    kept = await _kept_by(session, limits, able, [(one, row.customer_id) for one, row in wanted])
    keepers: dict[int, _Keeper] = {}
    for one, row in wanted:
        if (one, row.customer_id) in kept:
            keepers.setdefault(row.customer_id, _Keeper(able[one]))
    by_owner: dict[int | None, list[_Due]] = {}
    for row in found:
        if row.customer_id not in keepers:
            by_owner.setdefault(row.owner_id, []).append(row)
    here = await readers.here(session, limits, today) if by_owner else {}
    for owner_id, rows in by_owner.items():
        owner = None if owner_id is None else await people.get(session, owner_id)
        covers = await stand_ins.covering(session, here, owner, [row.customer_id for row in rows], day=today)
        kept = await _kept_by(session, limits, able, [(one, customer) for customer, one in covers.items()])
        for row in rows:
            covering = covers.get(row.customer_id)
            if covering is not None and covering not in row.deaf and (covering, row.customer_id) in kept:
                keepers[row.customer_id] = _Keeper(able[covering])
                continue
            others = {staff_id: reader for staff_id, reader in here.items() if staff_id not in row.deaf}
            leader = stand_ins.leader(others, owner, row.household_id)
            if leader is not None:
                keepers[row.customer_id] = _Keeper(here[leader], leads=True)
    return keepers


async def _kept_by(
    session: AsyncSession, limits: Thresholds, able: Mapping[int, Reader], perhaps: Iterable[tuple[int, int]]
) -> set[tuple[int, int]]:
    """Those of the pairs of staff and customer ids where the person is ``able`` and keeps the customer's promise."""
    wanted: dict[int, set[int]] = {}
    for staff_id, customer_id in perhaps:
        if staff_id in able:
            wanted.setdefault(staff_id, set()).add(customer_id)
    kept = set()
    for staff_id, customers in wanted.items():
        rows = await session.execute(_KEPT, {**keeper(able[staff_id].person, limits), "ids": sorted(customers)})
        kept |= {(staff_id, customer_id) for customer_id in rows.scalars()}
    return kept


def _told_otherwise(row: _Due, person: Staff, morning: _Morning, limits: Thresholds, now: datetime) -> bool:
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
