"""The sender's side of the outbox: lease, begin, finish.

A message is leased in order of priority, at most one of a chat at a time and never before an earlier one of the same
chat and priority. ``begin`` is committed just before the wire, so that a message found ``sending`` after its lease is
one whose fate nobody knows. Every finish is fenced by the attempt number: it counts while no later attempt has begun.
Leases use the database's real clock, ``expires_at`` the business time.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.outbox import MARKED
from cdm_core.words import MessageKind

LEASE_SECONDS = 15.0
GRACE_SECONDS = 2.0
"""An owner that seems dead may only have lost its connection, and still be told how its message fared."""
MOST_UNKNOWN = 3
"""An alert or an edit whose fate was unknown this often is left to a person."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A leased message. ``edits`` is the Telegram id of the message it edits, where it names one of ours."""

    id: int
    chat_id: int
    kind: MessageKind
    method: str
    payload: dict[str, Any]
    edits: int | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One message on the wire, and in the end how it went (``message_id``: Telegram's, where it has one)."""

    outbox_id: int
    number: int
    message_id: int | None = None


_LEASE = text(
    """
    WITH due AS (
        SELECT o.id, edited.telegram_message_id AS edits,
               CASE WHEN o.expires_at <= :now THEN 'expired'
                    WHEN staff.active IS FALSE OR staff.role <> (o.payload ->> '$role') THEN 'cancelled'
                    WHEN chats.blocked_at IS NOT NULL THEN 'cancelled'
                    WHEN o.edits_outbox_id IS NOT NULL AND edited.telegram_message_id IS NULL THEN 'cancelled'
                    ELSE 'leased' END AS state
        FROM outbox o
        LEFT JOIN staff ON staff.id = o.staff_id
        LEFT JOIN chats ON chats.chat_id = o.chat_id
        LEFT JOIN outbox edited ON edited.id = o.edits_outbox_id
        WHERE o.state = 'queued' AND o.next_attempt_at <= clock_timestamp()
          AND o.chat_id <> ALL(CAST(:resting AS bigint[]))
          AND (o.kind = 'reply' OR (NOT :answers_only AND o.chat_id <> ALL(CAST(:calm AS bigint[]))))
          -- The chat's next, with nothing of the chat under way; looked up by index row by row.
          AND o.id = (SELECT first.id FROM outbox first
                      WHERE first.chat_id = o.chat_id AND first.state IN ('queued', 'leased', 'sending')
                      ORDER BY (first.state = 'queued'), first.priority, first.id
                      LIMIT 1)
        ORDER BY o.priority, o.next_attempt_at, o.id
        LIMIT :most
        FOR UPDATE OF o SKIP LOCKED)
    UPDATE outbox o
    SET state = due.state,
        leased_by = CASE due.state WHEN 'leased' THEN :owner END,
        leased_until = CASE due.state WHEN 'leased' THEN clock_timestamp() + make_interval(secs => :seconds) END,
        payload = CASE WHEN due.state <> 'cancelled' THEN o.payload END,
        error = CASE due.state WHEN 'cancelled' THEN 'nobody to send it to any more' END
    FROM due
    WHERE o.id = due.id
    RETURNING o.id, o.chat_id, o.kind, o.method, o.payload, o.state, o.priority, due.edits,
              set_config('synchronous_commit', 'off', true)  -- a lease lost in a crash was never given
    """
)
_BEGIN = text(
    """
    WITH begun AS (
        UPDATE outbox
        SET state = 'sending', attempts = attempts + 1,
            leased_until = clock_timestamp() + make_interval(secs => :seconds)
        WHERE id = ANY(CAST(:ids AS bigint[])) AND state = 'leased' AND leased_by = :owner
        RETURNING id, attempts)
    INSERT INTO delivery_attempts (outbox_id, attempt, started_at)
    SELECT id, attempts, clock_timestamp() FROM begun
    RETURNING outbox_id, attempt
    """
)
_SENT = text(
    """
    WITH sent AS (
        UPDATE outbox o
        SET state = 'sent', payload = NULL, error = NULL, leased_by = NULL, leased_until = NULL,
            sent_at = clock_timestamp(), telegram_message_id = f.message_id
        FROM unnest(CAST(:ids AS bigint[]), CAST(:numbers AS smallint[]), CAST(:message_ids AS bigint[]))
             AS f (id, number, message_id)
        WHERE o.id = f.id AND o.attempts = f.number AND o.state IN ('queued', 'leased', 'sending', 'unknown')
        RETURNING o.id, o.attempts)
    UPDATE delivery_attempts a SET ended_at = clock_timestamp(), result = 'sent', detail = NULL
    FROM sent WHERE a.outbox_id = sent.id AND a.attempt = sent.attempts
    RETURNING set_config('synchronous_commit', 'off', true)  -- lost in a crash, its fate is unknown: no worse
    """
)
_RETRY = text(
    """
    WITH again AS (
        UPDATE outbox
        SET state = 'queued', error = :why, leased_by = NULL, leased_until = NULL,
            next_attempt_at = clock_timestamp() + make_interval(secs => :seconds)
        WHERE id = :id AND attempts = :number AND state = 'sending'
        RETURNING id, attempts)
    UPDATE delivery_attempts a SET ended_at = clock_timestamp(), result = 'retry', detail = :why
    FROM again WHERE a.outbox_id = again.id AND a.attempt = again.attempts
    """
)
_REFUSED = text(
    """
    WITH failed AS (
        UPDATE outbox SET state = 'failed', error = :why, leased_by = NULL, leased_until = NULL
        WHERE id = :id AND attempts = :number AND state = 'sending'
        RETURNING id, attempts)
    UPDATE delivery_attempts a SET ended_at = clock_timestamp(), result = 'refused', detail = :why
    FROM failed WHERE a.outbox_id = failed.id AND a.attempt = failed.attempts
    """
)
_REPLACED = text(
    """
    UPDATE outbox
    SET method = 'sendMessage', edits_outbox_id = NULL,
        payload = payload - 'message_id'
                  || CASE kind WHEN 'reply' THEN '{}' ELSE '{"disable_notification": true}' END::jsonb
    WHERE id = :id AND attempts = :number AND state = 'sending'
    """
)
_UNKNOWN = """
    WITH fate AS (
        SELECT o.id,
               o.method LIKE 'edit%' AS repeatable,
               o.kind = ANY(CAST(:resend AS text[])) AS wanted,
               coalesce(o.payload ? '$again', false) AS markable,
               (SELECT count(*) FROM delivery_attempts a WHERE a.outbox_id = o.id AND a.result = 'unknown') AS before
        FROM outbox o
        WHERE o.state = 'sending' AND {condition}
        FOR UPDATE),
    decided AS (
        UPDATE outbox o
        SET leased_by = NULL, leased_until = NULL, error = :why,
            next_attempt_at = clock_timestamp() + make_interval(secs => :seconds),
            state = CASE
                WHEN fate.repeatable OR (fate.wanted AND o.kind = 'alert')
                    THEN CASE WHEN fate.before + 1 < :most THEN 'queued' ELSE 'unknown' END
                WHEN fate.wanted AND fate.markable THEN 'queued'
                ELSE 'unknown' END,
            payload = CASE
                WHEN fate.repeatable OR o.kind = 'alert' OR NOT (fate.wanted AND fate.markable) THEN o.payload
                ELSE {marked} END
        FROM fate
        WHERE o.id = fate.id
        RETURNING o.id, o.attempts)
    UPDATE delivery_attempts a SET ended_at = clock_timestamp(), result = 'unknown', detail = :why
    FROM decided WHERE a.outbox_id = decided.id AND a.attempt = decided.attempts
    RETURNING a.outbox_id
    """
_UNCERTAIN = text(_UNKNOWN.format(condition="o.id = :id AND o.attempts = :number", marked=MARKED))
_OVERDUE = text(
    _UNKNOWN.format(
        condition="""(o.leased_until < clock_timestamp()
            OR o.leased_by = ANY(CAST(:dead AS text[]))
               AND o.leased_until < clock_timestamp() + make_interval(secs => :left))""",
        marked=MARKED,
    )
)
_RELEASE = text(
    """
    UPDATE outbox SET state = 'queued', leased_by = NULL, leased_until = NULL
    WHERE state = 'leased' AND (leased_by = :owner OR leased_until < clock_timestamp())
    """
)
_RELEASE_OTHERS = text(
    """
    UPDATE outbox SET state = 'queued', leased_by = NULL, leased_until = NULL
    WHERE state = 'leased' AND leased_by <> :owner
    """
)


async def lease(
    session: AsyncSession,
    owner: str,
    *,
    now: datetime,
    most: int,
    resting: Collection[int] = (),
    calm: Collection[int] = (),
    answers_only: bool = False,
    seconds: float = LEASE_SECONDS,
) -> list[Parcel]:
    """Up to ``most`` messages for ``owner``, the most urgent first; none to the ``resting`` chats, and to the
    ``calm`` ones (with ``answers_only``, to all) nothing but answers.

    Those that expired, whose reader may not read them any more (removed, another role, blocked) or whose edited
    message never got out are finished instead.
    """
    rows = await session.execute(
        _LEASE,
        {
            "owner": owner,
            "now": now,
            "most": most,
            "resting": list(resting),
            "calm": list(calm),
            "answers_only": answers_only,
            "seconds": seconds,
        },
    )
    leased = sorted((row for row in rows if row.state == "leased"), key=lambda row: (row.priority, row.id))
    return [Parcel(row.id, row.chat_id, MessageKind(row.kind), row.method, row.payload, row.edits) for row in leased]


async def begin(
    session: AsyncSession, owner: str, ids: Sequence[int], *, seconds: float = LEASE_SECONDS
) -> list[Attempt]:
    """Mark them as on the wire; commit before sending, and send only those that are returned."""
    rows = await session.execute(_BEGIN, {"ids": list(ids), "owner": owner, "seconds": seconds})
    return [Attempt(row.outbox_id, row.attempt) for row in rows]


async def sent(session: AsyncSession, attempts: Sequence[Attempt]) -> None:
    """They arrived: erase what they said, keep what a reply to them stands for."""
    if attempts:
        await session.execute(
            _SENT,
            {
                "ids": [attempt.outbox_id for attempt in attempts],
                "numbers": [attempt.number for attempt in attempts],
                "message_ids": [attempt.message_id for attempt in attempts],
            },
        )


async def retry(session: AsyncSession, attempt: Attempt, *, seconds: float, why: str) -> None:
    """It surely did not arrive: send it again after a while."""
    await session.execute(_RETRY, {**_of(attempt), "seconds": seconds, "why": why[:500]})


async def refused(session: AsyncSession, attempt: Attempt, *, why: str) -> None:
    """It was refused for good; a person may look at it."""
    await session.execute(_REFUSED, {**_of(attempt), "why": why[:500]})


async def send_anew(session: AsyncSession, attempt: Attempt, *, why: str) -> None:
    """The message to be edited is gone: say it as a new message; silently, unless it answers somebody."""
    await session.execute(_REPLACED, _of(attempt))
    await retry(session, attempt, seconds=0, why=why)


async def uncertain(
    session: AsyncSession, attempt: Attempt, *, resend: Collection[MessageKind], seconds: float, why: str
) -> None:
    """It may have arrived. Kinds in ``resend`` are sent once more, marked; an alert and an edit as they are, since
    repeating them tells nothing twice; the rest stays unknown until a person decides."""
    await session.execute(_UNCERTAIN, {**_of(attempt), **_policy(resend, why), "seconds": seconds})


async def owners(session: AsyncSession) -> list[str]:
    """Who holds leases now."""
    rows = await session.execute(text("SELECT DISTINCT leased_by FROM outbox WHERE state IN ('leased', 'sending')"))
    return [row.leased_by for row in rows]


async def take_back(session: AsyncSession, dead: Sequence[str] = (), *, resend: Collection[MessageKind]) -> int:
    """What was on the wire when its lease ran out, or ``GRACE_SECONDS`` ago under an owner who is dead: its fate is
    unknown. Returns how many."""
    facts = {"dead": list(dead), "left": LEASE_SECONDS - GRACE_SECONDS, "seconds": 0}
    rows = await session.execute(_OVERDUE, {**facts, **_policy(resend, "the sender died with it")})
    return len(rows.all())


async def release(session: AsyncSession, owner: str) -> None:
    """Queue again what ``owner`` leased and did not begin, and expired leases."""
    await session.execute(_RELEASE, {"owner": owner})


async def succeed(session: AsyncSession, owner: str) -> None:
    """A new leader queues again what the leader before leased and did not begin."""
    await session.execute(_RELEASE_OTHERS, {"owner": owner})


def _of(attempt: Attempt) -> dict[str, Any]:
    return {"id": attempt.outbox_id, "number": attempt.number}


def _policy(resend: Collection[MessageKind], why: str) -> dict[str, Any]:
    return {"resend": [str(kind) for kind in resend], "why": why[:500], "most": MOST_UNKNOWN}
