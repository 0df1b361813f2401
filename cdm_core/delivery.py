"""What becomes of a leased message (``cdm_core.outbox_leases``): put on the wire, and how it fared.

``begin`` is committed just before the wire, so that a message found ``sending`` after its lease is one whose fate
nobody knows. Every finish is fenced by the attempt number: it counts while no later attempt has begun.

One whose payload is gone by then was withdrawn on the wire (``cdm_core.erasure_queue``): it is not said again.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core import lists_anew
from cdm_core.outbox import MARKED
from cdm_core.outbox_leases import LEASE_SECONDS
from cdm_core.words import MessageKind

GRACE_SECONDS = 2.0
"""An owner that seems dead may only have lost its connection, and still be told how its message fared."""
MOST_UNKNOWN = 3
"""An alert or an edit whose fate was unknown this often is left to a person."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One message on the wire, and in the end how it went (``message_id``: Telegram's, where it has one)."""

    outbox_id: int
    number: int
    message_id: int | None = None


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
        WHERE o.id = f.id AND o.attempts = f.number
          AND o.state IN ('queued', 'leased', 'sending', 'unknown', 'cancelled')
        RETURNING o.id, o.attempts, o.method, o.edits_outbox_id, o.telegram_message_id),
    stands_in AS (
        UPDATE outbox o SET telegram_message_id = sent.telegram_message_id
        FROM sent
        WHERE o.id = sent.edits_outbox_id AND sent.method NOT LIKE 'edit%' AND sent.telegram_message_id IS NOT NULL)
    UPDATE delivery_attempts a SET ended_at = clock_timestamp(), result = 'sent', detail = NULL
    FROM sent WHERE a.outbox_id = sent.id AND a.attempt = sent.attempts
    RETURNING set_config('synchronous_commit', 'off', true)  -- lost in a crash, its fate is unknown: no worse
    """
)
_RETRY = text(
    """
    WITH again AS (
        UPDATE outbox
        SET state = CASE WHEN payload IS NULL THEN 'cancelled' ELSE 'queued' END,
            error = CASE WHEN payload IS NULL THEN error ELSE :why END, leased_by = NULL, leased_until = NULL,
            next_attempt_at = clock_timestamp() + make_interval(secs => :seconds)
        WHERE id = :id AND attempts = :number AND state = 'sending'
        RETURNING id, attempts, payload IS NULL AS withdrawn)
    UPDATE delivery_attempts a SET ended_at = clock_timestamp(), result = 'retry', detail = :why
    FROM again WHERE a.outbox_id = again.id AND a.attempt = again.attempts
    RETURNING a.outbox_id, again.withdrawn
    """
)
_REFUSED = text(
    """
    WITH failed AS (
        UPDATE outbox
        SET state = CASE WHEN payload IS NULL THEN 'cancelled' ELSE 'failed' END,
            error = CASE WHEN payload IS NULL THEN error ELSE :why END, leased_by = NULL, leased_until = NULL
        WHERE id = :id AND attempts = :number AND state = 'sending'
        RETURNING id, attempts, payload IS NULL AS withdrawn)
    UPDATE delivery_attempts a SET ended_at = clock_timestamp(), result = 'refused', detail = :why
    FROM failed WHERE a.outbox_id = failed.id AND a.attempt = failed.attempts
    RETURNING a.outbox_id, failed.withdrawn
    """
)
_REPLACED = text(
    """
    UPDATE outbox
    SET method = 'sendMessage',
        payload = payload - 'message_id'
                  || CASE kind WHEN 'reply' THEN '{}' ELSE '{"disable_notification": true}' END::jsonb
    WHERE id = :id AND attempts = :number AND state = 'sending'
    """
)
_UNKNOWN = """
    WITH fate AS (
        SELECT o.id,
               o.payload IS NULL AS withdrawn,
               o.method LIKE 'edit%' AS repeatable,
               o.kind = ANY(CAST(:resend AS text[])) AS wanted,
               coalesce(o.payload ? '$again', false) AS markable,
               (SELECT count(*) FROM delivery_attempts a WHERE a.outbox_id = o.id AND a.result = 'unknown') AS before
        FROM outbox o
        WHERE o.state = 'sending' AND {condition}
        FOR UPDATE),
    decided AS (
        UPDATE outbox o
        SET leased_by = NULL, leased_until = NULL, error = CASE WHEN fate.withdrawn THEN o.error ELSE :why END,
            next_attempt_at = clock_timestamp() + make_interval(secs => :seconds),
            state = CASE
                WHEN fate.withdrawn THEN 'cancelled'
                WHEN fate.repeatable OR (fate.wanted AND o.kind = 'alert')
                    THEN CASE WHEN fate.before + 1 < :most THEN 'queued' ELSE 'unknown' END
                WHEN fate.wanted AND fate.markable THEN 'queued'
                ELSE 'unknown' END,
            payload = CASE
                WHEN fate.repeatable OR o.kind = 'alert' OR NOT (fate.wanted AND fate.markable) THEN o.payload
                ELSE {marked} END
        FROM fate
        WHERE o.id = fate.id
        RETURNING o.id, o.attempts, fate.withdrawn)
    UPDATE delivery_attempts a SET ended_at = clock_timestamp(), result = 'unknown', detail = :why
    FROM decided WHERE a.outbox_id = decided.id AND a.attempt = decided.attempts
    RETURNING a.outbox_id, decided.withdrawn
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
    await _finish(session, _RETRY, {**_of(attempt), "seconds": seconds, "why": why[:500]})


async def refused(session: AsyncSession, attempt: Attempt, *, why: str) -> None:
    """It was refused for good; a person may look at it."""
    await _finish(session, _REFUSED, {**_of(attempt), "why": why[:500]})


async def send_anew(session: AsyncSession, attempt: Attempt, *, why: str) -> None:
    """The message to be edited is gone: say it as a new message, which later edits find in its place; silently, unless
    it answers somebody."""
    await session.execute(_REPLACED, _of(attempt))
    await retry(session, attempt, seconds=0, why=why)


async def uncertain(
    session: AsyncSession, attempt: Attempt, *, resend: Collection[MessageKind], seconds: float, why: str
) -> None:
    """It may have arrived. Kinds in ``resend`` are sent once more, marked; an alert and an edit as they are, since
    repeating them tells nothing twice; the rest stays unknown until a person decides."""
    await _finish(session, _UNCERTAIN, {**_of(attempt), **_policy(resend, why), "seconds": seconds})


async def take_back(session: AsyncSession, dead: Sequence[str] = (), *, resend: Collection[MessageKind]) -> int:
    """What was on the wire when its lease ran out, or ``GRACE_SECONDS`` ago under an owner who is dead: its fate is
    unknown. Returns how many."""
    facts = {"dead": list(dead), "left": LEASE_SECONDS - GRACE_SECONDS, "seconds": 0}
    return await _finish(session, _OVERDUE, {**facts, **_policy(resend, "the sender died with it")})


async def _finish(session: AsyncSession, fate: TextClause, facts: Mapping[str, Any]) -> int:
    """What did not surely arrive; how many. A list that was withdrawn meanwhile is made anew."""
    rows = (await session.execute(fate, dict(facts))).all()
    await lists_anew.make(session, [row.outbox_id for row in rows if row.withdrawn])
    return len(rows)


def _of(attempt: Attempt) -> dict[str, Any]:
    return {"id": attempt.outbox_id, "number": attempt.number}


def _policy(resend: Collection[MessageKind], why: str) -> dict[str, Any]:
    return {"resend": [str(kind) for kind in resend], "why": why[:500], "most": MOST_UNKNOWN}
