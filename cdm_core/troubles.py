"""What our own machinery could not do: messages, updates and slots in trouble, grouped by cause.

A group is what failed in the same way: messages of one state, kind (or job) and error; updates of one error; slots of
one job, and with them that it breaks at every tick. Its name stays as it is, whichever rows join it or leave.
Bodies are never shown.
"""

import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import backlog, inbox, outbox, runs
from cdm_core.faults import STILL_RUNNING
from cdm_core.schedule import JobName
from cdm_core.words import InboxState, MessageKind, OutboxState, TroubleKind

JOBS_SHOWN_FOR = timedelta(days=14)
LATE_AFTER = timedelta(minutes=2)
"""An answer or alert that waits longer is late, as is a job that breaks at each tick for longer."""

ABOUT = """
    CASE WHEN split_part({0}.dedup_key, ':', 1) = ANY(CAST(:jobs AS text[])) THEN split_part({0}.dedup_key, ':', 1)
         ELSE {0}.kind END
"""
"""The job that made the message ``{0}`` of the outbox, or its kind; binds ``jobs``, all their names."""

# Attempts are of the real clock and expiry is of the business one: ages are told, whichever clock they are of.
_MESSAGES = f"""
    SELECT o.state AS kind, {ABOUT.format("o")} AS about, o.error, count(*) AS number,
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
# What only takes long is told as such where nothing of the job broke besides.
_SLOTS = f"""
    SELECT 'job', r.job,
           CASE WHEN bool_and(r.detail ->> 'error' IS NOT DISTINCT FROM '{STILL_RUNNING}') THEN '{STILL_RUNNING}'
                ELSE max(r.detail ->> 'error') FILTER (WHERE r.detail ->> 'error' <> '{STILL_RUNNING}') END,
           count(*), extract(epoch FROM max(r.slot_at))::bigint, max(r.ran_at),
           (array_agg(s.name ORDER BY r.ran_at DESC))[1], count(DISTINCT s.id)
    FROM schedule_runs r
    LEFT JOIN staff s ON s.id::text = split_part(r.key, '@', 1)
    WHERE r.state IN ('failed', 'expired') AND r.ran_at > :since AND NOT (r.detail ? 'dropped')
      AND r.job = ANY(CAST(:jobs AS text[]))
      AND (r.key <> '{runs.BROKEN}' OR r.ran_at - r.slot_at >= make_interval(secs => :late))
    GROUP BY r.job
"""
_ALL = text(f"{_MESSAGES} UNION ALL {_UPDATES} UNION ALL {_SLOTS} ORDER BY at DESC")
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
    def still_runs(self) -> bool:
        """Whether nothing of it broke: it takes long, and may yet be done."""
        return self.error == STILL_RUNNING

    @property
    def cause(self) -> str:
        """What the group is, whichever rows are in it."""
        return f"{self.kind}:{self.about or ''}:{self.error or ''}"

    @property
    def chat_gone(self) -> bool:
        """Whether the chat takes no messages any more, of which a notice of its own tells."""
        return self.kind is TroubleKind.FAILED and (self.error or "").startswith("Forbidden")


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


async def late(session: AsyncSession, *, real_now: datetime) -> timedelta | None:
    """How long the oldest answer, alert or update has been waiting, where that is too long."""
    row = (await session.execute(_LATE)).one()
    waits = [real_now - moment for moment in (row.message, row.update) if moment is not None]
    longest = max(waits, default=timedelta())
    return longest if longest > LATE_AFTER else None


def _trouble(row: Row[Any]) -> Trouble:
    kind = TroubleKind(row.kind)
    about: MessageKind | JobName | None = None
    if row.about is not None:
        about = JobName(row.about) if row.about in set(JobName) else MessageKind(row.about)
    return Trouble(kind, about, row.error, row.number, row.at, row.whom, row.chats, row.newest)
