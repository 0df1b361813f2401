"""Who sends which message of the outbox next: the sender leases what it then delivers (``cdm_core.delivery``).

A message is leased in order of priority, at most one of a chat at a time and never before an earlier one of the same
chat and priority. Leases use the database's real clock, ``expires_at`` the business time.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from cdm_core.words import MessageKind

LEASE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Parcel:
    """A leased message. ``edits`` is the Telegram id of the message it edits, where it names one of ours."""

    id: int
    chat_id: int
    kind: MessageKind
    method: str
    payload: dict[str, Any]
    edits: int | None


_LEASE = text(
    """
    WITH due AS (
        SELECT o.id, CASE WHEN o.method LIKE 'edit%' THEN edited.telegram_message_id END AS edits,
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


async def owners(session: AsyncSession) -> list[str]:
    """Who holds leases now."""
    rows = await session.execute(text("SELECT DISTINCT leased_by FROM outbox WHERE state IN ('leased', 'sending')"))
    return [row.leased_by for row in rows]


async def release(session: AsyncSession, owner: str) -> None:
    """Queue again what ``owner`` leased and did not begin, and expired leases."""
    await session.execute(_RELEASE, {"owner": owner})


async def succeed(session: AsyncSession, owner: str) -> None:
    """A new leader queues again what the leader before leased and did not begin."""
    await session.execute(_RELEASE_OTHERS, {"owner": owner})
