"""What our own machinery could not do: messages, updates and slots in trouble, grouped by cause, to retry or drop.

A group is what failed in the same way: messages of one state, kind and error; updates of one error; slots of one job.
Bodies are never shown; what a group is called by is the newest of its rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import audit, backlog, inbox, outbox, runs
from cdm_core.db.notify import CHANNEL
from cdm_core.schedule import PLANS, JobName
from cdm_core.staff import Staff
from cdm_core.words import InboxState, MessageKind, OutboxState, TroubleKind

JOBS_SHOWN_FOR = timedelta(days=2)
LATE_AFTER = timedelta(minutes=2)
"""An answer or alert that waits longer is late."""

_MESSAGES = """
    SELECT o.state AS kind, max(o.id) AS id, o.kind AS about, o.error, count(*) AS number, max(o.created_at) AS at,
           (array_agg(coalesce(s.name, c.title) ORDER BY o.id DESC))[1] AS whom, count(DISTINCT o.chat_id) AS chats
    FROM outbox o
    LEFT JOIN staff s ON s.id = o.staff_id
    LEFT JOIN chats c ON c.chat_id = o.chat_id
    WHERE o.state IN ('failed', 'unknown', 'expired')
    GROUP BY o.state, o.kind, o.error
"""
_UPDATES = """
    SELECT 'quarantined', max(i.update_id), NULL, i.error, count(*), max(i.received_at),
           (array_agg(coalesce(s.name, c.title) ORDER BY i.update_id DESC))[1], count(DISTINCT i.chat_id)
    FROM inbox i
    LEFT JOIN chats c ON c.chat_id = i.chat_id
    LEFT JOIN staff s ON s.id = c.staff_id
    WHERE i.state = 'quarantined'
    GROUP BY i.error
"""
_SLOTS = """
    SELECT 'job', array_position(CAST(:jobs AS text[]), r.job::text), r.job,
           coalesce(max(r.detail ->> 'error'), min(r.state)), count(*), max(r.ran_at),
           (array_agg(s.name ORDER BY r.ran_at DESC))[1], count(*)
    FROM schedule_runs r
    LEFT JOIN staff s ON CAST(:personal AS text[]) @> ARRAY[r.job::text] AND s.id::text = r.key
    WHERE r.state IN ('failed', 'expired') AND r.ran_at > :since AND NOT (r.detail ? 'dropped')
      AND r.job = ANY(CAST(:jobs AS text[]))
    GROUP BY r.job
"""
_ALL = text(f"{_MESSAGES} UNION ALL {_UPDATES} UNION ALL {_SLOTS} ORDER BY at DESC")
_SAME_MESSAGES = """
    FROM outbox first
    WHERE first.id = :id AND o.state = first.state AND o.kind = first.kind
      AND o.error IS NOT DISTINCT FROM first.error AND o.state = :kind
"""
_RETRY_MESSAGES = text(
    f"""
    UPDATE outbox o
    SET state = 'queued', next_attempt_at = clock_timestamp(), expires_at = NULL, error = NULL,
        payload = CASE
            WHEN o.state = 'unknown' AND o.payload ? 'text' AND o.method = 'sendMessage'
                THEN (o.payload - '$again')
                     || jsonb_build_object('text', concat_ws(E'\\n', o.payload ->> 'text', CAST(:again AS text)))
            ELSE o.payload END
    {_SAME_MESSAGES} AND o.payload IS NOT NULL
    RETURNING o.id, pg_notify(:channel, :bell)
    """
)
_DROP_MESSAGES = text(
    f"""
    UPDATE outbox o SET state = 'cancelled', payload = NULL, error = 'dropped by hand'
    {_SAME_MESSAGES}
    RETURNING o.id
    """
)
_SAME_UPDATES = """
    FROM inbox first
    WHERE first.update_id = :id AND first.state = 'quarantined' AND i.state = 'quarantined'
      AND i.error IS NOT DISTINCT FROM first.error
"""
_RETRY_UPDATES = text(
    f"""
    UPDATE inbox i SET state = 'received', attempts = 0, orphaned = 0, next_attempt_at = clock_timestamp()
    {_SAME_UPDATES}
    RETURNING i.update_id, pg_notify(:channel, :bell)
    """
)
_DROP_UPDATES = text(
    f"UPDATE inbox i SET state = 'done', done_at = clock_timestamp(), body = NULL {_SAME_UPDATES} RETURNING i.update_id"
)
_SLOTS_OF = text(
    """
    UPDATE schedule_runs SET detail = detail || '{"dropped": true}'
    WHERE job = :job AND state IN ('failed', 'expired') AND ran_at > :since AND NOT (detail ? 'dropped')
    RETURNING key, slot_at
    """
)
_LATE = text(
    """
    SELECT (SELECT min(created_at) FROM outbox
            WHERE state = 'queued' AND kind IN ('reply', 'alert', 'reminder') AND next_attempt_at <= clock_timestamp())
               AS message,
           (SELECT min(received_at) FROM inbox WHERE state = 'received') AS update
    """
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """``number`` things that failed alike; ``id`` names the group, ``about`` is what kind of message or which job.

    ``whom`` is whose the newest is, where known, ``chats`` how many different chats they are of; ``at`` its time.
    """

    kind: TroubleKind
    id: int
    about: MessageKind | JobName | None
    error: str | None
    number: int
    at: datetime
    whom: str | None
    chats: int


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits (messages and updates, and since when the oldest) and what is in trouble, the newest first."""

    waiting: int
    sending: int
    updates: int
    oldest_seconds: float
    troubles: tuple[Trouble, ...]


