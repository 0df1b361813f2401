"""What our own machinery could not do: messages, updates and slots in trouble, grouped by cause, to retry or drop.

A group is what failed in the same way: messages of one state, kind (or job) and error; updates of one error; slots of
one job, and with them that it breaks at every tick. Its name stays as it is, whichever rows join it or leave.
Bodies are never shown.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import audit, backlog, inbox, outbox, reminders, runs
from cdm_core.db.notify import CHANNEL
from cdm_core.schedule import JobName, is_planned, person_of
from cdm_core.staff import Staff
from cdm_core.words import InboxState, MessageKind, OutboxState, TroubleKind

JOBS_SHOWN_FOR = timedelta(days=14)
LATE_AFTER = timedelta(minutes=2)
"""An answer or alert that waits longer is late, as is a job that breaks at each tick for longer."""

_ABOUT = """
    CASE WHEN split_part({0}.dedup_key, ':', 1) = ANY(CAST(:jobs AS text[])) THEN split_part({0}.dedup_key, ':', 1)
         ELSE {0}.kind END
"""
# Attempts are of the real clock and expiry is of the business one: ages are told, whichever clock they are of.
_MESSAGES = f"""
    SELECT o.state AS kind, {_ABOUT.format("o")} AS about, o.error, count(*) AS number,
           max(o.id) AS newest,
           max(CASE WHEN o.state = 'expired' AND o.expires_at IS NOT NULL THEN o.expires_at
                    ELSE CAST(:now AS timestamptz) - (clock_timestamp() - coalesce(tried.at, o.created_at)) END) AS at,
           (array_agg(coalesce(s.name, c.title) ORDER BY o.id DESC))[1] AS whom, count(DISTINCT o.chat_id) AS chats
    FROM outbox o
    LEFT JOIN staff s ON s.id = o.staff_id
    LEFT JOIN chats c ON c.chat_id = o.chat_id
    CROSS JOIN LATERAL (SELECT max(a.ended_at) AS at FROM delivery_attempts a WHERE a.outbox_id = o.id) tried
    WHERE o.state IN ('failed', 'unknown', 'expired')
    GROUP BY 1, 2, 3
"""
_UPDATES = """
    SELECT 'quarantined', NULL, i.error, count(*), max(i.update_id),
           CAST(:now AS timestamptz) - (clock_timestamp() - max(i.received_at)),
           (array_agg(coalesce(s.name, c.title) ORDER BY i.update_id DESC))[1], count(DISTINCT i.chat_id)
    FROM inbox i
    LEFT JOIN chats c ON c.chat_id = i.chat_id
    LEFT JOIN staff s ON s.id = c.staff_id
    WHERE i.state = 'quarantined'
    GROUP BY i.error
"""
_SLOTS = f"""
    SELECT 'job', r.job,
           max(r.detail ->> 'error'), count(*), extract(epoch FROM max(r.slot_at))::bigint, max(r.ran_at),
           (array_agg(s.name ORDER BY r.ran_at DESC))[1], count(DISTINCT s.id)
    FROM schedule_runs r
    LEFT JOIN staff s ON s.id::text = split_part(r.key, '@', 1)
    WHERE r.state IN ('failed', 'expired') AND r.ran_at > :since AND NOT (r.detail ? 'dropped')
      AND r.job = ANY(CAST(:jobs AS text[]))
      AND (r.key <> '{runs.BROKEN}' OR r.ran_at - r.slot_at >= make_interval(secs => :late))
    GROUP BY r.job