async def queue(session: AsyncSession, *, now: datetime) -> Queue:
    """The state of both queues and the clock's slots of the last days."""
    going = await outbox.counts(session)
    coming = await inbox.counts(session)
    waiting = going.get(OutboxState.QUEUED)
    return Queue(
        waiting=backlog.number(going, OutboxState.QUEUED),
        sending=backlog.number(going, OutboxState.LEASED, OutboxState.SENDING),
        updates=backlog.number(coming, InboxState.RECEIVED),
        oldest_seconds=waiting.oldest_seconds if waiting else 0.0,
        troubles=await find(session, now=now),
    )


async def find(session: AsyncSession, *, now: datetime) -> tuple[Trouble, ...]:
    """All groups in trouble, the newest first."""
    rows = await session.execute(
        _ALL,
        {
            "jobs": list(JobName),
            "personal": [name for name, plan in PLANS.items() if plan.personal],
            "since": now - JOBS_SHOWN_FOR,
        },
    )
    return tuple(map(_trouble, rows))


async def get(session: AsyncSession, kind: TroubleKind, ident: int, *, now: datetime) -> Trouble | None:
    """The group, if anything of it is still in trouble."""
    return next((one for one in await find(session, now=now) if (one.kind, one.id) == (kind, ident)), None)


async def retry(
    session: AsyncSession, person: Staff | str, kind: TroubleKind, ident: int, *, again: str, now: datetime
) -> int:
    """Try all of the group once more; how many. ``again`` marks a message that may have arrived before.

    A slot is asked for from the clock, which runs it within a minute.
    """
    match kind:
        case TroubleKind.JOB:
            number = await _retry_slots(session, person, ident, now=now)
        case TroubleKind.QUARANTINED:
            bell = {"channel": CHANNEL, "bell": inbox.BELL}
            number = len((await session.execute(_RETRY_UPDATES, {"id": ident, **bell})).all())
        case _:
            bell = {"channel": CHANNEL, "bell": outbox.BELL}
            facts = {"id": ident, "kind": kind, "again": again, **bell}
            number = len((await session.execute(_RETRY_MESSAGES, facts)).all())
    await audit.record(session, now, person, "retried", kind=kind, of=ident, number=number)
    return number


async def drop(session: AsyncSession, person: Staff | str, kind: TroubleKind, ident: int, *, now: datetime) -> int:
    """Let all of the group be; how many."""
    match kind:
        case TroubleKind.JOB:
            number = len(await _take_slots(session, ident, now=now))
        case TroubleKind.QUARANTINED:
            number = len((await session.execute(_DROP_UPDATES, {"id": ident})).all())
        case _:
            number = len((await session.execute(_DROP_MESSAGES, {"id": ident, "kind": kind})).all())
    await audit.record(session, now, person, "dropped", kind=kind, of=ident, number=number)
    return number


async def late(session: AsyncSession, *, real_now: datetime) -> timedelta | None:
    """How long the oldest answer, alert or update has been waiting, where that is too long."""
    row = (await session.execute(_LATE)).one()
    waits = [real_now - moment for moment in (row.message, row.update) if moment is not None]
    longest = max(waits, default=timedelta())
    return longest if longest > LATE_AFTER else None


async def _retry_slots(session: AsyncSession, person: Staff | str, ident: int, *, now: datetime) -> int:
    job = list(JobName)[ident - 1]
    slots = await _take_slots(session, ident, now=now)
    asked_by = person.id if isinstance(person, Staff) else None
    whose = {int(row.key) for row in slots if row.key.isdecimal()} if PLANS[job].personal else {None}
    for staff_id in whose:
        of = [row for row in slots if staff_id is None or row.key == str(staff_id)]
        at = max(row.slot_at for row in of)
        await runs.request(session, job, at, staff_id=staff_id, requested_by=asked_by)
    return len(slots)


async def _take_slots(session: AsyncSession, ident: int, *, now: datetime) -> Sequence[Row[Any]]:
    if not 1 <= ident <= len(JobName):
        return []
    facts = {"job": list(JobName)[ident - 1], "since": now - JOBS_SHOWN_FOR}
    return (await session.execute(_SLOTS_OF, facts)).all()


def _trouble(row: Row[Any]) -> Trouble:
    kind = TroubleKind(row.kind)
    about: MessageKind | JobName | None = None
    if row.about is not None:
        about = JobName(row.about) if kind is TroubleKind.JOB else MessageKind(row.about)
    return Trouble(kind, row.id, about, row.error, row.number, row.at, row.whom, row.chats)