"""
_ALL = text(f"{_MESSAGES} UNION ALL {_UPDATES} UNION ALL {_SLOTS} ORDER BY at DESC")
_SAME_MESSAGES = (
    f"o.state = :kind AND {_ABOUT.format('o')} = :about AND o.error IS NOT DISTINCT FROM CAST(:error AS text)"
)
# What was done meanwhile: edits that a later one overtook, alerts that are answered, calls that were made or moved, and
# those of which another ring told, or is to tell.
_OVER = f"""
    EXISTS (SELECT FROM outbox later WHERE later.edits_outbox_id = o.edits_outbox_id AND later.id > o.id)
    OR o.edits_outbox_id IS NULL AND o.kind = 'alert' AND EXISTS (
        SELECT FROM alert_messages m JOIN alerts a ON a.customer_id = m.customer_id AND a.id = m.alert_id
        WHERE m.customer_id = o.customer_id AND m.outbox_id = o.id
          AND (a.state = 'closed' OR a.state = 'claimed' AND a.claimed_by <> o.staff_id))
    OR o.edits_outbox_id IS NULL AND o.kind = 'reminder' AND EXISTS (
        SELECT FROM follow_ups f
        WHERE f.customer_id = o.customer_id AND o.dedup_key LIKE 'followup:' || f.id || ':%'
          AND (f.status <> 'open' OR f.due_at > :now
               OR EXISTS (SELECT FROM outbox ring
                          WHERE ring.dedup_key = ANY({reminders.KEYS}) AND ring.id <> o.id
                            AND (ring.state NOT IN {outbox.LOST} OR ring.id > o.id AND ring.state <> 'cancelled'))))
"""
_RETRY_MESSAGES = text(
    f"""
    WITH same AS (
        SELECT o.id, ({_OVER}) IS TRUE AS over FROM outbox o
        WHERE o.payload IS NOT NULL AND {_SAME_MESSAGES} FOR UPDATE OF o)
    UPDATE outbox o
    SET state = CASE WHEN over THEN 'cancelled' ELSE 'queued' END, next_attempt_at = clock_timestamp(),
        retried_at = clock_timestamp(), expires_at = NULL,
        error = CASE WHEN over THEN 'over before it was tried again' END,
        payload = CASE
            WHEN over THEN NULL
            WHEN o.state = 'unknown' AND o.payload ? '$again' AND o.method NOT LIKE 'edit%' THEN {outbox.MARKED}
            ELSE o.payload END
    FROM same
    WHERE o.id = same.id AND o.state = :kind
    RETURNING over, pg_notify(:channel, :bell)
    """
)
_DROP_MESSAGES = text(
    f"""
    UPDATE outbox o SET state = 'cancelled', payload = NULL, error = 'dropped by hand'
    WHERE {_SAME_MESSAGES}
    RETURNING o.id
    """
)
_SAME_UPDATES = "i.state = 'quarantined' AND i.error IS NOT DISTINCT FROM CAST(:error AS text)"
_RETRY_UPDATES = text(
    f"""
    UPDATE inbox i
    SET state = 'received', attempts = 0, orphaned = 0, next_attempt_at = clock_timestamp(),
        retried_at = clock_timestamp()
    WHERE {_SAME_UPDATES}
    RETURNING i.update_id, pg_notify(:channel, :bell)
    """
)
_DROP_UPDATES = text(
    f"""
    UPDATE inbox i SET state = 'done', done_at = clock_timestamp(), body = NULL
    WHERE {_SAME_UPDATES}
    RETURNING i.update_id
    """
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
    SELECT (SELECT min(coalesce(retried_at, created_at)) FROM outbox
            WHERE state = 'queued' AND kind IN ('reply', 'alert', 'reminder') AND next_attempt_at <= clock_timestamp())
               AS message,
           (SELECT min(coalesce(retried_at, received_at)) FROM inbox WHERE state = 'received') AS update
    """
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """``number`` things that failed alike; ``about`` is what kind of message or which job.

    ``whom`` is whose the newest is, where known, ``chats`` how many different chats they are of; ``at`` when the last
    of them failed. ``newest`` grows with each that joins, also where as many have left.
    """

    kind: TroubleKind
    about: MessageKind | JobName | None
    error: str | None
    number: int
    at: datetime
    whom: str | None
    chats: int
    newest: int = 0

    @property
    def id(self) -> int:
        """What names the group on a button."""
        return zlib.crc32((f"{self.kind}:{self.about}" if self.kind is TroubleKind.JOB else self.cause).encode())

    @property
    def of_job(self) -> bool:
        """Whether it is about a job: a slot of it, or a message it made."""
        return isinstance(self.about, JobName)

    @property
    def cause(self) -> str:
        """What the group is, whichever rows are in it."""
        return f"{self.kind}:{self.about or ''}:{self.error or ''}"

    @property
    def chat_gone(self) -> bool:
        """Whether the chat takes no messages any more, of which a notice of its own tells."""
        return self.kind is TroubleKind.FAILED and (self.error or "").startswith("Forbidden")


@dataclass(frozen=True, slots=True)
class Retried:
    """How many are tried again, and how many were let be because what they tell of is over."""

    number: int
    over: int


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
            "now": now,
            "since": now - JOBS_SHOWN_FOR,
            "late": LATE_AFTER.total_seconds(),
        },
    )
    return tuple(map(_trouble, rows))


async def get(session: AsyncSession, kind: TroubleKind, ident: int, *, now: datetime) -> Trouble | None:
    """The group of this ``id``, if anything of it is still in trouble."""
    return next((one for one in await find(session, now=now) if (one.kind, one.id) == (kind, ident)), None)


async def retry(session: AsyncSession, person: Staff | str, group: Trouble, *, now: datetime) -> Retried:
    """Try all of the group once more, but for what is over. A message that may have arrived before says so.

    A slot is asked for from the clock, which runs it within a minute.
    """
    over = 0
    match group.kind:
        case TroubleKind.JOB:
            number = await _retry_slots(session, person, group, now=now)
        case TroubleKind.QUARANTINED:
            bell = {"channel": CHANNEL, "bell": inbox.BELL}
            number = len((await session.execute(_RETRY_UPDATES, {"error": group.error, **bell})).all())
        case _:
            facts = {**_same(group), "now": now, "channel": CHANNEL, "bell": outbox.BELL}
            fates = (await session.execute(_RETRY_MESSAGES, facts)).scalars().all()
            over = sum(fates)
            number = len(fates) - over
    await audit.record(session, now, person, "retried", kind=group.kind, of=group.cause, number=number, over=over)
    return Retried(number, over)


async def drop(session: AsyncSession, person: Staff | str, group: Trouble, *, now: datetime) -> int:
    """Let all of the group be; how many."""
    match group.kind:
        case TroubleKind.JOB:
            number = len(await _take_slots(session, group, now=now))
        case TroubleKind.QUARANTINED:
            number = len((await session.execute(_DROP_UPDATES, {"error": group.error})).all())
        case _:
            number = len((await session.execute(_DROP_MESSAGES, _same(group))).all())
    await audit.record(session, now, person, "dropped", kind=group.kind, of=group.cause, number=number)
    return number


async def late(session: AsyncSession, *, real_now: datetime) -> timedelta | None:
    """How long the oldest answer, alert or update has been waiting, where that is too long."""
    row = (await session.execute(_LATE)).one()
    waits = [real_now - moment for moment in (row.message, row.update) if moment is not None]
    longest = max(waits, default=timedelta())
    return longest if longest > LATE_AFTER else None


async def _retry_slots(session: AsyncSession, person: Staff | str, group: Trouble, *, now: datetime) -> int:
    job = JobName(group.about or "")
    slots = await _take_slots(session, group, now=now)
    asked_by = person.id if isinstance(person, Staff) else None
    missed = [row for row in slots if row.key != runs.BROKEN]
    if len(missed) < len(slots):
        await runs.mended(session, job)  # the next tick tries it, and tells again if it still breaks
    asked = dict.fromkeys((row.slot_at, person_of(row.key), not is_planned(row.key)) for row in missed)
    for slot_at, staff_id, beside in asked:
        await runs.request(session, job, slot_at, staff_id=staff_id, requested_by=asked_by, beside=beside)
    return len(slots)


async def _take_slots(session: AsyncSession, group: Trouble, *, now: datetime) -> Sequence[Row[Any]]:
    facts = {"job": group.about, "since": now - JOBS_SHOWN_FOR}
    return sorted((await session.execute(_SLOTS_OF, facts)).all(), key=lambda row: (row.slot_at, row.key))


def _same(group: Trouble) -> dict[str, Any]:
    return {"kind": group.kind, "about": group.about, "error": group.error, "jobs": list(JobName)}


def _trouble(row: Row[Any]) -> Trouble:
    kind = TroubleKind(row.kind)
    about: MessageKind | JobName | None = None
    if row.about is not None:
        about = JobName(row.about) if row.about in set(JobName) else MessageKind(row.about)
    return Trouble(kind, about, row.error, row.number, row.at, row.whom, row.chats, row.newest)
